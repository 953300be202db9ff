package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/playback/edge"
)

// heard is a log of which each line can be waited for.
type heard chan string

func (h heard) Write(line []byte) (int, error) {
	h <- string(line)
	return len(line), nil
}

func (h heard) log() *slog.Logger { return slog.New(slog.NewTextHandler(h, nil)) }

// waitFor reads lines until one has all of the texts.
func (h heard) waitFor(t *testing.T, texts ...string) {
	t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for {
		select {
		case line := <-h:
			has := true
			for _, text := range texts {
				has = has && strings.Contains(line, text)
			}
			if has {
				return
			}
		case <-limit.C:
			t.Fatalf("nothing was said of %q within a minute", texts)
		}
	}
}

// part is a process that serves on a port of its own, without its process.
type part struct {
	address string
	leave   context.CancelFunc // SIGTERM
	stop    context.CancelFunc // the end of its drain
	ended   chan error
}

// servePart answers on a port until it is stopped, and returns when it listens.
func servePart(t *testing.T, l listener) *part {
	t.Helper()
	serving, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	leaving, leave := context.WithCancel(serving)
	t.Cleanup(stop)
	p := &part{address: l.address, leave: leave, stop: stop, ended: make(chan error, 1)}
	l.leaving, l.closing = leaving.Done(), time.Minute // its test says when
	said := make(heard, 16)
	go func() { p.ended <- listen(serving, said.log(), l) }()
	said.waitFor(t, "msg=listening")
	return p
}

// TestWhoHasConnectedIsServedBeforeThePortCloses ends a process to which more
// have connected than it has got to. Each of them is answered; who comes later
// learns so before there is anything to lose.
func TestWhoHasConnectedIsServedBeforeThePortCloses(t *testing.T) {
	t.Parallel()
	p := servePart(t, listener{name: "api", address: "127.0.0.1:" + freePort(t), most: 1, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})})
	first := visit(t, p.address, "beat 0")
	if _, got, last := answered(t, first); got != "beat 0" || last {
		t.Fatalf("%q, and the connection ends: %t", got, last)
	}
	var waiting []net.Conn // the process is at its limit
	for _, beat := range []string{"beat 1", "beat 2", "beat 3"} {
		waiting = append(waiting, visit(t, p.address, beat))
	}
	p.leave()
	p.stop()
	_ = first.Close()
	for i, connection := range waiting {
		if _, got, last := answered(t, connection); got != fmt.Sprint("beat ", i+1) || !last {
			t.Errorf("visitor %d: %q, and the connection ends: %t", i+1, got, last)
		}
	}
	if err := <-p.ended; err != nil {
		t.Error(err)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.address); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("connecting afterwards: %v", err)
	}
}

// tally counts what processes of the API were asked to do.
type tally struct {
	mu   sync.Mutex
	done map[string]int
}

func (c *tally) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		return
	}
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done[string(body)]++
	if string(body) == unanswered {
		panic(http.ErrAbortHandler)
	}
}

// unanswered is a beat that a process takes and dies over: nobody learns that it was done.
const unanswered = "a beat whose answer is lost"

// TestBeatsAreNeitherLostNorDoubledWhileProcessesAreReplaced posts through an
// edge while each process behind it leaves in good order and another one takes
// its place: each post is answered, and was done once. One whose answer is lost is
// not sent to another process: its player knows whether that would count twice.
func TestBeatsAreNeitherLostNorDoubledWhileProcessesAreReplaced(t *testing.T) {
	t.Parallel()
	beats, said := &tally{done: map[string]int{}}, make(heard, 1024)
	parts := make([]*part, 2)
	config := edge.Config{BaseURL: &url.URL{Scheme: "http", Host: "learn.example.org"}, Log: said.log()}
	for i := range parts {
		parts[i] = servePart(t, listener{name: "api", address: "127.0.0.1:" + freePort(t), handler: beats})
		config.APIs = append(config.APIs, &url.URL{Scheme: "http", Host: parts[i].address})
	}
	front := edge.New(config)
	watching, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { front.Watch(watching) })
	server := httptest.NewServer(front)
	t.Cleanup(func() { stop(); running.Wait(); server.Close() })

	var players sync.WaitGroup
	between := make([]chan struct{}, 4) // two posts of a player
	for player := range between {
		between[player] = make(chan struct{})
		players.Go(func() { keepPosting(t, server.URL, player, between[player]) })
	}
	for i, p := range parts {
		p.leave()
		said.waitFor(t, "is away", p.address)
		for _, player := range between { // what had been sent there before is answered: the drain is longer than a request
			player <- struct{}{}
		}
		p.stop()
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
		parts[i] = servePart(t, listener{name: "api", address: p.address, handler: beats})
		said.waitFor(t, "is back", p.address)
	}
	for _, player := range between {
		close(player)
	}
	players.Wait()
	for range parts { // whichever comes first
		lost, err := http.Post(server.URL+"/v1/beats", "text/plain", strings.NewReader(unanswered)) //nolint:noctx // bounded by the edge
		if err != nil {
			t.Fatal(err)
		}
		_ = lost.Body.Close()
		if lost.StatusCode < http.StatusInternalServerError {
			t.Errorf("a beat without an answer was answered: %s", lost.Status)
		}
	}
	beats.mu.Lock()
	defer beats.mu.Unlock()
	if beats.done[unanswered] != len(parts) {
		t.Errorf("%d beats without an answer were done %d times", len(parts), beats.done[unanswered])
	}
	delete(beats.done, unanswered)
	if len(beats.done) < 100 {
		t.Errorf("only %d beats were sent", len(beats.done))
	}
	for beat, times := range beats.done {
		if times != 1 {
			t.Errorf("%s was done %d times", beat, times)
		}
	}
}

// keepPosting posts until between is closed, half of the players on connections of
// their own, and wants each post to succeed at its first try. A post that failed
// is told, and the next one sent. It takes what is sent to it between two posts.
func keepPosting(t *testing.T, address string, player int, between <-chan struct{}) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: player%2 == 0}}
	defer client.CloseIdleConnections()
	for n := 0; ; n++ {
		select {
		case _, more := <-between:
			if !more {
				return
			}
		default:
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/beats", strings.NewReader(fmt.Sprintf("beat %d of player %d", n, player)))
		if err != nil {
			panic(err) // no address or method of ours is wrong
		}
		response, err := client.Do(request)
		if err != nil {
			t.Errorf("beat %d of player %d: %v", n, player, err)
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("beat %d of player %d: %s", n, player, response.Status)
		}
	}
}
