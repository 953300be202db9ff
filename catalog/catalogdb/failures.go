package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog/identity"
)

// BeginTry counts a try from the network that asks, if what is counted about it
// within identity.FailureWindow allows one more: decided and written in one step,
// so that a thousand tries at once are not more than one after the other. Nothing
// is counted of a network that is trusted. Errors: those of
// identity.Failures.Allow. The caller ends the try with EndTry.
func (s *Store) BeginTry(ctx context.Context) (try identity.Try, err error) {
	defer wrap(&err, "begin a try")
	asker := identity.AskerOf(ctx)
	if asker.Trusted || asker.Network == "" {
		return try, nil
	}
	// One batch is one transaction and one way to the database and back. It need not
	// be on disk: a power cut forgives the guesses of its last moment.
	batch := &pgx.Batch{}
	batch.Queue(`select pg_advisory_xact_lock(hashtextextended('address_failures ' || $1, 0)), set_config('synchronous_commit', 'off', true)`, asker.Network)
	var f identity.Failures
	var began *time.Time
	batch.Queue(`
		with tries as (select coalesce(sum(failures), 0)::int as wrong, coalesce(sum(trying), 0)::int as trying, min(minute) filter (where failures > 0) as since
		               from address_failures where network = $1 and minute > now() - $2::interval),
		     open as (select count(*)::int as n, min(created_at) as since from
		               (select created_at from one_time_codes where network = $1 and used_at is null and created_at > now() - $2::interval
		                order by created_at desc limit $3) c),
		     began as (insert into address_failures (network, minute, trying)
		               select $1, date_trunc('minute', now()), 1 from tries, open where wrong + trying < $4 and n + trying < $3
		               on conflict (network, minute) do update set trying = address_failures.trying + 1 returning minute)
		select wrong, trying, n, coalesce(case when wrong >= $4 then tries.since else open.since end, now()), (select minute from began)
		from tries, open`,
		asker.Network, identity.FailureWindow, identity.MostUnanswered, identity.MostFailures).QueryRow(func(row pgx.Row) error {
		return row.Scan(&f.Wrong, &f.Trying, &f.Unanswered, &f.Since, &began)
	})
	if err := s.db.SendBatch(ctx, batch).Close(); err != nil {
		return try, err
	}
	if began == nil {
		return try, f.Allow(time.Now())
	}
	return identity.Try{Network: asker.Network, Minute: *began}, nil
}

// EndTry ends a try: one that was wrong stays counted against its network.
func (s *Store) EndTry(ctx context.Context, try identity.Try, wrong bool) (err error) {
	defer wrap(&err, "end a try")
	if try.Network == "" {
		return nil
	}
	failures := 0
	if wrong {
		failures = 1
	}
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('synchronous_commit', 'off', true)`)
	batch.Queue(`update address_failures set trying = trying - 1, failures = failures + $3 where network = $1 and minute = $2`, try.Network, try.Minute, failures)
	return s.db.SendBatch(ctx, batch).Close()
}

// ForgetFailures removes counted failures, answered challenges and handovers that do not
// matter any more: also networks of which nobody was wrong.
func (s *Store) ForgetFailures(ctx context.Context, now time.Time) (forgotten int64, err error) {
	defer wrap(&err, "forget failures")
	if _, err := s.db.Exec(ctx, `delete from answered_challenges where answered_at < $1`, now.Add(-time.Hour)); err != nil {
		return 0, err
	}
	if _, err := s.db.Exec(ctx, `delete from handovers where expires_at < $1`, now.Add(-time.Hour)); err != nil {
		return 0, err
	}
	tag, err := s.db.Exec(ctx, `delete from address_failures where minute < $1 or minute < $2 and failures = 0 and trying = 0`,
		now.Add(-identity.FailureWindow-time.Hour), now.Add(-2*time.Minute))
	return tag.RowsAffected(), err
}
