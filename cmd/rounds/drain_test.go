package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDrainOutlivesTheStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told, tell := context.WithCancel(t.Context())
		serving, stop := drainConfig{Drain: 5 * time.Second}.after(told)
		defer stop()
		tell()
		began := time.Now()
		<-serving.Done()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("served %s after the stop, not 5 s", took)
		}
	})
}

func TestDrainEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		serving, stop := drainConfig{Drain: time.Hour}.after(t.Context())
		stop()
		<-serving.Done() // at once; a goroutine that is left fails the bubble
	})
}

// TestDrainingSendsElsewhere asks a listener before and after it was told to
// stop, on one connection.
func TestDrainingSendsElsewhere(t *testing.T) {
	t.Parallel()
	leaving, tell := context.WithCancel(t.Context())
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	address := "127.0.0.1:" + freePort(t)
	ended := make(chan error, 1)
	go func() {
		ended <- listen(serving, slog.New(slog.DiscardHandler), listener{
			name: "test", address: address, leaving: leaving.Done(),
			handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "done") }),
		})
	}()
	client := &http.Client{Transport: &http.Transport{}}
	type told struct {
		status    int
		body      string
		endsThere bool // the connection
	}
	ask := func(path string) told {
		for {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(request)
			if err != nil && strings.Contains(err.Error(), "refused") {
				continue // not listening yet
			}
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			return told{response.StatusCode, string(body), response.Close}
		}
	}
	if got := ask("/readyz"); got != (told{200, "done", false}) {
		t.Errorf("before the stop: %+v", got)
	}
	tell()
	if got := ask("/readyz"); got.status != 503 || !strings.Contains(got.body, "stopping") {
		t.Errorf("after it /readyz answers %+v", got)
	}
	if got := ask("/v1/me"); got != (told{200, "done", true}) {
		t.Errorf("after it: %+v", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
