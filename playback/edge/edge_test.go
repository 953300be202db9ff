package edge_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/deploy/local/s3test"
	"rounds/playback/edge"
)

const (
	folder   = "/media/rec_01/0123456789abcdefghjkmnpqrs/"
	playlist = "#EXTM3U\n#EXTINF:6,\nseg_00000.m4s\n"
)

// granted is a verifier that wants the parameter grant=yes.
type granted struct{ seen chan string }

func (g granted) Verify(r *http.Request, scheme string, address netip.Addr) error {
	if g.seen != nil {
		g.seen <- scheme + " " + address.String()
	}
	if r.URL.Query().Get("grant") != "yes" {
		return errors.New("no grant")
	}
	return nil
}

// setup starts an edge over a bucket with one segment and one playlist.
func setup(t *testing.T, api http.Handler) *httptest.Server {
	t.Helper()
	client, bucket := s3test.Bucket(t)
	put(t, client, bucket, folder+"v720/seg_00000.m4s", "video/iso.segment", segment())
	put(t, client, bucket, folder+"master.m3u8", "application/vnd.apple.mpegurl", []byte(playlist))
	upstream := httptest.NewServer(api)
	t.Cleanup(upstream.Close)
	return serve(t, edge.Config{Verifier: granted{}, Origin: edge.NewS3(client, bucket), APIs: []*url.URL{parse(t, upstream.URL)}})
}

func serve(t *testing.T, config edge.Config) *httptest.Server {
	t.Helper()
	config.BaseURL = parse(t, "https://learn.example.org")
	server := httptest.NewServer(edge.New(config))
	t.Cleanup(server.Close)
	return server
}

func parse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func put(t *testing.T, client *s3.Client, bucket, path, contentType string, body []byte) {
	t.Helper()
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String(strings.TrimPrefix(path, "/")), ContentType: &contentType, Body: bytes.NewReader(body),
		CacheControl: aws.String("public, max-age=31536000, immutable"),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// segment is 300,000 bytes that tell their position.
func segment() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < 300_000; i++ {
		fmt.Fprintf(&b, "%09d\n", i)
	}
	return b.Bytes()
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func do(t *testing.T, server *httptest.Server, method, target string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	// No transport compression: what arrives is what was sent.
	response, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func TestMedia(t *testing.T) {
	t.Parallel()
	server := setup(t, http.NotFoundHandler())
	whole, object := string(segment()), folder+"v720/seg_00000.m4s?grant=yes"
	etag := do(t, server, "GET", object).header.Get("ETag")
	modified := do(t, server, "GET", object).header.Get("Last-Modified")
	if etag == "" || modified == "" {
		t.Fatal("no validators")
	}
	tests := map[string]struct {
		method, target string
		header         []string
		status         int
		body           string
	}{
		"whole":                       {"GET", object, nil, 200, whole},
		"HEAD":                        {"HEAD", object, nil, 200, ""},
		"without a grant":             {"GET", folder + "v720/seg_00000.m4s", nil, 403, "AccessDenied"},
		"absent":                      {"GET", folder + "v720/seg_00009.m4s?grant=yes", nil, 403, "AccessDenied"},
		"absent, HEAD":                {"HEAD", folder + "v720/seg_00009.m4s?grant=yes", nil, 403, ""},
		"range":                       {"GET", object, []string{"Range", "bytes=10-19"}, 206, whole[10:20]},
		"open range":                  {"GET", object, []string{"Range", "bytes=299990-"}, 206, whole[299_990:]},
		"last bytes":                  {"GET", object, []string{"Range", "bytes=-10"}, 206, whole[len(whole)-10:]},
		"range behind the end":        {"GET", object, []string{"Range", "bytes=900000-"}, 416, "InvalidRange"},
		"several ranges":              {"GET", object, []string{"Range", "bytes=0-1,5-6"}, 200, whole},
		"another unit":                {"GET", object, []string{"Range", "seconds=0-1"}, 200, whole},
		"same tag":                    {"GET", object, []string{"If-None-Match", etag}, 304, ""},
		"another tag":                 {"GET", object, []string{"If-None-Match", `"x"`}, 200, whole},
		"unchanged since":             {"GET", object, []string{"If-Modified-Since", modified}, 304, ""},
		"unmodified since":            {"GET", object, []string{"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"}, 412, "PreconditionFailed"},
		"if range, date":              {"GET", object, []string{"Range", "bytes=0-9", "If-Range", modified}, 206, whole[:10]},
		"if match":                    {"GET", object, []string{"If-Match", `"x"`}, 412, "PreconditionFailed"},
		"if range, same":              {"GET", object, []string{"Range", "bytes=0-9", "If-Range", etag}, 206, whole[:10]},
		"if range, changed":           {"GET", object, []string{"Range", "bytes=0-9", "If-Range", `"x"`}, 200, whole},
		"POST":                        {"POST", object, nil, 403, "GET and HEAD"},
		"traversal":                   {"GET", folder + "../0123456789abcdefghjkmnpqrs/master.m3u8?grant=yes", nil, 403, "AccessDenied"},
		"encoded traversal":           {"GET", folder + "%2e%2e/x?grant=yes", nil, 403, "AccessDenied"},
		"encoded slash":               {"GET", folder + "v720%2fseg_00000.m4s?grant=yes", nil, 403, "AccessDenied"},
		"encoded letter":              {"GET", folder + "v720/%73eg_00000.m4s?grant=yes", nil, 403, "AccessDenied"},
		"double slash":                {"GET", folder + "/v720/seg_00000.m4s?grant=yes", nil, 403, "AccessDenied"},
		"back slash":                  {"GET", folder + `..\x?grant=yes`, nil, 403, "AccessDenied"},
		"the folder itself":           {"GET", folder + "?grant=yes", nil, 403, "AccessDenied"},
		"a playlist as it is":         {"GET", folder + "master.m3u8?grant=yes", nil, 200, playlist},
		"a compressed segment, never": {"GET", object, []string{"Accept-Encoding", "gzip"}, 200, whole},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := do(t, server, tt.method, tt.target, tt.header...)
			if got.status != tt.status || got.status >= 400 && !strings.Contains(got.body, tt.body) || got.status < 400 && got.body != tt.body {
				t.Errorf("%d with %d bytes %.200q, want %d with %.60q", got.status, len(got.body), got.body, tt.status, tt.body)
			}
			if got.status >= 400 && got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("a refusal may be cached: %v", got.header)
			}
		})
	}
}

