package schema

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A migration that waits for a table holds up everybody who comes after it, as
// PostgreSQL's locks are a queue. So it gives up soon, lets them pass and tries
// again: for some minutes altogether. It gives up before PostgreSQL looks for
// deadlocks, which is after a second: a request that waits for the migration, which
// waits for the request, must not be the one that is ended.
const (
	lockTimeout  = "500ms"
	lockAttempts = 120
	lockPause    = time.Second
)

// What PostgreSQL says when lock_timeout is over, and to the one it ends of two that
// wait for each other.
const (
	lockNotAvailable = "55P03"
	deadlockDetected = "40P01"
)

// impatient returns connections to the same database that give up waiting for
// locks. It is a setting of the connection, since tern resets those of the
// session after each migration. Close it.
func impatient(ctx context.Context, db *pgxpool.Pool) (*pgxpool.Pool, error) {
	config := db.Config()
	config.ConnConfig.RuntimeParams["lock_timeout"] = lockTimeout
	return pgxpool.NewWithConfig(ctx, config)
}

// persistently runs migrate again while what it needs is in use. Each migration
// is a transaction: those that are done stay done.
func persistently(ctx context.Context, migrate func() error) error {
	for attempt := 1; ; attempt++ {
		err := migrate()
		var told *pgconn.PgError
		if !errors.As(err, &told) || told.Code != lockNotAvailable && told.Code != deadlockDetected || attempt == lockAttempts {
			return err
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}
