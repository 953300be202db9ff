package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// Upkeep has do done when it was last done longer than every ago, by one
// process at a time: the others get false at once. An upkeep that fails is due
// again at the next call.
//
// The lock belongs to a transaction that stays open for as long as do takes,
// so it ends with the process, however that ends. Should the connection break
// while do runs, another process may begin: do must be idempotent. do itself
// works outside of that transaction.
func (s *Store) Upkeep(ctx context.Context, name string, every time.Duration, do func(context.Context) error) (done bool, err error) {
	defer wrap(&err, "upkeep %s", name)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		due, err := one[bool](ctx, tx, `
			select pg_try_advisory_xact_lock(hashtextextended('rounds upkeep ' || $1, 0))
			   and not exists (select from upkeep where name = $1 and done_at > clock_timestamp() - $2::interval)`, name, every)
		if err != nil || !due {
			return err
		}
		if err := do(ctx); err != nil {
			return err
		}
		done = true
		_, err = tx.Exec(ctx, `insert into upkeep (name, done_at) values ($1, clock_timestamp())
			on conflict (name) do update set done_at = excluded.done_at`, name)
		return err
	})
	return done && err == nil, err
}

// UnusedMedia returns those of folders in the media bucket that nothing can
// ever need again: no recording is played from them and no running attempt
// writes there. A folder that exists and is unused stays so: an attempt's token
// is known here before its first object is written, and a token that was given
// up never comes back. Ask after the bucket was listed, not before.
func (s *Store) UnusedMedia(ctx context.Context, folders []catalog.MediaFolder) (unused []catalog.MediaFolder, err error) {
	defer wrap(&err, "look for unused media")
	ids, tokens := make([]string, len(folders)), make([]string, len(folders))
	for i, f := range folders {
		ids[i], tokens[i] = string(f.RecordingID), f.Token
	}
	rows, err := s.db.Query(ctx, `
		select f.id, f.token from unnest($1::text[], $2::text[]) as f(id, token)
		where not exists (select from recordings r where r.id = f.id and (r.token = f.token or r.attempt_token = f.token))`, ids, tokens)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.MediaFolder])
}

// StaleUploads lists recordings whose upload was begun and not touched for
// longer than age, oldest first. The parts themselves are sent to the storage,
// which knows when the last one arrived.
func (s *Store) StaleUploads(ctx context.Context, age time.Duration) (ids []catalog.RecordingID, err error) {
	defer wrap(&err, "list stale uploads")
	rows, err := s.db.Query(ctx, `
		select r.id from recordings r join webinars w on w.id = r.webinar_id
		where r.state = 'uploading' and r.updated_at < clock_timestamp() - $1::interval and w.deleted_at is null
		order by r.updated_at limit 1000`, age)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.RecordingID])
}

// ForgetAnswers forgets idempotent answers after a day. Call it now and then,
// from any number of processes. What else is forgotten by age is ForgetOld's.
func (s *Store) ForgetAnswers(ctx context.Context) (forgotten int64, err error) {
	defer wrap(&err, "forget answers")
	gone, err := s.db.Exec(ctx, `delete from idempotency_keys where created_at < now() - interval '1 day'`)
	return gone.RowsAffected(), err
}
