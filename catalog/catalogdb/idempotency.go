package catalogdb

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// A key goes through these; from statusUsed on the request is never carried out again.
const (
	statusReserved = 0
	statusUsed     = 1 // what it asked for is done; the answer is not kept yet. Anything above is the answer's status
)

// UseKey marks the key of the request as used, in the transaction that does what
// it asked for: after a crash between the two nobody can tell whether it was done.
// A *catalog.ConflictError when the key was given to a repetition meanwhile.
func UseKey(ctx context.Context, tx pgx.Tx) error {
	k := identity.RequestKeyOf(ctx)
	if k.Key == "" {
		return nil
	}
	tag, err := tx.Exec(ctx, `update idempotency_keys set status = greatest(status, $3) where actor = $1 and key = $2 and status in ($3, $4)`,
		k.Actor, k.Key, statusUsed, statusReserved)
	if err == nil && tag.RowsAffected() == 0 {
		err = errInProgress
	}
	return err
}

var errInProgress error = &catalog.ConflictError{Code: "idempotency_in_progress", Message: "The same request is being worked on. Please repeat it in a moment."}

// Reserve takes an idempotency key for a request. It returns the stored answer
// when the same request was answered before, and nil when the caller shall do
// the work and then call Keep or Free. A *catalog.FieldError with
// idempotency_key_reused says that the key came with another request, a
// *catalog.ConflictError that the first one is still being worked on, or that it
// was carried out and its answer lost by a crash. Keys are forgotten after a
// day; a reservation that was not used after a minute.
func (s *Store) Reserve(ctx context.Context, actor, key, route string, hash []byte) (answer *catalog.Answer, err error) {
	defer wrap(&err, "reserve idempotency key")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			delete from idempotency_keys where actor = $1 and key = $2
			and (created_at < now() - interval '1 day' or status = 0 and created_at < now() - interval '1 minute')`, actor, key)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			insert into idempotency_keys (actor, key, route, request_hash) values ($1, $2, $3, $4) on conflict do nothing`,
			actor, key, route, hash)
		if err != nil || tag.RowsAffected() == 1 {
			return err
		}
		answer, err = storedAnswer(ctx, tx, actor, key, route, hash)
		return err
	})
	return answer, err
}

func storedAnswer(ctx context.Context, tx pgx.Tx, actor, key, route string, hash []byte) (*catalog.Answer, error) {
	var a catalog.Answer
	var firstRoute string
	var old bool
	var firstHash []byte
	err := tx.QueryRow(ctx, `select route, request_hash, status, header, body, created_at < now() - interval '1 minute' from idempotency_keys where actor = $1 and key = $2`, actor, key).
		Scan(&firstRoute, &firstHash, &a.Status, &a.Header, &a.Body, &old)
	same := firstRoute == route && bytes.Equal(firstHash, hash)
	switch {
	case err == nil && a.Status == statusUsed && same && old:
		return nil, &catalog.ConflictError{Code: "idempotency_answer_lost", Message: "This request was carried out, but its answer was lost. Look for what it made in the list; it is not made twice."}
	case errors.Is(err, pgx.ErrNoRows), err == nil && a.Status <= statusUsed && same:
		return nil, errInProgress
	case err != nil:
		return nil, err
	case !same:
		return nil, &catalog.FieldError{
			Field: "header.Idempotency-Key", Code: "idempotency_key_reused",
			Message: "This Idempotency-Key was used for another request. Choose a fresh one for each request.",
		}
	default:
		return &a, nil
	}
}

// Keep stores the answer to the request that reserved key.
func (s *Store) Keep(ctx context.Context, actor, key string, a catalog.Answer) (err error) {
	defer wrap(&err, "keep idempotent answer")
	if a.Header == nil {
		a.Header = http.Header{}
	}
	_, err = s.db.Exec(ctx, `update idempotency_keys set status = $3, header = $4, body = $5 where actor = $1 and key = $2`,
		actor, key, a.Status, a.Header, a.Body)
	return err
}

// Free gives a key back whose request failed, so that it can be repeated.
func (s *Store) Free(ctx context.Context, actor, key string) (err error) {
	defer wrap(&err, "free idempotency key")
	_, err = s.db.Exec(ctx, `delete from idempotency_keys where actor = $1 and key = $2 and status in ($3, $4)`, actor, key, statusReserved, statusUsed)
	return err
}
