package catalogdb

import (
	"context"
	"time"

	"rounds/catalog/identity"
)

// Failures counts what went wrong from the network that asks, within
// identity.FailureWindow; nothing of one that is trusted.
func (s *Store) Failures(ctx context.Context) (f identity.Failures, err error) {
	defer wrap(&err, "count failures")
	asker := identity.AskerOf(ctx)
	if asker.Trusted || asker.Network == "" {
		return f, nil
	}
	err = s.db.QueryRow(ctx, `
		with wrong as (select coalesce(sum(failures), 0)::int as n, min(minute) as since from address_failures
		               where network = $1 and minute > now() - $2::interval),
		     open as (select count(*)::int as n, min(created_at) as since from
		               (select created_at from one_time_codes where network = $1 and used_at is null and created_at > now() - $2::interval
		                order by created_at desc limit $3) c)
		select wrong.n, open.n, coalesce(case when wrong.n >= $4 then wrong.since else open.since end, now()) from wrong, open`,
		asker.Network, identity.FailureWindow, identity.MostUnanswered, identity.MostFailures).Scan(&f.Wrong, &f.Unanswered, &f.Since)
	return f, err
}

// CountFailure counts a wrong code against the network that asks.
func (s *Store) CountFailure(ctx context.Context) (err error) {
	defer wrap(&err, "count a failure")
	asker := identity.AskerOf(ctx)
	if asker.Trusted || asker.Network == "" {
		return nil
	}
	_, err = s.db.Exec(ctx, `
		insert into address_failures (network, minute, failures) values ($1, date_trunc('minute', now()), 1)
		on conflict (network, minute) do update set failures = address_failures.failures + 1`, asker.Network)
	return err
}

// ForgetFailures removes counted failures and answered challenges that do not
// matter any more.
func (s *Store) ForgetFailures(ctx context.Context, now time.Time) (forgotten int64, err error) {
	defer wrap(&err, "forget failures")
	if _, err := s.db.Exec(ctx, `delete from answered_challenges where answered_at < $1`, now.Add(-time.Hour)); err != nil {
		return 0, err
	}
	tag, err := s.db.Exec(ctx, `delete from address_failures where minute < $1`, now.Add(-identity.FailureWindow-time.Hour))
	return tag.RowsAffected(), err
}
