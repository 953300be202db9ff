package edge_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rounds/playback/edge"
)

// upstream is a process of the API that counts what it is asked and can be unready.
type upstream struct {
	*httptest.Server
	asked   atomic.Int64
	unready atomic.Bool
	looked  chan struct{} // a readiness request was answered
}

func newUpstream(t *testing.T, answer http.HandlerFunc) *upstream {
	t.Helper()
	u := &upstream{looked: make(chan struct{}, 64)}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			if u.unready.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			select {
			case u.looked <- struct{}{}:
			default:
			}
			return
		}
		u.asked.Add(1)
		answer(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

func echo(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }

func balanced(t *testing.T, apis ...*upstream) (*httptest.Server, *edge.Edge) {
	t.Helper()
	config := edge.Config{Verifier: granted{}, BaseURL: parse(t, "https://learn.example.org")}
	for _, api := range apis {
		config.APIs = append(config.APIs, parse(t, api.URL))
	}
	front := edge.New(config)
	server := httptest.NewServer(front)
	t.Cleanup(server.Close)
	return server, front
}

// send posts a text and returns the status and what came back.
func send(t *testing.T, server *httptest.Server, text string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/x", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestAPIProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	one, two := newUpstream(t, echo), newUpstream(t, echo)
	server, _ := balanced(t, one, two)
	for range 10 {
		send(t, server, "beat")
	}
	if one.asked.Load() != 5 || two.asked.Load() != 5 {
		t.Errorf("asked %d and %d times; want 5 and 5", one.asked.Load(), two.asked.Load())
	}
}

func TestNoRequestFailsWhenAProcessIsGone(t *testing.T) {
	t.Parallel()
	one, two := newUpstream(t, echo), newUpstream(t, echo)
	server, _ := balanced(t, one, two)
	for range 4 { // connections to both are open
		send(t, server, "beat")
	}
	one.Close()
	for range 20 {
		if status, body := send(t, server, "beat"); status != http.StatusOK || body != "beat" {
			t.Fatalf("%d %q", status, body)
		}
	}
}

func TestAProcessThatIsNotReadyGetsNothing(t *testing.T) {
	t.Parallel()
	one, two := newUpstream(t, echo), newUpstream(t, echo)
	one.unready.Store(true)
	server, front := balanced(t, one, two)
	ctx, stop := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() { front.Watch(ctx); close(watched) }()
	for range 2 { // when the second look begins, the first has been noted
		wait(t, one.looked)
	}
	for range 6 {
		send(t, server, "beat")
	}
	if one.asked.Load() != 0 || two.asked.Load() != 6 {
		t.Errorf("asked %d and %d times; want 0 and 6", one.asked.Load(), two.asked.Load())
	}
	one.unready.Store(false)
	for len(one.looked) > 0 { // looks of before
		<-one.looked
	}
	for range 3 {
		wait(t, one.looked)
	}
	for range 6 {
		send(t, server, "beat")
	}
	if one.asked.Load() == 0 {
		t.Error("a process that is ready again gets nothing")
	}
	stop()
	wait(t, watched)
}

func wait(t *testing.T, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing happened within 30 s")
	}
}

// A process that dies after it has read a request may have done what it asks for.
func TestOnlyHarmlessRequestsAreAskedTwice(t *testing.T) {
	t.Parallel()
	dies := newUpstream(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	well := newUpstream(t, echo)
	server, _ := balanced(t, dies, well)
	for range 4 {
		if got := do(t, server, "GET", "/v1/me"); got.status != http.StatusOK {
			t.Errorf("GET: %d", got.status)
		}
	}
	var failed int
	for range 4 {
		if status, _ := send(t, server, "order"); status == http.StatusBadGateway {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d of 4 orders failed; want those 2 that the dying process had", failed)
	}
}

func TestAllAreAskedWhenNoneSeemsReady(t *testing.T) {
	t.Parallel()
	one, two := newUpstream(t, echo), newUpstream(t, echo)
	one.unready.Store(true)
	two.unready.Store(true)
	server, front := balanced(t, one, two)
	go front.Watch(t.Context())
	for range 2 {
		wait(t, one.looked)
		wait(t, two.looked)
	}
	if status, _ := send(t, server, "beat"); status != http.StatusOK {
		t.Errorf("status %d; want the API's own answer", status)
	}
}
