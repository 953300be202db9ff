package schema_test

import (
	"context"
	"testing"

	"rounds/deploy/schema"
	"rounds/deploy/schema/schematest"
)

func TestUpIsIdempotent(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	if err := schema.Up(context.Background(), db); err != nil {
		t.Fatalf("second Up: %v", err)
	}
	var tables int
	err := db.QueryRow(context.Background(),
		`select count(*) from information_schema.tables where table_name in ('programs', 'coverage', 'river_job')`).Scan(&tables)
	if err != nil || tables != 3 {
		t.Fatalf("found %d of 3 expected tables (%v)", tables, err)
	}
}
