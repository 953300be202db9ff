package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
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

// metricsHandler serves the admin port: /metrics and nothing else.
func metricsHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
