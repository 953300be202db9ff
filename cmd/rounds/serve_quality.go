package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/playback/playbackdb"
	"rounds/playback/qoe"
)

// qualityConfig says how long what players notice is kept.
type qualityConfig struct {
	QualityDays int `env:"ROUNDS_QUALITY_DAYS" default:"14" help:"Days for which the single events of players are kept; the figures of webinars stay."`
}

func (c qualityConfig) age() time.Duration {
	return time.Duration(max(1, c.QualityDays)) * 24 * time.Hour
}

// qualitySink counts what players notice and has it written down.
type qualitySink struct {
	*playbackdb.EventRecorder
	startup  prometheus.Histogram
	stalled  prometheus.Counter
	events   *prometheus.CounterVec
	lastLine time.Time
	log      *slog.Logger
}

func newQualitySink(db *pgxpool.Pool, registry *prometheus.Registry, log *slog.Logger) *qualitySink {
	s := &qualitySink{
		EventRecorder: playbackdb.NewEventRecorder(db), log: log,
		startup: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rounds_player_startup_seconds", Help: "Time from play to moving picture, as players tell it.",
			Buckets: []float64{.1, .25, .5, 1, 2, 3, 5, 8, 13, 30},
		}),
		stalled: prometheus.NewCounter(prometheus.CounterOpts{Name: "rounds_player_stalled_seconds_total", Help: "Time in which pictures stood though nobody had stopped them, as players tell it."}),
		events:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_player_events_total", Help: "What players noticed, by kind."}, []string{"kind"}),
	}
	registry.MustRegister(s.startup, s.stalled, s.events, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "rounds_player_events_dropped_total", Help: "Events that were not kept: too many, or the database did not take them.",
	}, func() float64 { return float64(s.Dropped()) }))
	return s
}

// Record implements playbackapi.EventSink.
func (s *qualitySink) Record(session catalog.PlaybackSessionID, events []qoe.Event) {
	for _, e := range events {
		s.events.WithLabelValues(string(e.Kind)).Inc()
		switch took := float64(e.Detail.MS) / 1000; e.Kind { //nolint:exhaustive // the others are only counted
		case qoe.Start:
			s.startup.Observe(took)
		case qoe.StallEnd:
			s.stalled.Add(took)
		}
	}
	s.EventRecorder.Record(session, events)
}

// run writes until ctx ends. While the database is away, one line a minute says so.
func (s *qualitySink) run(ctx context.Context) {
	s.Run(ctx, func(err error) {
		if time.Since(s.lastLine) > time.Minute {
			s.lastLine = time.Now()
			s.log.WarnContext(ctx, "events of players are lost", "error", err)
		}
	})
}
