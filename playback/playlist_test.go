package playback_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/playback"
)

const mark = "Policy=p&Signature=s&Key-Pair-Id=k"

// sign appends a mark that names the kind.
func sign(kind playback.URIKind, uri string) string {
	return playback.AppendQuery(uri, fmt.Sprintf("%s&kind=%d", mark, kind))
}

func TestRewriteEveryTagThatCarriesAURI(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		"#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", "# a comment with URI=\"x\"", "",
		`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x,URI=no",URI="a/index.m3u8"`,
		`#EXT-X-SESSION-DATA:DATA-ID="t",URI="data.json"`,
		`#EXT-X-SESSION-KEY:METHOD=AES-128,URI="/v1/recordings/r/key"`,
		`#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8",CODECS="avc1,URI=mp4a"`,
		`#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.640028,mp4a.40.2"`, "v720/list",
		`#EXT-X-CONTENT-STEERING:SERVER-URI="/steer?x=1",PATHWAY-ID="a"`,
		`#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"`,
		`#EXT-X-KEY:METHOD=AES-128,URI="/v1/recordings/r/key",IV=0x01`, `#EXT-X-KEY:METHOD=NONE`,
		`#EXT-X-KEY:METHOD=AES-128,URI="data:text/plain;base64,AA=="`,
		"#EXTINF:6.000000,a title, URI=nothing", "seg_00000.m4s?a=b#f", "#EXTINF:6,", "sub/list.m3u8?x", "#EXT-X-ENDLIST",
	}, "\r\n")
	got := string(playback.RewritePlaylist([]byte(in), sign))
	media, list, key := mark+"&kind=0", mark+"&kind=1", mark+"&kind=2"
	want := strings.NewReplacer(
		`"a/index.m3u8"`, `"a/index.m3u8?`+list+`"`, `"data.json"`, `"data.json?`+media+`"`,
		`"/v1/recordings/r/key"`, `"/v1/recordings/r/key?`+key+`"`, `"i.m3u8"`, `"i.m3u8?`+list+`"`,
		"v720/list", "v720/list?"+list, `/steer?x=1`, `/steer?x=1&`+media, `"init.mp4"`, `"init.mp4?`+media+`"`,
		"seg_00000.m4s?a=b#f", "seg_00000.m4s?a=b&"+media+"#f", "sub/list.m3u8?x", "sub/list.m3u8?x&"+list,
	).Replace(in)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// piece is a line of a playlist around at most one URI.
type piece struct {
	before, uri, after string
	kind               playback.URIKind
}

func drawPiece(t *rapid.T) piece {
	uri := rapid.StringMatching(`(\.\./|/|https://a\.b/)?[a-z]{1,8}(/[a-z0-9_]{1,8}){0,2}\.(m4s|mp4|vtt)(\?[a-z]=[a-z,]{1,3})?`).Draw(t, "uri")
	text := rapid.StringMatching(`[ -!#-~]{0,12}`).Draw(t, "text") // printable, no quotation mark
	return rapid.SampledFrom([]piece{
		{before: "#EXTM3U"},
		{before: ""},
		{before: "# " + text},
		{before: "#EXTINF:6," + text},
		{before: "#EXT-X-ENDLIST"},
		{before: `#EXT-X-DEFINE:NAME="` + text + `",VALUE="URI=x"`},
		{uri: uri},
		{before: "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"a,URI=b\"\n", uri: uri, kind: playback.PlaylistURI},
		{before: `#EXT-X-MAP:URI="`, uri: uri, after: `"`},
		{before: `#EXT-X-KEY:METHOD=AES-128,URI="`, uri: uri, after: `",IV=0x1`, kind: playback.KeyURI},
		{before: `#EXT-X-SESSION-KEY:METHOD=AES-128,KEYFORMAT="` + text + `",URI="`, uri: uri, after: `"`, kind: playback.KeyURI},
		{before: `#EXT-X-MEDIA:NAME="` + text + `",URI="`, uri: uri, after: `"`, kind: playback.PlaylistURI},
		{before: `#EXT-X-I-FRAME-STREAM-INF:URI="`, uri: uri, after: `",BANDWIDTH=5`, kind: playback.PlaylistURI},
		{before: `#EXT-X-SESSION-DATA:DATA-ID="` + text + `",URI="`, uri: uri, after: `",LANGUAGE="en"`},
		{before: `#EXT-X-OF-THE-FUTURE:X=1,URI="`, uri: uri, after: `"`},
	}).Draw(t, "piece")
}

// TestRewrittenPlaylistIsOtherwiseIdentical builds playlists of which every
// URI is known: each must be signed, as its kind, and nothing else changed.
func TestRewrittenPlaylistIsOtherwiseIdentical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{"\n", "\r\n", " \n"}).Draw(t, "line end")
		var in, want strings.Builder
		for _, p := range rapid.SliceOfN(rapid.Custom(drawPiece), 0, 20).Draw(t, "lines") {
			in.WriteString(p.before + p.uri + p.after + end)
			if p.uri != "" {
				p.uri = sign(p.kind, p.uri)
			}
			want.WriteString(p.before + p.uri + p.after + end)
		}
		if got := string(playback.RewritePlaylist([]byte(in.String()), sign)); got != want.String() {
			t.Fatalf("rewritten\n%q\nto\n%q\nwant\n%q", in.String(), got, want.String())
		}
	})
}

// FuzzRewritePlaylist: whatever the bytes, taking the signatures out again
// gives the original, and no URI line is left without one.
func FuzzRewritePlaylist(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6,\nseg_00000.m4s\n"))
	f.Add([]byte("\ufeff#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"/v1/k\",IV=0x0\r\n\r\nx"))
	f.Add([]byte("#EXT-X-MEDIA:NAME=\"a,URI=\",URI=\"b\n\"\nDATA:x\n \n#"))
	const signature = "\x00signed\x00"
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(in, []byte{0}) {
			return
		}
		signed := func(_ playback.URIKind, uri string) string { return uri + signature }
		out := playback.RewritePlaylist(in, signed)
		if back := bytes.ReplaceAll(out, []byte(signature), nil); !bytes.Equal(back, in) {
			t.Fatalf("%q became %q", in, out)
		}
		for line := range strings.Lines(string(out)) {
			line = strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), " \t\r\n")
			if line == "" || line[0] == '#' || strings.HasPrefix(strings.ToLower(line), "data:") {
				continue
			}
			if !strings.HasSuffix(line, signature) {
				t.Fatalf("unsigned URI line %q", line)
			}
		}
	})
}
