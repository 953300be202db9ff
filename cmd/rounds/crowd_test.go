package main

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/deploy/load/crowd"
)

// viewers are doctors who watch one talk while something happens to a system.
type viewers struct {
	*system
	*crowd.Crowd
	db *pgxpool.Pool
}

// gather begins to watch with so many doctors and returns when all get further.
func gather(s *system, doctors int) *viewers {
	s.t.Helper()
	db, err := pgxpool.New(s.t.Context(), s.setting("ROUNDS_DATABASE_URL"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(db.Close)
	c, err := crowd.Gather(s.t.Context(), db, s.base, doctors)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Leave)
	return &viewers{system: s, Crowd: c, db: db}
}

// goOn waits until every doctor has got further.
func (v *viewers) goOn(what string) {
	v.t.Helper()
	if err := v.GoOn(v.t.Context()); err != nil {
		v.t.Fatalf("after %s: %v", what, err)
	}
}

// finish stops the doctors and holds the record against what each was told.
func (v *viewers) finish() {
	v.t.Helper()
	if err := v.Finish(context.WithoutCancel(v.t.Context())); err != nil {
		v.t.Error(err)
	}
}

// sql changes something in the database.
func (v *viewers) sql(statement string) {
	v.t.Helper()
	if _, err := v.db.Exec(v.t.Context(), statement); err != nil {
		v.t.Fatalf("%s: %v", statement, err)
	}
}
