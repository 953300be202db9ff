package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
)

// bulkKeys makes the alarm for an account that fetches content keys in bulk: a
// line in the log, a figure on the admin port, a row in the audit log. None of
// them holds a key.
func (s *server) bulkKeys() func(context.Context, catalog.AccountID, catalog.RecordingID) {
	alarms := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "rounds_key_alarms_total", Help: "Accounts that asked for more content keys than ROUNDS_KEY_LIMIT allows, once each ten minutes.",
	})
	s.registry.MustRegister(alarms)
	limit := s.config.Watching.keys()
	return func(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) {
		alarms.Inc()
		s.log.Warn("an account fetches content keys in bulk", "account_id", account, "recording_id", recording, "limit", limit.Most, "window", limit.Window)
		if err := s.plays.NoteBulkKeys(ctx, account, recording, limit); err != nil {
			s.log.Warn("audit log", "error", err)
		}
	}
}
