package catalogdb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Hooks are what other packages do inside a transaction of this one. A nil
// hook is left out.
type Hooks struct {
	// Enqueue tells the transcoder that a recording waits for it.
	Enqueue func(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) error
	// Send puts a message into the outbox.
	Send func(ctx context.Context, tx pgx.Tx, m catalog.Message) error
	// RuleChanged records what a program's new rule has completed.
	RuleChanged func(ctx context.Context, tx pgx.Tx, id catalog.ProgramID) error
	// TimeMapSet moves along what others keep of a recording that is replaced.
	TimeMapSet func(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) error
	// MergeWatched unites what two accounts have watched and tells what came of it.
	MergeWatched func(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) (identity.MergeOutcome, error)
	// EraseWatched forgets what an account has watched but for what is certified.
	EraseWatched func(ctx context.Context, tx pgx.Tx, e identity.Erasure) error
}

// Store reads and writes the catalog. It is safe for concurrent use.
type Store struct {
	db    *pgxpool.Pool
	hooks Hooks
}

// New returns a Store over db, which the caller closes.
func New(db *pgxpool.Pool, hooks Hooks) *Store {
	if hooks.Enqueue == nil {
		hooks.Enqueue = func(context.Context, pgx.Tx, catalog.RecordingID) error { return nil }
	}
	if hooks.Send == nil {
		hooks.Send = func(context.Context, pgx.Tx, catalog.Message) error { return nil }
	}
	if hooks.RuleChanged == nil {
		hooks.RuleChanged = func(context.Context, pgx.Tx, catalog.ProgramID) error { return nil }
	}
	if hooks.TimeMapSet == nil {
		hooks.TimeMapSet = func(context.Context, pgx.Tx, catalog.RecordingID) error { return nil }
	}
	if hooks.MergeWatched == nil {
		hooks.MergeWatched = func(context.Context, pgx.Tx, identity.MergeOrder) (o identity.MergeOutcome, err error) { return o, nil }
	}
	if hooks.EraseWatched == nil {
		hooks.EraseWatched = func(context.Context, pgx.Tx, identity.Erasure) error { return nil }
	}
	return &Store{db: db, hooks: hooks}
}

// inTx runs fn in a transaction that is committed when fn returns nil. With it
// the key of a request that may be sent again is marked as used.
func (s *Store) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return UseKey(ctx, tx)
	})
}

// wrap adds what was tried to *err and translates what the database says into
// the catalog's errors: use it as `defer wrap(&err, "read program %q", id)`.
func wrap(err *error, format string, args ...any) {
	if *err == nil {
		return
	}
	*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), translate(*err))
}

func translate(err error) error {
	var fromServer *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return catalog.ErrNotFound
	case errors.As(err, &fromServer):
		return translateCode(fromServer, err)
	case errors.As(err, &connect):
		return errors.Join(catalog.ErrUnavailable, err)
	default:
		return err
	}
}

// passing are the classes of errors that trying again may mend: connection,
// serialization and deadlock, resources, operator's act.
var passing = []string{"08", "40", "53", "57"}

var errEmailTaken error = &catalog.ConflictError{Code: "email_taken", Message: "Another account has this e-mail address."}

// translateCode reads the SQLSTATE (PostgreSQL manual, appendix A).
func translateCode(fromServer *pgconn.PgError, err error) error {
	switch {
	case fromServer.Code == "22021" || fromServer.Code == "22P05": // NUL or invalid UTF-8 in an id
		return catalog.ErrNotFound
	case fromServer.Code == "23503" && fromServer.ConstraintName != "": // the parent is gone
		return catalog.ErrNotFound
	case fromServer.ConstraintName == "accounts_email":
		return errEmailTaken
	case len(fromServer.Code) == 5 && slices.Contains(passing, fromServer.Code[:2]):
		return errors.Join(catalog.ErrUnavailable, err)
	default:
		return err
	}
}
