package main

import (
	"context"
	"time"

	"rounds/catalog"
)

// retentionConfig says how long personal data is kept.
type retentionConfig struct {
	MessageDays      int `default:"90" env:"ROUNDS_KEEP_MESSAGES_DAYS" help:"Days for which it is kept what was sent to whom, after it was sent, and what webhooks delivered; 0: for ever."`
	EventDays        int `default:"90" env:"ROUNDS_KEEP_EVENTS_DAYS" help:"Days for which events for webhooks are kept, for replay; what is still to be delivered stays longer; 0: for ever."`
	SignInDays       int `default:"90" env:"ROUNDS_KEEP_SIGN_INS_DAYS" help:"Days for which it is kept who signed in with which device; 0: for ever."`
	RegistrationDays int `default:"7" env:"ROUNDS_KEEP_REGISTRATIONS_DAYS" help:"Days for which registrations that were never finished are kept; 7 at most."`
	AuditDays        int `default:"3650" env:"ROUNDS_KEEP_AUDIT_DAYS" help:"Days for which the audit log is kept; 0: for ever."`
}

func (c retentionConfig) ages() catalog.Retention {
	days := func(n int) time.Duration { return time.Duration(max(0, n)) * 24 * time.Hour }
	return catalog.Retention{
		Messages: days(c.MessageDays), Events: days(c.EventDays), SignIns: days(c.SignInDays), Registrations: days(max(1, min(7, c.RegistrationDays))), Audit: days(c.AuditDays),
	}
}

// forgetOld is the chore that keeps to it.
func (s *server) forgetOld(ctx context.Context) ([]any, error) {
	f, err := s.store.ForgetOld(ctx, s.config.Retention.ages())
	return []any{"messages", f.Messages, "deliveries", f.Deliveries, "events", f.Events, "sign_ins", f.SignIns, "registrations", f.Registrations, "phone_codes", f.PhoneCodes, "audit", f.Audit}, err
}
