package main

import (
	"context"
	"errors"
	"net/http"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog/ingest"
	"rounds/cmd/rounds/telemetry"
)

// storageMetrics count the calls of S3.
type storageMetrics struct{ duration *prometheus.HistogramVec }

func newStorageMetrics(registry *prometheus.Registry) *storageMetrics {
	m := &storageMetrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rounds_storage_request_duration_seconds", Help: "Time until S3 began to answer, each try on its own.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
	}, []string{"operation", labelResult})}
	registry.MustRegister(m.duration)
	return m
}

func (m *storageMetrics) observe(c telemetry.Call) {
	m.duration.WithLabelValues(c.Operation, resultOfCall(c)).Observe(c.Took.Seconds())
}

// resultOfCall sorts answers: that something is not there is none of the
// storage's faults.
func resultOfCall(c telemetry.Call) string {
	switch {
	case errors.Is(c.Err, context.Canceled):
		return "canceled"
	case c.Status == http.StatusServiceUnavailable, c.Status == http.StatusTooManyRequests:
		return "throttled"
	case c.Status >= http.StatusInternalServerError, c.Status == 0:
		return "error"
	case c.Status >= http.StatusBadRequest:
		return "refused"
	default:
		return "ok"
	}
}

// countUploads returns what counts presenters' files on their way in. Their
// parts go to S3, not through a process of ours.
func countUploads(registry *prometheus.Registry) func(ingest.Step) {
	signed := prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_upload_parts_signed_total", Help: "Parts of presenters' files that were allowed to be sent to S3, repetitions included."})
	parts := prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_upload_parts_total", Help: "Parts of presenters' files that have arrived whole."})
	files := prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_uploads_total", Help: "Presenters' files that have arrived whole."})
	bytes := prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_upload_bytes_total", Help: "Bytes of presenters' files that have arrived whole."})
	registry.MustRegister(signed, parts, files, bytes)
	return func(s ingest.Step) {
		signed.Add(float64(s.Signed))
		if s.Joined > 0 {
			files.Inc()
			parts.Add(float64(s.Joined))
			bytes.Add(float64(s.Bytes))
		}
	}
}

// countDisk adds how full the file system below a folder is.
func countDisk(registry *prometheus.Registry, folder, dir string) {
	labels := prometheus.Labels{"folder": folder}
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rounds_disk_free_bytes", Help: "Bytes that are free where a folder of this process lies.", ConstLabels: labels},
			func() float64 { free, _ := disk(dir); return free }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rounds_disk_size_bytes", Help: "Size of the file system where a folder of this process lies.", ConstLabels: labels},
			func() float64 { _, size := disk(dir); return size }))
}

func disk(dir string) (free, size float64) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0
	}
	unit := float64(s.Bsize)
	return float64(s.Bavail) * unit, float64(s.Blocks) * unit
}
