package catalogdb

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// Reserve takes an idempotency key for a request. It returns the stored answer
// when the same request was answered before, and nil when the caller shall do
// the work and then call Keep or Free. A *catalog.FieldError with
// idempotency_key_reused says that the key came with another request, a
// *catalog.ConflictError that the first one is still being worked on. Keys are
// forgotten after a day; a reservation without an answer after a minute.
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
	var firstHash []byte
	err := tx.QueryRow(ctx, `select route, request_hash, status, header, body from idempotency_keys where actor = $1 and key = $2`, actor, key).
		Scan(&firstRoute, &firstHash, &a.Status, &a.Header, &a.Body)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && a.Status == 0 && firstRoute == route && bytes.Equal(firstHash, hash):
		return nil, &catalog.ConflictError{Code: "idempotency_in_progress", Message: "The same request is being worked on. Please repeat it in a moment."}
	case err != nil:
		return nil, err
	case firstRoute != route || !bytes.Equal(firstHash, hash):
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
	_, err = s.db.Exec(ctx, `delete from idempotency_keys where actor = $1 and key = $2 and status = 0`, actor, key)
	return err
}
