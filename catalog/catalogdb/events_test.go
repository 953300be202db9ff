package catalogdb

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// told are the events on record, as "type data".
func (b *testBundle) told(t *testing.T) []string {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `select type || ' ' || (data - 'title')::text from events order by seq`)
	if err != nil {
		t.Fatal(err)
	}
	return must(pgx.CollectRows(rows, pgx.RowTo[string]))(t)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRecordingsAreTold: each attempt that ends is an event of its own, in the
// transaction that ends it, and one that has lost its lease is none.
func TestRecordingsAreTold(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	stale := b.begin(t)
	b.expireLease(t)
	a := b.begin(t)
	if err := b.Fail(ctx, stale, catalog.Failure{Code: catalog.FailInternal}); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Fatal(err)
	}
	if err := b.Fail(ctx, a, catalog.Failure{Code: catalog.FailInternal, Message: "x"}); err != nil {
		t.Fatal(err)
	}
	b.exec(t, `update recordings set state = 'uploaded'`)
	if err := b.Publish(ctx, b.begin(t), publication); err != nil {
		t.Fatal(err)
	}
	told := b.told(t)
	if len(told) != 2 {
		t.Fatalf("told %v", told)
	}
	failed := `recording.failed {"code": "internal", "webinar_id": ` + jsonOf(t, b.webinar) + `, "recording_id": ` + jsonOf(t, b.recording) + `}`
	ready := `recording.ready {"published": true, "webinar_id": ` + jsonOf(t, b.webinar) + `, "recording_id": ` + jsonOf(t, b.recording) + `}`
	if told[0] != failed || told[1] != ready {
		t.Errorf("told %v", told)
	}
}

// TestEventsGoWithTheirTransaction: what is rolled back was never told, the same
// thing is told once, and only endpoints that want it and are on get it.
func TestEventsGoWithTheirTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for id, columns := range map[string]string{
		"whe_all": `'{}', null, null`, "whe_other": `'{course.completed}', null, null`, "whe_this": `'{account.registered,course.completed}', null, null`,
		"whe_off": `'{}', now(), null`, "whe_deleted": `'{}', null, now()`,
	} {
		b.exec(t, `insert into webhook_endpoints (id, url, sealed_secret, event_types, disabled_at, deleted_at) values ('`+id+`', 'https://x', '', `+columns+`)`)
	}
	registration := identity.Registration{Profile: identity.Profile{Name: "Dr", Country: "PT", TimeZone: "Europe/Lisbon", Locale: "pt"}}
	again := errors.New("rolled back")
	err := b.inTx(t.Context(), func(tx pgx.Tx) error {
		_, err := register(t.Context(), tx, "gone@example.org", registration)
		return errors.Join(err, again)
	})
	if !errors.Is(err, again) || len(b.told(t)) != 0 {
		t.Fatalf("%v, told %v", err, b.told(t))
	}
	err = b.inTx(t.Context(), func(tx pgx.Tx) error {
		a, err := register(t.Context(), tx, "ana@example.org", registration)
		if err != nil {
			return err
		}
		return tellEvent(t.Context(), tx, catalog.EventAccountRegistered, map[string]any{"account_id": a.ID}, string(a.ID))
	})
	if err != nil || len(b.told(t)) != 1 {
		t.Fatalf("%v, told %v", err, b.told(t))
	}
	rows, err := b.db.Query(t.Context(), `select endpoint_id from webhook_deliveries order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	if to := must(pgx.CollectRows(rows, pgx.RowTo[string]))(t); len(to) != 2 || to[0] != "whe_all" || to[1] != "whe_this" {
		t.Errorf("delivered to %v", to)
	}
}
