package catalogdb

import (
	"testing"
	"time"

	"rounds/catalog"
)

func TestOldDataIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fill := func() {
		b.exec(t, `insert into webhook_endpoints (id, url, sealed_secret) values ('whe', 'https://x.example', '')`)
		b.exec(t, `insert into events (type, at, data) select 'recording.ready', now() - n * interval '1 day', '{}' from generate_series(1, 10) n`)
		b.exec(t, `insert into webhook_deliveries (id, endpoint_id, event_seq, state) select 'whd' || seq, 'whe', seq, case row_number() over (order by at) when 1 then 'pending' else 'dead' end from events`)
		b.exec(t, `insert into webhook_attempts (delivery_id, took_ms, status) select id, 1, 500 from webhook_deliveries`)
		b.exec(t, `insert into messages (id, recipient, kind, created_at, sent_at) select 'msg' || n, 'a@x.example', 'invitation', now() - n * interval '1 day', case n when 9 then null else now() end from generate_series(1, 10) n on conflict do nothing`)
		b.exec(t, `insert into sign_ins (account_id, at) select 'acc', now() - n * interval '1 day' from generate_series(1, 10) n`)
		b.exec(t, `insert into audit_log (actor, action, object_type, object_id, at) select 'acc', 'x', 'y', 'z', now() - n * interval '1 day' from generate_series(1, 10) n`)
		b.exec(t, `insert into one_time_codes (id, email, code_mac, expires_at, created_at) select 'otc' || n, 'a@x.example', '', now(), now() - n * interval '1 day' from generate_series(1, 10) n on conflict do nothing`)
	}
	fill()
	const day = 24 * time.Hour
	got, err := b.ForgetOld(t.Context(), catalog.Retention{Messages: 8*day - time.Hour, SignIns: 5*day - time.Hour, Registrations: 3*day - time.Hour, Audit: 10*day - time.Hour})
	if want := (Forgotten{Messages: 2, Deliveries: 2, SignIns: 6, Registrations: 8, Audit: 1}); err != nil || got != want {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
	// Without its deliveries an event goes too, and the pending one stays; that it was told stays known.
	b.exec(t, `select tell_event('account.registered', '{}', 'once')`)
	b.exec(t, `update webhook_deliveries set state = 'delivered' where event_seq = (select max(seq) from events)`)
	b.exec(t, `update events set at = now() - interval '7 days' where seq = (select max(seq) from events)`)
	got, err = b.ForgetOld(t.Context(), catalog.Retention{Events: 5*day - time.Hour})
	if want := (Forgotten{Deliveries: 4, Events: 6}); err != nil || got != want {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
	b.exec(t, `select tell_event('account.registered', '{}', 'once')`)
	if told := b.told(t); len(told) != 5 {
		t.Errorf("%d events are left: %v", len(told), told)
	}
	if got, err := b.ForgetOld(t.Context(), catalog.Retention{}); err != nil || got != (Forgotten{}) {
		t.Errorf("for ever: %+v, %v", got, err)
	}
}
