package playbackdb

import (
	"context"
	"time"

	"rounds/catalog"
)

// AddKeys implements playback.KeyTally. The table is unlogged, so a write waits
// for no disk.
func (s *Store) AddKeys(ctx context.Context, account catalog.AccountID, keys int, ago, window time.Duration) (total int, age time.Duration, err error) {
	defer wrap(&err, "count keys of %q", account)
	err = s.db.QueryRow(ctx, `
		insert into key_fetches as k (account_id, since, keys) values ($1, clock_timestamp() - $3::interval, $2)
		on conflict (account_id) do update set
			since = case when k.since <= clock_timestamp() - $4::interval then excluded.since else k.since end,
			keys = case when k.since <= clock_timestamp() - $4::interval then excluded.keys else k.keys + excluded.keys end
		returning keys, clock_timestamp() - since`, account, keys, ago, window).Scan(&total, &age)
	return total, age, err
}

// ForgetKeys drops what was counted longer ago than window, and returns of how
// many accounts.
func (s *Store) ForgetKeys(ctx context.Context, window time.Duration) (accounts int64, err error) {
	defer wrap(&err, "forget counted keys")
	done, err := s.db.Exec(ctx, `delete from key_fetches where since <= clock_timestamp() - $1::interval`, window)
	return done.RowsAffected(), err
}
