package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rounds/deploy/schema/schematest"
)

// guarded holds an answer to the headers that everybody relies on. Pages need
// scripts, styles and forms of their own, and nothing from elsewhere.
func guarded(t *testing.T, name string, page bool, h http.Header) {
	t.Helper()
	policy := h.Get("Content-Security-Policy")
	for _, must := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, must) {
			t.Errorf("%s: the policy lacks %s: %q", name, must, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "data:") {
		t.Errorf("%s: the policy lets strangers' code in: %q", name, policy)
	}
	if html := strings.HasPrefix(h.Get("Content-Type"), "text/html"); html && page && !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("%s: a page's own scripts cannot run: %q", name, policy)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
		if h.Get(header) != want {
			t.Errorf("%s: %s is %q, want %q", name, header, h.Get(header), want)
		}
	}
}

// TestAnswersOfNobodyInParticularAreGuarded: those that middleware gives, too.
func TestAnswersOfNobodyInParticularAreGuarded(t *testing.T) {
	t.Parallel()
	s := serverFor(t, schematest.New(t))
	handler, err := s.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		method, target string
		header         map[string]string
		body           string
		want           int
	}{
		"unknown page":         {"GET", "/nothing", nil, "", 404},
		"unknown route":        {"GET", "/v1/nothing", nil, "", 404},
		"wrong method":         {"PUT", "/v1/programs", nil, "", 405},
		"another site's call":  {"POST", "/v1/auth/otp", map[string]string{"Sec-Fetch-Site": "cross-site"}, "{}", 403},
		"another site's form":  {"POST", "/sign-in", map[string]string{"Origin": "https://evil.example"}, "email=x", 403},
		"bad token":            {"GET", "/v1/me", map[string]string{"Authorization": "Bearer x"}, "", 401},
		"another host":         {"GET", "http://other.test/courses", map[string]string{"Accept": "text/html"}, "", 307},
		"broken body":          {"POST", "/v1/auth/otp", map[string]string{"Content-Type": "application/json"}, "{", 400},
		"asset that is not":    {"GET", "/assets/none.js", nil, "", 404},
		"description of docs":  {"GET", "/docs", nil, "", 200},
		"answer of the health": {"GET", "/healthz", nil, "", 200},
	}
	for name, c := range cases {
		r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
		if !strings.HasPrefix(c.target, "http") {
			r.Host = "rounds.test"
		}
		for header, value := range c.header {
			r.Header.Set(header, value)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, c.want, w.Body)
		}
		guarded(t, name, false, w.Header())
		if w.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: bound to https where there is none", name)
		}
	}
}

func TestHTTPSIsKeptTo(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	securityHeaders(true)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if got := w.Header().Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security: %q", got)
	}
}
