package player

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"rounds/catalog"
)

// testBundle is the pages with a fake behind them and nobody in front.
type testBundle struct {
	*fake
	pages http.Handler
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	viewer := everybody
	f := &fake{viewer: &viewer}
	f.failing = &f.failure
	return &testBundle{f, newSite(Config{Backend: f, BaseURL: "https://learn.example.org", UploadOrigin: "https://s3.example.org", When: catalog.WhenIn}, builtAssets)}
}

var builtAssets = fstest.MapFS{
	"manifest.json":          {Data: []byte(`{"player.js":{"file":"player-A.js","imports":["engine-B.js"]},"rounds.css":{"file":"rounds-C.css"}}`)},
	"assets/player-A.js":     {Data: []byte("plain")},
	"assets/player-A.js.gz":  {Data: []byte("gzipped")},
	"assets/player-A.js.br":  {Data: []byte("brotli")},
	"assets/rounds-C.css":    {Data: []byte("body{}")},
	"assets/rounds-C.css.gz": {Data: []byte("gzipped")},
}

func (b *testBundle) get(path string) *httptest.ResponseRecorder {
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *testBundle) post(path string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func (b *testBundle) send(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	return w
}

// wants fails unless the answer has this status and holds all these texts.
func wants(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d\n%s", w.Code, status, w.Body)
	}
	body := w.Body.String()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%q is not on the page:\n%s", text, body)
		}
	}
}

func wantsRedirect(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Fatalf("%d to %q, want 303 to %q\n%s", w.Code, w.Header().Get("Location"), to, w.Body)
	}
}

func TestPagesRender(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, text := range map[string]string{
		"/courses":                              "49 minutes left to watch",
		"/webinars/web_2":                       `data-resume="24"`,
		"/webinars/web_4":                       "no recording to watch yet",
		"/presenter":                            "This file holds no video.",
		"/upload/web_5":                         "Uploading needs JavaScript",
		"/admin":                                "1 recording needs attention",
		"/admin/programs/new":                   `name="title"`,
		"/admin/presenters/new":                 `name="email"`,
		"/register?code=K7QP":                   `value="K7QP"`,
		"/sign-in/code":                         `autocomplete="one-time-code"`,
		"/admin/programs/prg_1/invitations/new": `name="emails"`,
	} {
		wants(t, b.get(path), http.StatusOK, text)
	}
	wants(t, b.get("/presenter"), http.StatusOK, "42 % · 12 of 51 parts done · about 7 minutes left")
}

// TestWebinarsNameTheirPresenters: in the text of a webinar, not in the head of
// the page, where the reader has the same name.
func TestWebinarsNameTheirPresenters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/webinars/web_2"), http.StatusOK, "<bdi>Dr Amira Haddad, Dr Jonas Berg</bdi>")
	wants(t, b.get("/search?q=beta"), http.StatusOK, "Drugs that prolong life · Dr Amira Haddad</p>")
	wants(t, b.get("/admin"), http.StatusOK, `<p class="meta"><bdi>Dr Amira Haddad`, `<span class="meta" dir="auto">Dr Amira Haddad</span>`, `<p class="meta">No presenter`)
}

func TestPagesForNobodyLeadToSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	wantsRedirect(t, b.get("/webinars/web_2?a=1"), "/sign-in?next=%2Fwebinars%2Fweb_2%3Fa%3D1")
	wantsRedirect(t, b.get("/"), "/sign-in")
	wants(t, b.get("/sign-in?next=/webinars/web_2"), http.StatusOK, `name="next" value="/webinars/web_2"`)
}

func TestStartPageFollowsTheRole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for want, v := range map[string]Viewer{"/courses": {Doctor: true, Admin: true}, "/admin": {Admin: true, Presenter: true}, "/presenter": {Presenter: true}} {
		b.viewer = &v
		wantsRedirect(t, b.get("/"), want)
	}
}

func TestUnknownAndForbiddenAreSaidInWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/webinars/web_other"), http.StatusNotFound, "nothing here")
	wants(t, b.get("/nothing"), http.StatusNotFound, "nothing here")
	b.viewer = &Viewer{Doctor: true}
	wants(t, b.get("/admin"), http.StatusForbidden, "not allowed")
	wants(t, b.get("/admin/programs/new"), http.StatusForbidden, "not allowed")
}

func TestAFaultIsNotShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.failure = io.ErrUnexpectedEOF
	w := b.post("/recordings/rec_1/retry", nil)
	wants(t, w, http.StatusInternalServerError, "on our side")
	if strings.Contains(w.Body.String(), "EOF") {
		t.Error("the fault's text is on the page")
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.get("/courses").Header()
	if policy := h.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "connect-src 'self' https://s3.example.org;") {
		t.Errorf("policy %q", policy)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
		if h.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, h.Get(name), want)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	wants(t, b.send(r), http.StatusForbidden, "from another site")
	if b.signedOut {
		t.Error("signed out all the same")
	}
}

func TestWithoutAssetsPagesSayHowToBuildThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.pages = newSite(Config{Backend: b.fake, BaseURL: "http://localhost:8080", When: catalog.WhenIn}, fstest.MapFS{})
	wants(t, b.get("/courses"), http.StatusOK, "Run make")
}
