package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
	"rounds/transcode/jobs"
)

// encodingMetrics are the figures of what a worker encodes.
type encodingMetrics struct {
	media, took *prometheus.CounterVec
	speed       *prometheus.HistogramVec
}

func newEncodingMetrics(registry *prometheus.Registry) *encodingMetrics {
	kind := []string{"kind"}
	m := &encodingMetrics{
		media: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_encoded_media_seconds_total", Help: "Media that this worker has encoded, in seconds of play."}, kind),
		took:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_encoding_seconds_total", Help: "Time that this worker has spent on the pieces it has encoded."}, kind),
		speed: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rounds_encoding_speed_ratio", Help: "Seconds of media encoded in a second, one observation a piece.", Buckets: prometheus.ExponentialBuckets(.125, 2, 12),
		}, kind),
	}
	registry.MustRegister(m.media, m.took, m.speed)
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

// minutes are buckets for work that takes minutes to hours.
var minutes = []float64{5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200}

// recordingMetrics are the figures of whole recordings.
type recordingMetrics struct {
	ended *prometheus.CounterVec
	took  prometheus.Histogram
	stage *prometheus.HistogramVec
}

func newRecordingMetrics(registry *prometheus.Registry) *recordingMetrics {
	m := &recordingMetrics{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_recordings_processed_total", Help: "Recordings whose processing has ended: ready, refused for what the code says, or failed by our fault."}, []string{labelResult, "code"}),
		took:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "rounds_recording_processing_seconds", Help: "Time from when a worker began until the recording was ready.", Buckets: minutes}),
		stage: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "rounds_recording_stage_seconds", Help: "Time that a stage of a recording that is ready took.", Buckets: minutes}, []string{"stage"}),
	}
	registry.MustRegister(m.ended, m.took, m.stage)
	return m
}

func (m *recordingMetrics) observe(e transcode.Ended) {
	m.ended.WithLabelValues(e.Result, e.Code).Inc()
	if e.Result != transcode.EndedReady {
		return
	}
	m.took.Observe(e.Took.Seconds())
	for stage, took := range e.Stages {
		m.stage.WithLabelValues(stage).Observe(took.Seconds())
	}
}

// countJobs returns what counts the jobs of this process.
func countJobs(registry *prometheus.Registry) func(jobs.Outcome) {
	ended := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rounds_jobs_total", Help: "Jobs that have ended in this process: done, failed, handed_back by a stop, or lease_lost to another worker.",
	}, []string{"kind", labelResult})
	waited := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rounds_job_wait_seconds", Help: "Time from when a job was due until this process took it.", Buckets: []float64{.05, .1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400},
	}, []string{"kind"})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rounds_job_duration_seconds", Help: "Time that jobs took.", Buckets: append([]float64{.05, .25, 1}, minutes...),
	}, []string{"kind"})
	registry.MustRegister(ended, waited, took)
	return func(o jobs.Outcome) {
		ended.WithLabelValues(o.Kind, o.Result).Inc()
		waited.WithLabelValues(o.Kind).Observe(o.Waited.Seconds())
		took.WithLabelValues(o.Kind).Observe(o.Took.Seconds())
	}
}

// countPrograms returns what counts the runs of ffmpeg and ffprobe.
func countPrograms(registry *prometheus.Registry) func(ffmpeg.Usage) {
	labels := []string{"program"}
	runs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_program_runs_total", Help: "Runs of ffmpeg and ffprobe, and whether they ended well; files that cannot be used end them badly."}, []string{"program", labelResult})
	cpu := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_program_cpu_seconds_total", Help: "Processor time of ffmpeg and ffprobe."}, labels)
	memory := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rounds_program_peak_memory_bytes", Help: "Memory that a run of ffmpeg or ffprobe had at the most.", Buckets: prometheus.ExponentialBuckets(16<<20, 2, 10),
	}, labels)
	registry.MustRegister(runs, cpu, memory)
	return func(u ffmpeg.Usage) {
		result := "ok"
		if !u.OK {
			result = resultBad
		}
		runs.WithLabelValues(u.Program, result).Inc()
		cpu.WithLabelValues(u.Program).Add(u.CPU.Seconds())
		memory.WithLabelValues(u.Program).Observe(float64(u.Memory))
	}
}

const resultBad = "failed"

// upkeepMetrics are the figures of the chores that a process does.
type upkeepMetrics struct {
	every  *prometheus.GaugeVec
	failed *prometheus.CounterVec
}

func newUpkeepMetrics(registry *prometheus.Registry) *upkeepMetrics {
	chore := []string{"chore"}
	m := &upkeepMetrics{
		every:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "rounds_upkeep_interval_seconds", Help: "How often a piece of upkeep is to be done."}, chore),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_upkeep_failures_total", Help: "Tries of this process at a piece of upkeep that failed."}, chore),
	}
	registry.MustRegister(m.every, m.failed)
	return m
}

// plans says that a chore is to be done so often; nil counts nothing.
func (m *upkeepMetrics) plans(chore string, every time.Duration) {
	if m != nil {
		m.every.WithLabelValues(chore).Set(every.Seconds())
		m.failed.WithLabelValues(chore).Add(0)
	}
}

func (m *upkeepMetrics) fails(chore string) {
	if m != nil {
		m.failed.WithLabelValues(chore).Inc()
	}
}
