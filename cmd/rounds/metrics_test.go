package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/transcode"
)

// TestEncodingMetrics: a worker tells what it encoded, and what waits for all
// of them as long as the database answers.
func TestEncodingMetrics(t *testing.T) {
	t.Parallel()
	var away error
	registry := prometheus.NewRegistry()
	m := newEncodingMetrics(registry)
	registry.MustRegister(chunkQueueOf(func(context.Context) (catalog.ChunkQueue, error) {
		return catalog.ChunkQueue{Waiting: 7, Running: 2, Oldest: 90 * time.Second}, away
	}))
	m.observe(transcode.EncodedChunk{Media: time.Minute, Took: 20 * time.Second})
	m.observe(transcode.EncodedChunk{Sound: true, Media: time.Hour, Took: time.Minute})
	scrape := func() string {
		w := httptest.NewRecorder()
		metricsHandler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	page := scrape()
	for _, line := range []string{
		"rounds_chunks_waiting 7", "rounds_chunks_running 2", "rounds_chunks_oldest_seconds 90",
		`rounds_encoded_media_seconds_total{kind="picture"} 60`, `rounds_encoding_seconds_total{kind="picture"} 20`,
		`rounds_encoding_speed_ratio_sum{kind="sound"} 60`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("%s is not in\n%s", line, page)
		}
	}
	away = errors.New("database is away")
	if page := scrape(); strings.Contains(page, "rounds_chunks_") || !strings.Contains(page, "rounds_encoded_media_seconds_total") {
		t.Errorf("without a database:\n%s", page)
	}
}
