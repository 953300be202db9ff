package hls

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rounds/catalog"
)

func TestPackageRealStreams(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stream stream
		rate   float64
		micros int64
	}{
		"12.5 fps":         {stream{heights: []int{180, 144}, rate: "25/2", seconds: 14}, 12.5, 14_000_000},
		"29.97 fps silent": {stream{heights: []int{180, 144}, rate: "30000/1001", seconds: 13, silent: true}, 29.97, 13_013_000},
		"30 fps, one rung": {stream{heights: []int{180}, rate: "30", seconds: 2}, 30, 2_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			result := pack(t, dir, test.stream)
			if test.stream.silent == (result.Renditions[len(result.Renditions)-1].Name == catalog.SoundRendition) {
				t.Errorf("renditions %+v", result.Renditions)
			}
			for _, r := range result.Renditions {
				if r.Name == catalog.SoundRendition {
					continue
				}
				if r.FrameRate != test.rate || strings.Contains(r.Codecs, "mp4a.40.2") == test.stream.silent {
					t.Errorf("rendition %+v", r)
				}
				f, err := os.Open(filepath.Join(dir, r.Name, catalog.MediaPlaylist))
				if err != nil {
					t.Fatal(err)
				}
				list, err := ReadMediaPlaylist(f)
				_ = f.Close()
				if err != nil || list.Duration() != test.micros {
					t.Errorf("Σ EXTINF = %d (%v), want exactly %d", list.Duration(), err, test.micros)
				}
			}
			if result.DurationMS != test.micros/1000 {
				t.Errorf("duration %d ms", result.DurationMS)
			}
		})
	}
}

// serve gives the address of a packaged stream, and of its key at the root.
func serve(t *testing.T, dir string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/media/", http.StripPrefix("/media/", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("/v1/recordings/rec_1/key", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(testKey[:]) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/media/"
}

// TestFFmpegPlays decodes the encrypted stream as a client does, over HTTP
// with the key fetched from its URI.
func TestFFmpegPlays(t *testing.T) {
	t.Parallel()
	dir := packaged(t)
	base := serve(t, dir)
	for _, name := range []string{"v180/index.m3u8", "v144/index.m3u8", "v180/iframes.m3u8", "audio/index.m3u8", "master.m3u8"} {
		out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-nostdin", "-xerror",
			"-i", base+name, "-f", "null", "-").CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func TestPackageListsFiles(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	if err := os.WriteFile(filepath.Join(job.Dir, catalog.Poster), []byte("jpeg"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Files {
		if again, err := describe(job.Dir, f.Name); err != nil || again != f {
			t.Errorf("%s is on disk as %+v, listed as %+v: %v", f.Name, again, f, err)
		}
	}
	types := map[string]string{}
	for _, f := range result.Files {
		types[f.Name] = f.ContentType
	}
	want := map[string]string{
		"master.m3u8": "application/vnd.apple.mpegurl", "poster.jpg": "image/jpeg",
		"v144/init.mp4": "video/mp4", "v180/seg_00002.m4s": "video/iso.segment",
		"audio/seg_00002.m4s": "video/iso.segment", "fallback.mp4": "video/mp4",
		"v180/iframes.m3u8": "application/vnd.apple.mpegurl", "v180/iframe_00006.m4s": "video/iso.segment",
	}
	for name, kind := range want {
		if types[name] != kind {
			t.Errorf("%s has type %q", name, types[name])
		}
	}
	if len(result.Files) != 26 {
		t.Errorf("%d files: %v", len(result.Files), types)
	}
}

func TestPackageRefusesWhatTheEncoderBroke(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(dir string) error
		want  error
	}{
		"surplus file":    {func(d string) error { return writeText(filepath.Join(d, "v180", "seg_00003.m4s"), "x") }, ErrFindings},
		"missing segment": {func(d string) error { return os.Remove(filepath.Join(d, "v180", "seg_00001.m4s")) }, os.ErrNotExist},
		"truncated segment": {func(d string) error {
			return os.Truncate(filepath.Join(d, "v180", "seg_00001.m4s"), 5000)
		}, ErrMalformed},
		"fewer pictures": {func(d string) error { return dropLastSegment(filepath.Join(d, "v180", "index.m3u8")) }, ErrMalformed},
		"no playlist":    {func(d string) error { return writeText(filepath.Join(d, "v180", "index.m3u8"), "") }, ErrPlaylist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := clearJob(t)
			if err := test.spoil(job.Dir); err != nil {
				t.Fatal(err)
			}
			if _, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// dropLastSegment takes the last entry off a playlist, as an encoder that stopped early leaves it.
func dropLastSegment(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(string(text), "#EXTINF:2.0")
	return os.WriteFile(path, []byte(head+"#EXT-X-ENDLIST\n"), 0o600)
}
