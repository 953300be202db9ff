package logins

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog/identity"
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

// start is what the row of a fresh session holds beside what scs writes.
type start struct {
	login identity.Login
	id    string
	now   time.Time
}

type startKey struct{}

// CommitCtx writes a fresh session: they do not change afterwards.
func (s *store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	f, ok := ctx.Value(startKey{}).(start)
	if !ok {
		return errors.New("only fresh sessions are written")
	}
	if idle := f.now.Add(f.login.Life().Idle); idle.Before(expiry) {
		expiry = idle
	}
	device := f.login.Device
	_, err := s.db.Exec(ctx, `
		insert into sessions (token, data, expiry, account_id, login_id, device, remembered, shared, created_at, last_used_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`, token, data, expiry, f.login.AccountID, f.id, device, f.login.Remembered, f.login.Shared, f.now)
	return err
}

// stored is a session's row.
type stored struct {
	token string
	used  time.Time
	data  []byte // only of those asked for
}

// find reads those of the sessions that last, with the data of some.
func (s *store) find(ctx context.Context, tokens, withData []string) ([]stored, error) {
	rows, err := s.db.Query(ctx, `
		select token, last_used_at, case when token = any($2) then data end from sessions where token = any($1) and expiry > now()`, tokens, withData)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (found stored, err error) {
		err = row.Scan(&found.token, &found.used, &found.data)
		return found, err
	})
}

// touch pushes sessions on to the given times. It is an UPDATE, so that a
// session that was ended meanwhile stays ended. Rows are locked in one order.
func (s *store) touch(ctx context.Context, due map[string]time.Time, now time.Time) error {
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
		update sessions set expiry = u.expiry, last_used_at = $3 from ours, unnest($1::text[], $2::timestamptz[]) as u(token, expiry)
		where sessions.token = ours.token and u.token = ours.token`, tokens, times, now)
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
