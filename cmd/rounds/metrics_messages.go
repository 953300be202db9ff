package main

import (
	"strconv"

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
		}, []string{"channel", "urgent", labelResult}),
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