func TestMediaHeaders(t *testing.T) {
	t.Parallel()
	server := setup(t, http.NotFoundHandler())
	for _, method := range []string{"GET", "HEAD"} {
		h := do(t, server, method, folder+"v720/seg_00000.m4s?grant=yes").header
		for name, want := range map[string]string{
			"Content-Type": "video/iso.segment", "Content-Length": "300000", "Accept-Ranges": "bytes",
			"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", method, name, h.Get(name), want)
			}
		}
	}
	part := do(t, server, "GET", folder+"v720/seg_00000.m4s?grant=yes", "Range", "bytes=10-19").header
	if part.Get("Content-Range") != "bytes 10-19/300000" || part.Get("Content-Length") != "10" {
		t.Errorf("part: %v", part)
	}
}

func TestPlaylistsAreCompressedWhenAsked(t *testing.T) {
	t.Parallel()
	server := setup(t, http.NotFoundHandler())
	target := folder + "master.m3u8?grant=yes"
	plain := do(t, server, "GET", target, "Accept-Encoding", "br, gzip;q=0")
	if plain.header.Get("Content-Encoding") != "" || plain.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain: %v", plain.header)
	}
	got := do(t, server, "GET", target, "Accept-Encoding", "br, gzip;q=0.5")
	z, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil || got.header.Get("Content-Encoding") != "gzip" || got.header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v %v", err, got.header)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != playlist {
		t.Errorf("%q, %v", text, err)
	}
	tag := got.header.Get("ETag")
	if !strings.HasPrefix(tag, "W/") {
		t.Errorf("tag %q is not weak", tag)
	}
	if again := do(t, server, "GET", target, "Accept-Encoding", "gzip", "If-None-Match", tag); again.status != 304 {
		t.Errorf("same tag: %d", again.status)
	}
	if head := do(t, server, "HEAD", target, "Accept-Encoding", "gzip"); head.status != 200 || head.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

