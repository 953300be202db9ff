package catalogdb

import (
	"context"
	"time"

	"rounds/catalog"
)

// Forgotten says how much ForgetOld removed.
type Forgotten struct {
	Messages      int64
	Deliveries    int64 // by webhook, with their log
	Events        int64 // that webhooks told; what was told once stays known
	SignIns       int64
	Registrations int64 // that were never finished, and one-time codes
	PhoneCodes    int64
	Audit         int64
}

// ForgetOld removes personal data that has been kept long enough. It removes
// some rows at a time, so that nothing waits for it; call it now and then, from
// any number of processes. Ages of 0 are for ever.
func (s *Store) ForgetOld(ctx context.Context, r catalog.Retention) (f Forgotten, err error) {
	defer wrap(&err, "forget what is old")
	for _, of := range []struct {
		count *int64
		age   time.Duration
		table string
		which string
	}{
		{&f.Messages, r.Messages, "messages", "created_at < now() - $1::interval and coalesce(sent_at, given_up_at) is not null"},
		{&f.Deliveries, r.Messages, "webhook_deliveries", "state <> 'pending' and event_seq in (select seq from events where at < now() - $1::interval)"},
		{&f.Deliveries, r.Events, "webhook_deliveries", "state <> 'pending' and event_seq in (select seq from events where at < now() - $1::interval)"},
		{&f.Events, r.Events, "events", "at < now() - $1::interval and not exists (select from webhook_deliveries d where d.event_seq = seq)"},
		{&f.SignIns, r.SignIns, "sign_ins", "at < now() - $1::interval"},
		{&f.Registrations, r.Registrations, "one_time_codes", "created_at < now() - $1::interval"},
		{&f.PhoneCodes, r.Registrations, "phone_codes", "created_at < now() - $1::interval"},
		{&f.Audit, r.Audit, "audit_log", "at < now() - $1::interval"},
	} {
		if of.age <= 0 {
			continue
		}
		for {
			gone, err := s.db.Exec(ctx, `delete from `+of.table+` where ctid = any(array(select ctid from `+of.table+` where `+of.which+` limit $2))`, of.age, forgetAtOnce)
			if err != nil {
				return f, err
			}
			if *of.count += gone.RowsAffected(); gone.RowsAffected() < forgetAtOnce {
				break
			}
		}
	}
	return f, nil
}

// forgetAtOnce is how many rows are removed by one statement.
const forgetAtOnce = 5000
