package main

import (
	"net/netip"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog/catalogapi"
	"rounds/catalog/webhooks"
)

// webhookConfig says where events may be sent.
type webhookConfig struct {
	WebhookNetworks []netip.Prefix `env:"ROUNDS_WEBHOOK_NETWORKS" help:"Private networks, e.g. 10.20.0.0/16, that webhooks may be sent to; others never are."`
}

// webhookDeps joins the API to what sends events.
func (s *server) webhookDeps() catalogapi.WebhookDeps {
	return catalogapi.WebhookDeps{NewSecret: webhooks.NewSecret, Plain: s.base.Scheme == "http", Allowed: s.config.Webhooks.WebhookNetworks}
}

// webhookSender is what sends events.
func (s *server) webhookSender() *webhooks.Sender {
	deliveries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "rounds_webhook_attempts_total", Help: "Attempts to deliver an event to an endpoint.",
	}, []string{"delivered"})
	s.registry.MustRegister(deliveries)
	return webhooks.NewSender(webhooks.Config{
		Store: s.store, Sealer: s.sealer, Allowed: s.config.Webhooks.WebhookNetworks, Log: s.log,
		Observe: func(delivered bool) { deliveries.WithLabelValues(strconv.FormatBool(delivered)).Inc() },
	})
}
