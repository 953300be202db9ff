package playbackdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
)

// Store reads and writes what the playback domain keeps. It is safe for
// concurrent use, by any number of processes on one database.
type Store struct {
	db     *pgxpool.Pool
	sealer *catalog.Sealer
	beats  *committer
	// audiences is nil when each is counted anew.
	audiences *audiences
	useKey    func(context.Context, pgx.Tx) error
	send      func(context.Context, pgx.Tx, catalog.Message) error
}

// New returns a Store over db, which the caller closes. sealer opens content keys.
func New(db *pgxpool.Pool, sealer *catalog.Sealer) *Store {
	s := &Store{
		db: db, sealer: sealer, useKey: func(context.Context, pgx.Tx) error { return nil },
		send: func(context.Context, pgx.Tx, catalog.Message) error { return nil },
	}
	s.beats = newCommitter(s.commitBeats)
	return s
}

// MarkingKeys has use called in each transaction that does what somebody asked
// for, after all its other writes: it marks the key of a request that may be sent
// again. Whoever makes the store calls it before anything else, or not at all.
func (s *Store) MarkingKeys(use func(context.Context, pgx.Tx) error) *Store {
	s.useKey = use
	return s
}

// inTx runs fn in a transaction that is committed when fn returns nil, and with
// it that the request was carried out.
func (s *Store) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.useKey(ctx, tx)
	})
}

// wrap adds what was tried to *err and translates what the database says into
// the catalog's errors: use it as `defer wrap(&err, "read session %q", id)`.
func wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), translate(*err))
	}
}

func translate(err error) error {
	var fromServer *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return catalog.ErrNotFound
	case errors.As(err, &fromServer):
		return translateCode(fromServer.Code, err)
	case errors.As(err, &connect), errors.As(err, &network), pgconn.SafeToRetry(err),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, context.DeadlineExceeded):
		return errors.Join(catalog.ErrUnavailable, err)
	default:
		return err
	}
}

// translateCode reads the SQLSTATE (PostgreSQL manual, appendix A).
func translateCode(code string, err error) error {
	switch {
	case code == "22021" || code == "22P05": // NUL or invalid UTF-8 in an id: nothing has that name
		return catalog.ErrNotFound
	case len(code) == 5 && (code[:2] == "57" || code[:2] == "53" || code[:2] == "08" || code[:2] == "25"):
		return errors.Join(catalog.ErrUnavailable, err) // shut down, out of room, connection lost, read-only standby
	default:
		return err
	}
}
