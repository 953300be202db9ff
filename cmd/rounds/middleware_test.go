package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"rounds/cmd/rounds/telemetry"
)

func TestRealAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	cases := map[string]struct{ peer, forwarded, want string }{
		"through our proxy":                 {"127.0.0.1:5", "198.51.100.7", "198.51.100.7:0"},
		"through two of our proxies":        {"127.0.0.1:5", "198.51.100.7, 10.0.0.2", "198.51.100.7:0"},
		"the client's own claim is ignored": {"127.0.0.1:5", "203.0.113.9, 198.51.100.7", "198.51.100.7:0"},
		"a stranger may not claim":          {"203.0.113.9:5", "198.51.100.7", "203.0.113.9:5"},
		"nothing forwarded":                 {"127.0.0.1:5", "", "127.0.0.1:5"},
		"nonsense":                          {"127.0.0.1:5", "<script>", "127.0.0.1:5"},
	}
	for name, c := range cases {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = c.peer
		if c.forwarded != "" {
			request.Header.Set("X-Forwarded-For", c.forwarded)
		}
		var got string
		realAddress(trusted)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).
			ServeHTTP(httptest.NewRecorder(), request)
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestSameOriginOnly(t *testing.T) {
	t.Parallel()
	protect, err := sameOriginOnly("https://learn.example.org")
	if err != nil {
		t.Fatal(err)
	}
	handler := protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	cases := map[string]struct {
		headers map[string]string
		want    int
	}{
		"same origin":                  {map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		"another site":                 {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"another site with a token":    {map[string]string{"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer x"}, 200},
		"a program that is no browser": {nil, 200},
		"an old browser's origin":      {map[string]string{"Origin": "https://evil.example"}, 403},
	}
	for name, c := range cases {
		request := httptest.NewRequest(http.MethodPost, "https://learn.example.org/v1/x", nil)
		for key, value := range c.headers {
			request.Header.Set(key, value)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if recorder.Code != c.want {
			t.Errorf("%s: %d, want %d", name, recorder.Code, c.want)
		}
	}
}

func TestPanicsBecomeProblems(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	handler := recoverPanics(log, newHTTPMetrics(newRegistry()).panics)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	if recorder.Code != 500 || strings.Contains(recorder.Body.String(), "boom") {
		t.Errorf("answer: %d %s", recorder.Code, recorder.Body)
	}
}

func TestCanonicalHost(t *testing.T) {
	t.Parallel()
	handler := canonicalHost("https://learn.example.org", "learn.example.org")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	request := httptest.NewRequest(http.MethodGet, "http://other.example/courses?x=1", nil)
	request.Header.Set("Accept", "text/html")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if got := recorder.Header().Get("Location"); got != "https://learn.example.org/courses?x=1" {
		t.Errorf("redirected to %q", got)
	}
}

func TestRefusingABodyDoesNotLookLikeAnOutage(t *testing.T) {
	t.Parallel()
	refusing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close() // as huma does
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	server := httptest.NewServer(limitBody(refusing))
	t.Cleanup(server.Close)
	for range 20 {
		response, err := http.Post(server.URL, "application/json", strings.NewReader(strings.Repeat(" ", 4<<20))) //nolint:noctx // bounded by the test's server
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Fatalf("status %d", response.StatusCode)
		}
	}
}

func TestRequestsKeepTheirIDFromFrontToBack(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	answering := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	ask := func(given, peer string, trusted ...netip.Prefix) []string {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = peer
		request.Header.Set(requestIDHeader, given)
		recorder := httptest.NewRecorder()
		recorder.Header().Set(requestIDHeader, "from behind")
		accessLog(log, newHTTPMetrics(newRegistry()), telemetry.Off(), trusted...)(answering).ServeHTTP(recorder, request)
		return recorder.Header().Values(requestIDHeader)
	}
	home := netip.MustParsePrefix("127.0.0.0/8")
	if got := ask("0123456789ab", "127.0.0.1:5", home); len(got) != 1 || got[0] != "0123456789ab" {
		t.Errorf("from our proxy: %q", got)
	}
	if got := ask("0123456789ab", "203.0.113.9:5", home); len(got) != 1 || got[0] == "0123456789ab" {
		t.Errorf("a stranger's id was taken: %q", got)
	}
	if got := ask("two\nlines", "127.0.0.1:5", home); len(got) != 1 || !requestIDForm.MatchString(got[0]) {
		t.Errorf("nonsense was taken: %q", got)
	}
}
