package main

import (
	"cmp"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// labelResult is the label that says what came of something.
const labelResult = "result"

// newRegistry returns a registry with the Go runtime's and the process's own
// figures, and what the program was built of.
func newRegistry() *prometheus.Registry {
	registry, built := prometheus.NewRegistry(), readBuildInfo()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "rounds_build_info", Help: "Always 1; the labels say what the program was built of.",
			ConstLabels: prometheus.Labels{"release": built.Release, "revision": built.Revision, "go": built.Go},
		}, func() float64 { return 1 }))
	return registry
}

// httpMetrics count requests and what became of them.
type httpMetrics struct {
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	sent     *prometheus.CounterVec
	problems *prometheus.CounterVec
	panics   prometheus.Counter
	limited  *prometheus.CounterVec
	signIns  *prometheus.CounterVec
}

func newHTTPMetrics(registry *prometheus.Registry) *httpMetrics {
	m := &httpMetrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "rounds_http_request_duration_seconds",
			Help:    "Time from the first byte of a request to the end of its answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "area", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "rounds_http_requests_in_flight", Help: "Requests that are being answered."}),
		sent:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_http_response_bytes_total", Help: "Bytes of the bodies of answers."}, []string{"area"}),
		problems: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_problems_total", Help: "Problems that requests ended in, by the code that programs get."}, []string{"code"}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_panics_total", Help: "Requests that ended in a panic; each is a mistake of ours."}),
		limited:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_rate_limited_total", Help: "Requests that were refused because their sender sends too many."}, []string{"who"}),
		signIns:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_sign_ins_total", Help: "Tries to sign in, by the way and by what came of it: ok, or the code of the problem."}, []string{"way", labelResult}),
	}
	m.panics.Add(0)
	registry.MustRegister(m.duration, m.inFlight, m.sent, m.problems, m.panics, m.limited, m.signIns)
	return m
}

func (m *httpMetrics) observe(r *http.Request, status int, took time.Duration, bytes int64, code string) {
	area := areaOf(r)
	m.duration.WithLabelValues(knownMethod(r.Method), area, strconv.Itoa(status)).Observe(took.Seconds())
	m.sent.WithLabelValues(area).Add(float64(bytes))
	if code != "" && status >= http.StatusBadRequest {
		m.problems.WithLabelValues(code).Inc()
	}
}

// areaHealth is what load balancers and the edge ask again and again.
const areaHealth = "health"

// areaOf keeps the label's values few: the part of the API, never an id.
func areaOf(r *http.Request) string {
	path := r.URL.Path
	switch {
	case strings.HasSuffix(path, "/beats"):
		return "beats"
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/playback"):
		return "playback"
	case strings.HasPrefix(path, "/media/"):
		return "media"
	case strings.HasSuffix(path, "/key"):
		return "key"
	case strings.HasPrefix(path, "/v1/auth/"):
		return "auth"
	case strings.HasPrefix(path, "/v1/"):
		return "api"
	case path == "/healthz", path == "/readyz":
		return areaHealth
	default:
		return "pages"
	}
}

// signInWays are the routes by which people sign in.
var signInWays = map[string]string{
	"POST /v1/auth/session": "code", "POST /v1/auth/passkey": "passkey", "POST /v1/auth/handovers/{handover_id}/session": "handover",
	"GET " + ssoCallback: "sso",
}

// signIn counts what came of a try to sign in; route is a template.
func (m *httpMetrics) signIn(route string, status int, code string) {
	way, known := signInWays[route]
	if !known {
		return
	}
	result := "ok"
	if status >= http.StatusBadRequest || code != "" {
		result = cmp.Or(code, "refused")
	}
	m.signIns.WithLabelValues(way, result).Inc()
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	default:
		return "other"
	}
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
