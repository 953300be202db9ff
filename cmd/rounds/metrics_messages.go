package main

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog/notify"
)

// messageMetrics are the figures of the outbox.
type messageMetrics struct {
	outcomes *prometheus.CounterVec
	waited   *prometheus.HistogramVec
}

func newMessageMetrics(registry *prometheus.Registry) *messageMetrics {
	m := &messageMetrics{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rounds_messages_total", Help: "Attempts at messages: sent, postponed, or why they were given up.",
		}, []string{"channel", "urgent", "result"}),
		waited: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rounds_message_wait_seconds", Help: "Time from putting a message into the outbox until a server has taken it.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600},
		}, []string{"urgent"}),
	}
	registry.MustRegister(m.outcomes, m.waited)
	return m
}

func (m *messageMetrics) observe(o notify.Outcome) {
	urgent := strconv.FormatBool(o.Urgent)
	m.outcomes.WithLabelValues(string(o.Channel), urgent, o.Result).Inc()
	if o.Result == "sent" {
		m.waited.WithLabelValues(urgent).Observe(o.Waited.Seconds())
	}
}

// outboxCollector asks the database at each scrape; every process gives the
// same figures.
type outboxCollector struct {
	backlog func(context.Context) ([]notify.Backlog, error)
}

var (
	waitingMessages = prometheus.NewDesc("rounds_messages_waiting", "Messages that are neither sent nor given up, over all processes.", []string{"urgent"}, nil)
	oldestMessage   = prometheus.NewDesc("rounds_messages_oldest_seconds", "Age of the oldest message that waits.", []string{"urgent"}, nil)
)

// Describe implements prometheus.Collector.
func (outboxCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- waitingMessages
	descs <- oldestMessage
}

// Collect implements prometheus.Collector. Figures that cannot be had are left out.
func (c outboxCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	backlog, err := c.backlog(ctx)
	if err != nil {
		return
	}
	for _, b := range backlog {
		urgent := strconv.FormatBool(b.Urgent)
		metrics <- prometheus.MustNewConstMetric(waitingMessages, prometheus.GaugeValue, float64(b.Count), urgent)
		metrics <- prometheus.MustNewConstMetric(oldestMessage, prometheus.GaugeValue, b.Oldest.Seconds(), urgent)
	}
}
