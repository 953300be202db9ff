package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"rounds/playback/playbackdb"
)

// countBeats adds the figures of what doctors watch: those of this process, and
// how many watch at all.
func countBeats(registry *prometheus.Registry, plays *playbackdb.Store) {
	seconds := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rounds_beat_seconds_total", Help: "Watched time that players have claimed: accepted, or refused since the clock does not allow it.",
	}, []string{labelResult})
	accepted, refused := seconds.WithLabelValues("accepted"), seconds.WithLabelValues("refused")
	size := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "rounds_beat_commit_size", Help: "Beats that were written by one transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 11),
	})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "rounds_beat_commit_duration_seconds", Help: "Time that writing the beats of one transaction took.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 15},
	})
	failed := prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_beat_commit_failures_total", Help: "Transactions of beats that the database refused; their beats were then tried one by one."})
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rounds_beats_waiting", Help: "Beats of this process that wait to be written."},
		func() float64 { return float64(plays.WaitingBeats()) })
	registry.MustRegister(seconds, size, took, failed, waiting, viewersOf(plays.Viewers))
	plays.Observing(func(c playbackdb.Commit) {
		size.Observe(float64(c.Beats))
		took.Observe(c.Took.Seconds())
		accepted.Add(float64(c.AcceptedMS) / 1000)
		refused.Add(float64(c.RefusedMS) / 1000)
		if c.Err != nil {
			failed.Inc()
		}
	})
}
