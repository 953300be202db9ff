package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// SetCalendarFeed keeps the hash of an account's calendar address, in place of
// an earlier one, which opens nothing any more.
func (s *Store) SetCalendarFeed(ctx context.Context, id catalog.AccountID, hash []byte) (err error) {
	defer wrap(&err, "set calendar feed of %q", id)
	_, err = s.db.Exec(ctx, `
		insert into calendar_feeds (account_id, token_hash) values ($1, $2)
		on conflict (account_id) do update set token_hash = excluded.token_hash, created_at = now()`, id, hash)
	return err
}

// EndCalendarFeed is idempotent.
func (s *Store) EndCalendarFeed(ctx context.Context, id catalog.AccountID) (err error) {
	defer wrap(&err, "end calendar feed of %q", id)
	_, err = s.db.Exec(ctx, `delete from calendar_feeds where account_id = $1`, id)
	return err
}

// CalendarFeedSince tells when the account's calendar address was made; nil when
// it has none.
func (s *Store) CalendarFeedSince(ctx context.Context, id catalog.AccountID) (at *time.Time, err error) {
	defer wrap(&err, "read calendar feed of %q", id)
	err = s.db.QueryRow(ctx, `select created_at from calendar_feeds where account_id = $1`, id).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return at, err
}

// CalendarReader is whose live sessions an address shows. catalog.ErrNotFound
// when nobody's, or of somebody who may not sign in any more.
func (s *Store) CalendarReader(ctx context.Context, hash []byte) (a identity.Account, err error) {
	defer wrap(&err, "find calendar feed")
	var id catalog.AccountID
	err = s.db.QueryRow(ctx, `
		select a.id from calendar_feeds f join accounts a on a.id = f.account_id
		where f.token_hash = $1 and a.disabled_at is null and a.merged_into is null and a.erased_at is null`, hash).Scan(&id)
	if err != nil {
		return a, err
	}
	return s.Account(ctx, id)
}
