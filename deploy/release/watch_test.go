package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// service is a release as the gate sees it: each look changes it.
type service struct {
	looks atomic.Int64
	ready func(look int64) int
	count func(look int64) (all, failed int64)
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		w.WriteHeader(s.ready(s.looks.Add(1)))
		return
	}
	all, failed := s.count(s.looks.Load())
	_, _ = fmt.Fprintf(w, "# HELP x y\nrounds_http_request_duration_seconds_count{area=\"api\",method=\"GET\",status=\"200\"} %d\n"+
		"rounds_http_request_duration_seconds_bucket{status=\"500\",le=\"1\"} 999999\n"+
		"rounds_http_request_duration_seconds_count{area=\"api\",method=\"GET\",status=\"503\"} %d\n", all-failed, failed)
}

// TestGate lets releases pass or takes them back by a real command.
func TestGate(t *testing.T) {
	t.Parallel()
	well := func(int64) int { return 200 }
	quiet := func(int64) (int64, int64) { return 0, 0 }
	for name, c := range map[string]struct {
		service *service
		want    string // "": it stays
	}{
		"well":                     {&service{ready: well, count: func(n int64) (int64, int64) { return 1000 + 100*n, 0 }}, ""},
		"one bad look":             {&service{ready: func(n int64) int { return map[bool]int{true: 503, false: 200}[n == 4] }, count: quiet}, ""},
		"failed before it began":   {&service{ready: well, count: func(n int64) (int64, int64) { return 100000 + 100*n, 90000 }}, ""},
		"few requests":             {&service{ready: well, count: func(n int64) (int64, int64) { return min(n, 10), min(n, 10) }}, ""},
		"started anew":             {&service{ready: well, count: func(n int64) (int64, int64) { return map[bool]int64{true: 9000, false: n}[n < 5], 0 }}, ""},
		"never ready":              {&service{ready: func(int64) int { return 503 }, count: quiet}, "answers 503"},
		"ready and then not":       {&service{ready: func(n int64) int { return map[bool]int{true: 200, false: 503}[n < 6] }, count: quiet}, "answers 503"},
		"ready, but requests fail": {&service{ready: well, count: func(n int64) (int64, int64) { return 100 * n, 2 * n }}, "requests failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.service)
			defer server.Close()
			marker := filepath.Join(t.TempDir(), "rolled-back")
			err := run(t.Context(), []string{
				"--ready", server.URL + "/readyz", "--metrics", server.URL + "/metrics", "--for=2s", "--every=10ms", "--bad=3", "--roll-back", "touch " + marker,
			}, io.Discard)
			_, statErr := os.Stat(marker)
			switch {
			case c.want == "" && (err != nil || statErr == nil):
				t.Errorf("a good release was taken back: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "taken back") || statErr != nil):
				t.Errorf("%v, %v; want it taken back for %q", err, statErr, c.want)
			}
		})
	}
}

// TestGateSaysWhenItCannotRollBack: whoever is on call has to come then.
func TestGateSaysWhenItCannotRollBack(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody is there
	err := run(t.Context(), []string{"--ready", server.URL, "--for=1m", "--every=1ms", "--roll-back", "exit 7"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "COULD NOT BE TAKEN BACK") {
		t.Error(err)
	}
	if err := run(t.Context(), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "--ready") {
		t.Error(err)
	}
}
