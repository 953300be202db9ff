package logins

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// store is scs's PostgreSQL store, and what reads many sessions at once.
type store struct {
	*pgxstore.PostgresStore
	db    *pgxpool.Pool
	swept atomic.Int64 // Unix seconds
}

func newStore(db *pgxpool.Pool) *store {
	return &store{PostgresStore: pgxstore.NewWithCleanupInterval(db, 0), db: db}
}

// FindCtx, CommitCtx and DeleteCtx implement scs.CtxStore.

// FindCtx reads a session.
func (s *store) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) }

// DeleteCtx removes a session.
func (s *store) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

// CommitCtx writes a session.
func (s *store) CommitCtx(_ context.Context, token string, data []byte, expiry time.Time) error {
	return s.Commit(token, data, expiry)
}

// stored is a session's row.
type stored struct {
	token  string
	expiry time.Time
	data   []byte // only of those asked for
}

// find reads those of the sessions that last, with the data of some.
func (s *store) find(ctx context.Context, tokens, withData []string) ([]stored, error) {
	rows, err := s.db.Query(ctx, `
		select token, expiry, case when token = any($2) then data end from sessions where token = any($1) and expiry > now()`, tokens, withData)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (found stored, err error) {
		err = row.Scan(&found.token, &found.expiry, &found.data)
		return found, err
	})
}

// touch pushes sessions on to the given times. It is an UPDATE, so that a
// session that was ended meanwhile stays ended. Rows are locked in one order.
func (s *store) touch(ctx context.Context, due map[string]time.Time) error {
	if len(due) == 0 {
		return nil
	}
	tokens := slices.Sorted(maps.Keys(due))
	times := make([]time.Time, 0, len(tokens))
	for _, token := range tokens {
		times = append(times, due[token])
	}
	_, err := s.db.Exec(ctx, `
		with ours as (select token from sessions where token = any($1) order by token for update)
		update sessions set expiry = u.expiry from ours, unnest($1::text[], $2::timestamptz[]) as u(token, expiry)
		where sessions.token = ours.token and u.token = ours.token`, tokens, times)
	return err
}

// sweep removes what has expired, now and then. A failure is no harm: expired
// sessions are not read, and the next sweep tries again.
func (s *store) sweep(ctx context.Context, now time.Time) {
	last := s.swept.Load()
	if now.Unix()-last < int64(sweepEvery/time.Second) || !s.swept.CompareAndSwap(last, now.Unix()) {
		return
	}
	_, _ = s.db.Exec(ctx, `delete from sessions where expiry < now()`)
}
