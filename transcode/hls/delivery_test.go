package hls

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/catalog"
)

// delivery serves a stream as it should be; spoil may answer instead.
func delivery(t *testing.T, dir string, spoil func(w http.ResponseWriter, r *http.Request) bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if spoil != nil && spoil(w, r) {
			return
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			_, _ = w.Write(testKey[:])
			return
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(r.URL.Path, "/media/"))))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", catalog.ContentType(r.URL.Path))
		if !strings.HasSuffix(r.URL.Path, ".m3u8") || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_, _ = w.Write(content)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = zip.Write(content)
		_ = zip.Close()
	}))
	t.Cleanup(server.Close)
	return server
}

func TestVerifyOverHTTP(t *testing.T) {
	t.Parallel()
	dir := packaged(t)
	for name, test := range map[string]struct {
		spoil func(w http.ResponseWriter, r *http.Request) bool
		want  string
	}{
		"good": {nil, "[]"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) bool {
			redirected := strings.HasSuffix(r.URL.Path, "seg_00001.m4s")
			if redirected {
				http.Redirect(w, r, "/elsewhere", http.StatusFound)
			}
			return redirected
		}, "[Apple 8.18]"},
		"not gzip": {func(_ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("Accept-Encoding")
			return false
		}, "[Apple 10.1]"},
		"mime": {func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, ".mp4") {
				http.ServeFile(typed{w, "application/octet-stream"}, r, filepath.Join(dir, strings.TrimPrefix(r.URL.Path, "/media/")))
			}
			return strings.HasSuffix(r.URL.Path, ".mp4")
		}, "[Apple 10.4]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			web := Web{Base: mustURL(t, delivery(t, dir, test.spoil).URL+"/media/")}
			findings, err := Verify(t.Context(), web, Options{Key: web.Key})
			if err != nil || fmt.Sprint(rulesOf(findings)) != test.want {
				t.Errorf("findings %v, error %v", findings, err)
			}
		})
	}
}

// typed insists on a content type.
type typed struct {
	http.ResponseWriter
	kind string
}

func (w typed) WriteHeader(status int) {
	w.Header().Set("Content-Type", w.kind)
	w.ResponseWriter.WriteHeader(status)
}

// TestVerifySigned: every URI carries its own query, cookies travel to the
// stream's host, and no finding or error repeats a signature.
func TestVerifySigned(t *testing.T) {
	t.Parallel()
	dir := packaged(t)
	for _, name := range []string{"master.m3u8", "v180/index.m3u8", "v144/index.m3u8", "v180/iframes.m3u8", "audio/index.m3u8"} {
		apply(t, filepath.Join(dir, name), sub(`\.(m3u8|m4s|mp4)`, ".$1?Signature=secret"))
	}
	apply(t, filepath.Join(dir, "master.m3u8"), sub(`v144/index`, "/media/v144/index"))
	server := delivery(t, dir, func(w http.ResponseWriter, r *http.Request) bool {
		refused := r.Header.Get("Cookie") != "session=1" || !strings.HasPrefix(r.URL.Path, "/v1/") && r.URL.RawQuery != "Signature=secret"
		if refused {
			w.WriteHeader(http.StatusForbidden)
		}
		return refused
	})
	web := Web{Base: mustURL(t, server.URL+"/media/"), Header: http.Header{"Cookie": {"session=1"}}}
	findings, err := Verify(t.Context(), web, Options{Key: web.Key, Master: "master.m3u8?Signature=secret"})
	if err != nil || len(findings) > 0 {
		t.Errorf("findings %v, error %v", findings, err)
	}
	_, err = Verify(t.Context(), Web{Base: web.Base, Query: "Signature=secret"}, Options{Key: web.Key})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("refused: %v", err)
	}
}

func TestWebKeepsHeadersAtHome(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			t.Error("cookies went to another host")
		}
		_, _ = w.Write([]byte("too long for a key, this is"))
	}))
	t.Cleanup(other.Close)
	web := Web{Base: mustURL(t, "http://media.invalid/x/"), Header: http.Header{"Cookie": {"session=1"}}}
	if _, err := web.Key(t.Context(), other.URL+"/key"); err == nil {
		t.Error("27 bytes were taken for a key")
	}
}
