package schema_test

import (
	"context"
	"testing"

	"rounds/deploy/schema"
	"rounds/deploy/schema/schematest"
)

// TestUpHoldsNobodyUp keeps from Up what it needs. Up steps back, so that nobody
// has to queue behind it, and is done once it gets it.
func TestUpHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	holder, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback(context.WithoutCancel(t.Context()))
	const lock = `9628173550095224` // tern's
	if _, err := holder.Exec(t.Context(), `select pg_advisory_xact_lock(`+lock+`)`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- schema.Up(t.Context(), db) }()
	const waiting = `select count(*) > 0 from pg_locks where locktype = 'advisory' and not granted
		and database = (select oid from pg_database where datname = current_database())`
	schematest.Until(t, db, "Up waits", waiting)
	schematest.Until(t, db, "Up steps back", `select not (`+waiting+`)`)
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
