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
	told, tell := context.WithCancel(t.Context())
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	address := "127.0.0.1:" + freePort(t)
	ended := make(chan error, 1)
	go func() {
		ended <- listen(serving, slog.New(slog.DiscardHandler), listener{
			name: "test", address: address, leaving: told.Done(),
			handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "done") }),
		})
	}()
	client := &http.Client{Transport: &http.Transport{}}
	ask := func(path string) (*http.Response, string) {
		for {
			response, err := client.Get("http://" + address + path)
			if err != nil && strings.Contains(err.Error(), "refused") && t.Context().Err() == nil {
				continue // not listening yet
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return response, string(body)
		}
	}
	if r, body := ask("/readyz"); r.StatusCode != 200 || body != "done" || r.Close {
		t.Errorf("before the stop: %s %q, ends the connection: %v", r.Status, body, r.Close)
	}
	tell()
	if r, body := ask("/readyz"); r.StatusCode != 503 || !strings.Contains(body, "stopping") {
		t.Errorf("after it /readyz answers %s %q", r.Status, body)
	}
	if r, body := ask("/v1/me"); r.StatusCode != 200 || body != "done" || !r.Close {
		t.Errorf("after it: %s %q, ends the connection: %v", r.Status, body, r.Close)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
