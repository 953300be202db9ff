package player

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAssetsAreServedAsTheBrowserAccepts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for accept, want := range map[string]string{
		"gzip, deflate, br":   "brotli",
		"gzip":                "gzipped",
		"br;q=0, gzip;q=0.5":  "gzipped",
		"":                    "plain",
		"identity":            "plain",
		"BR":                  "brotli",
		"gzip;q=0.0, br;q=no": "plain",
	} {
		r := httptest.NewRequest(http.MethodGet, "/assets/player-A.js", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := b.send(r)
		wants(t, w, http.StatusOK)
		if w.Body.String() != want {
			t.Errorf("%q: %q, want %q", accept, w.Body, want)
		}
		if w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accept, w.Header())
		}
	}
}

func TestAssetsOutsideAreNotServed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/..%2fmanifest.json", "/assets/none.js"} {
		if w := b.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPlayerPagePreloadsItsEngine(t *testing.T) {
	t.Parallel()
	wants(t, setup(t).get("/webinars/web_2"), http.StatusOK, `<link rel="modulepreload" href="/assets/engine-B.js">`, `src="/assets/player-A.js"`)
}
