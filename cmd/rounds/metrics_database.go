package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// statementMetrics count what is asked of the database.
type statementMetrics struct {
	duration prometheus.Histogram
	failed   *prometheus.CounterVec
}

func newStatementMetrics(registry *prometheus.Registry) *statementMetrics {
	m := &statementMetrics{
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rounds_database_statement_duration_seconds", Help: "Time that statements and batches of them took, without waiting for a connection.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rounds_database_errors_total", Help: "Statements that failed, by the kind of error; some are expected."}, []string{"kind"}),
	}
	registry.MustRegister(m.duration, m.failed)
	return m
}

func (m *statementMetrics) observe(took time.Duration, failed string) {
	m.duration.Observe(took.Seconds())
	if failed != "" {
		m.failed.WithLabelValues(failed).Inc()
	}
}

// pingTimeout is how long a database may be silent until it counts as away.
const pingTimeout = 2 * time.Second

// poolCollector tells of the connections of one process.
type poolCollector struct{ db *pgxpool.Pool }

var (
	databaseUp      = gauge("rounds_database_up", "1 when the database has answered this process at this scrape, else 0.")
	poolConnections = gauge("rounds_database_connections", "Connections of this process.", "state")
	poolMost        = gauge("rounds_database_connections_limit", "Most connections that this process opens.")
	poolAcquired    = gauge("rounds_database_acquires_total", "Connections that were taken from the pool.")
	poolWaited      = gauge("rounds_database_acquires_waited_total", "Connections that had to be waited for.")
	poolWait        = gauge("rounds_database_acquire_wait_seconds_total", "Time spent waiting for connections.")
	poolGivenUp     = gauge("rounds_database_acquires_canceled_total", "Waits for a connection that were given up.")
)

// Describe implements prometheus.Collector.
func (c poolCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{databaseUp, poolConnections, poolMost, poolAcquired, poolWaited, poolWait, poolGivenUp} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c poolCollector) Collect(metrics chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	s := c.db.Stat()
	tell(poolConnections, prometheus.GaugeValue, float64(s.AcquiredConns()), "in_use")
	tell(poolConnections, prometheus.GaugeValue, float64(s.IdleConns()), "idle")
	tell(poolConnections, prometheus.GaugeValue, float64(s.ConstructingConns()), "opening")
	tell(poolMost, prometheus.GaugeValue, float64(s.MaxConns()))
	tell(poolAcquired, prometheus.CounterValue, float64(s.AcquireCount()))
	tell(poolWaited, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
	tell(poolWait, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds())
	tell(poolGivenUp, prometheus.CounterValue, float64(s.CanceledAcquireCount()))
	tell(databaseUp, prometheus.GaugeValue, c.up())
}

func (c poolCollector) up() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	if c.db.Ping(ctx) != nil {
		return 0
	}
	return 1
}