func TestTheAPIBehindTheEdge(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := setup(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-release
			return
		}
		fmt.Fprintf(w, "%s %s %s %s", r.Host, r.URL.RequestURI(), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-For"))
	}))
	host := strings.TrimPrefix(server.URL, "http://")
	got := do(t, server, "GET", "/v1/x%2fy?q=%20", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "gopher")
	if want := host + " /v1/x%2fy?q=%20 https 127.0.0.1"; got.body != want {
		t.Errorf("got %q, want %q", got.body, want)
	}
	response, err := http.Get(server.URL + "/events") //nolint:noctx // ends with release
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, 9)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "data: 1\n\n" {
		t.Errorf("%q, %v", first, err)
	}
	close(release)
}

func TestWhenTheAPIIsDown(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	got := do(t, serve(t, edge.Config{Verifier: granted{}, APIs: []*url.URL{parse(t, gone.URL)}}), "GET", "/v1/me")
	if got.status != 502 || got.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(got.body, `"code":"unavailable"`) {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}

// TestBodiesThatTheAPIDoesNotGet: what is wrong with a viewer's body is the
// viewer's fault, never a 502.
func TestBodiesThatTheAPIDoesNotGet(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(api.Close)
	server := serve(t, edge.Config{Verifier: granted{}, APIs: []*url.URL{parse(t, api.URL)}})
	large := strings.Repeat("x", 8<<20+1)
	cases := map[string]struct {
		head, body string
		want       string
	}{
		"one byte too many":         {"Content-Length: " + strconv.Itoa(len(large)), large, "413"},
		"too many of unsaid length": {"Transfer-Encoding: chunked", strconv.FormatInt(int64(len(large)), 16) + "\r\n" + large + "\r\n0\r\n\r\n", "413"},
		"no chunk":                  {"Transfer-Encoding: chunked", "ZZ\r\n", "400"},
		"as much as may be":         {"Content-Length: " + strconv.Itoa(8<<20), large[1:], "200"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://")) //nolint:noctx // ends with the test's server
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			// All is written before anything is read: many clients do so.
			if _, err := io.WriteString(conn, "POST /v1/x HTTP/1.1\r\nHost: x\r\n"+c.head+"\r\n\r\n"+c.body); err != nil {
				t.Fatal(err)
			}
			status, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.HasPrefix(status, "HTTP/1.1 "+c.want) {
				t.Errorf("%q, %v, want %s", status, err, c.want)
			}
		})
	}
}

// originFunc is an Origin made of one function.
type originFunc func(context.Context, edge.Request) (*edge.Object, error)

func (f originFunc) Open(ctx context.Context, r edge.Request) (*edge.Object, error) { return f(ctx, r) }

func TestWhenTheOriginIsDown(t *testing.T) {
	t.Parallel()
	down := originFunc(func(context.Context, edge.Request) (*edge.Object, error) { return nil, errors.New("down") })
	got := do(t, serve(t, edge.Config{Verifier: granted{}, Origin: down, APIs: []*url.URL{parse(t, "http://127.0.0.1:1")}}), "GET", folder+"x?grant=yes")
	if got.status != 502 || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestTheVerifierSeesTheViewer(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	server := serve(t, edge.Config{Verifier: granted{seen}, APIs: []*url.URL{parse(t, "http://127.0.0.1:1")}})
	do(t, server, "GET", folder+"x")
	if got := <-seen; got != "https 127.0.0.1" {
		t.Errorf("the verifier saw %q", got)
	}
}

// TestObjectsAreStreamed: the first bytes reach the viewer while the origin
// still holds the rest.
func TestObjectsAreStreamed(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	stream := originFunc(func(context.Context, edge.Request) (*edge.Object, error) {
		return &edge.Object{Body: reader, Header: http.Header{"Content-Length": {"200000"}}}, nil
	})
	server := serve(t, edge.Config{Verifier: granted{}, Origin: stream, APIs: []*url.URL{parse(t, "http://127.0.0.1:1")}})
	go func() { _, _ = writer.Write(make([]byte, 100_000)) }()
	response, err := http.Get(server.URL + folder + "x?grant=yes") //nolint:noctx // ends with the writer
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 60_000)); err != nil {
		t.Errorf("first bytes: %v", err)
	}
	_ = writer.CloseWithError(errors.New("the origin broke"))
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("a broken object looks whole")
	}
}
