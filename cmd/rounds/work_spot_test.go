package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// metadataService answers as IMDSv2 does: a token first, then 404 until there
// is a notice.
func metadataService(t *testing.T, asked *atomic.Int32, notice *atomic.Bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			_, _ = fmt.Fprint(w, "token")
		case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path != "/latest/meta-data/spot/instance-action":
			t.Errorf("asked for %s", r.URL.Path)
		default:
			asked.Add(1)
			if !notice.Load() {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = fmt.Fprint(w, `{"action": "terminate", "time": "2026-11-23T08:22:00Z"}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestSpotWatch(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var notice atomic.Bool
	watch := newSpotWatch(metadataService(t, &asked, &notice), slog.New(slog.DiscardHandler))
	watch.every = 20 * time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- watch.wait(t.Context()) }()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for asked.Load() < 3 {
		select {
		case err := <-ended:
			t.Fatalf("ended without a notice: %v", err)
		case <-again.C:
		}
	}
	notice.Store(true)
	if err := <-ended; err != nil {
		t.Error(err)
	}

	var log lockedBuffer
	silent := newSpotWatch("http://127.0.0.1:"+freePort(t), slog.New(slog.NewTextHandler(&log, nil)))
	silent.every = 20 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- silent.wait(ctx) }()
	for !strings.Contains(log.tail(1000), "no answer about spot interruptions") {
		select {
		case err := <-ended:
			t.Fatalf("ended without an answer: %v", err)
		case <-again.C:
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("without an answer: %v", err)
	}
}

// TestWorkerStopsAtNotice: a worker process that is told of an interruption
// ends as it does at SIGTERM.
func TestWorkerStopsAtNotice(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var notice atomic.Bool
	notice.Store(true)
	s := startSystem(t)
	worker := s.start("work", "--work-dir="+t.TempDir(), "--spot-notice", "--metadata-url="+metadataService(t, &asked, &notice))
	select {
	case <-worker.done:
	case <-time.After(2 * time.Minute):
		t.Fatal("it goes on")
	}
	if worker.cmd.ProcessState.ExitCode() != 0 || !bytes.Contains([]byte(worker.log.tail(5000)), []byte("will be taken away")) {
		t.Errorf("exit %v\n%s", worker.cmd.ProcessState, worker.log.tail(5000))
	}
}
