package player

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"rounds/catalog"
)

// serve starts the pages as somebody sees them.
func serve(t *testing.T, backend *fake, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	server.Config.Handler = wrap(New(Config{Backend: backend, BaseURL: base, When: catalog.WhenIn}))
	server.Start()
	t.Cleanup(server.Close)
	return base
}

// TestPagesInBrowser looks at every page with axe, at phone and desktop width,
// and leaves screenshots in $ROUNDS_SCREENSHOTS when that is set.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	in := serve(t, &fake{viewer: &everybody}, api.routes)
	out := serve(t, &fake{failure: &FieldError{"code", "This code is wrong or too old. Ask for a new one."}}, func(h http.Handler) http.Handler { return h })
	empty := serve(t, &fake{viewer: &everybody, empty: true, rehearses: true}, func(h http.Handler) http.Handler { return h })
	completed := serve(t, &fake{viewer: &everybody, completed: true}, newFakeAPI(t).routes)
	reader := everybody
	reader.Locale = "ar"
	arabic := serve(t, &fake{viewer: &reader}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/pages.mjs", in, "ARABIC_URL="+arabic, "SIGNED_OUT_URL="+out, "EMPTY_URL="+empty, "COMPLETED_URL="+completed)
}

// TestScriptsInBrowser plays and uploads against an API in memory.
func TestScriptsInBrowser(t *testing.T) {
	t.Parallel()
	base := serve(t, &fake{viewer: &everybody}, newFakeAPI(t).routes)
	runBrowserTests(t, "browser/scripts.mjs", base)
}
