package logins

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5/pgxpool"
)

// store is scs's PostgreSQL store, but for a touch, which must not bring back
// a session that was ended since it was read.
type store struct {
	*pgxstore.PostgresStore
	db    *pgxpool.Pool
	swept atomic.Int64 // Unix seconds
}

func newStore(db *pgxpool.Pool) *store {
	return &store{PostgresStore: pgxstore.NewWithCleanupInterval(db, 0), db: db}
}

type touchKey struct{}

// touching marks ctx so that Commit only pushes an existing session on.
func touching(ctx context.Context) context.Context { return context.WithValue(ctx, touchKey{}, true) }

// FindCtx, CommitCtx and DeleteCtx implement scs.CtxStore.

// FindCtx reads a session.
func (s *store) FindCtx(_ context.Context, token string) ([]byte, bool, error) { return s.Find(token) }

// DeleteCtx removes a session.
func (s *store) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }

// CommitCtx writes a session.
func (s *store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if ctx.Value(touchKey{}) == nil {
		return s.Commit(token, data, expiry)
	}
	_, err := s.db.Exec(ctx, `update sessions set data = $2, expiry = $3 where token = $1`, token, data, expiry)
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
