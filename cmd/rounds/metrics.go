package main

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rounds/catalog"
	"rounds/transcode"
)

// newRegistry returns a registry with the Go runtime's and the process's own figures.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// httpMetrics counts requests and their durations.
type httpMetrics struct{ duration *prometheus.HistogramVec }

func newHTTPMetrics(registry *prometheus.Registry) *httpMetrics {
	m := &httpMetrics{duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "rounds_http_request_duration_seconds",
		Help:    "Time from the first byte of a request to the end of its answer.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"method", "area", "status"})}
	registry.MustRegister(m.duration)
	return m
}

func (m *httpMetrics) observe(r *http.Request, status int, took time.Duration) {
	m.duration.WithLabelValues(knownMethod(r.Method), areaOf(r.URL.Path), strconv.Itoa(status)).Observe(took.Seconds())
}

// areaOf keeps the label's values few: the part of the API, never an id.
func areaOf(path string) string {
	switch {
	case strings.HasSuffix(path, "/beats"):
		return "beats"
	case strings.HasPrefix(path, "/media/"):
		return "media"
	case strings.HasSuffix(path, "/key"):
		return "key"
	case strings.HasPrefix(path, "/v1/auth/"):
		return "auth"
	case strings.HasPrefix(path, "/v1/"):
		return "api"
	default:
		return "pages"
	}
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	default:
		return "other"
	}
}

// encodingMetrics are the figures of a worker: what it encodes, and what waits
// for all workers together.
type encodingMetrics struct {
	media, took *prometheus.CounterVec
	speed       *prometheus.HistogramVec
}

// newEncodingMetrics registers them; queue is asked at each scrape.
func newEncodingMetrics(registry *prometheus.Registry, queue func(context.Context) (catalog.ChunkQueue, error)) *encodingMetrics {
	kind := []string{"kind"}
	m := &encodingMetrics{
		media: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_encoded_media_seconds_total", Help: "Media that this worker has encoded, in seconds of play."}, kind),
		took:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_encoding_seconds_total", Help: "Time that this worker has spent on the pieces it has encoded."}, kind),
		speed: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rounds_encoding_speed", Help: "Seconds of media encoded in a second, one observation a piece.", Buckets: prometheus.ExponentialBuckets(.125, 2, 12),
		}, kind),
	}
	registry.MustRegister(m.media, m.took, m.speed, queueCollector{queue})
	return m
}

// observe counts a piece that was encoded.
func (m *encodingMetrics) observe(c transcode.EncodedChunk) {
	kind := "picture"
	if c.Sound {
		kind = "sound"
	}
	m.media.WithLabelValues(kind).Add(c.Media.Seconds())
	m.took.WithLabelValues(kind).Add(c.Took.Seconds())
	m.speed.WithLabelValues(kind).Observe(c.Media.Seconds() / max(c.Took.Seconds(), 1e-3))
}

// queueCollector asks the database at each scrape; every worker gives the same
// figures.
type queueCollector struct {
	queue func(context.Context) (catalog.ChunkQueue, error)
}

var (
	waitingChunks = prometheus.NewDesc("rounds_chunks_waiting", "Pieces of recordings that a worker could take, over all machines.", nil, nil)
	runningChunks = prometheus.NewDesc("rounds_chunks_running", "Pieces of recordings that are being encoded, over all machines.", nil, nil)
	oldestChunk   = prometheus.NewDesc("rounds_chunks_oldest_seconds", "How long the recording that waits longest for any worker has waited.", nil, nil)
)

// Describe implements prometheus.Collector.
func (queueCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- waitingChunks
	descs <- runningChunks
	descs <- oldestChunk
}

// Collect implements prometheus.Collector. Figures that cannot be had are left out.
func (c queueCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	q, err := c.queue(ctx)
	if err != nil {
		return
	}
	metrics <- prometheus.MustNewConstMetric(waitingChunks, prometheus.GaugeValue, float64(q.Waiting))
	metrics <- prometheus.MustNewConstMetric(runningChunks, prometheus.GaugeValue, float64(q.Running))
	metrics <- prometheus.MustNewConstMetric(oldestChunk, prometheus.GaugeValue, q.Oldest.Seconds())
}

// metricsHandler serves the admin port: /metrics, and profiles of the process.
func metricsHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
