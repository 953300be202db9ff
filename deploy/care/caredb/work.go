package caredb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/deploy/care"
)

// Scheduler adds to chores when each was done, and whether the queues have a leader.
func (s *Store) Scheduler(ctx context.Context, chores []care.Chore) (f care.Scheduler, err error) {
	defer wrap(&err, "look at the scheduler")
	var age float64
	err = s.db.QueryRow(ctx, `
		select now(), exists (select from river_leader where expires_at > now() - interval '1 minute'),
			(select coalesce(extract(epoch from now() - min(created_at)), 0) from accounts)::float8`).Scan(&f.Now, &f.Leader, &age)
	if err != nil {
		return f, err
	}
	f.Age = seconds(age)
	rows, err := s.db.Query(ctx, `select name, done_at from upkeep`)
	if err != nil {
		return f, err
	}
	done := map[string]time.Time{}
	var name string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &at}, func() error {
		done[name] = at
		return nil
	})
	for _, c := range chores {
		if at, ok := done[c.Name]; ok {
			c.Done = &at
		}
		f.Chores = append(f.Chores, c)
	}
	return f, err
}

// Queues are those that have anything to tell.
func (s *Store) Queues(ctx context.Context) (queues []care.Queue, err error) {
	defer wrap(&err, "look at the queues")
	rows, err := s.db.Query(ctx, `
		select queue, count(*) filter (where state = 'available'),
			coalesce(extract(epoch from max(now() - scheduled_at) filter (where state = 'available')), 0)::float8,
			coalesce(extract(epoch from max(now() - attempted_at) filter (where state = 'running')), 0)::float8,
			count(*) filter (where state = 'discarded')
		from river_job where state in ('available', 'running') or state = 'discarded' and finalized_at > now() - interval '1 day'
		group by queue order by queue`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (q care.Queue, err error) {
		var oldest, running float64
		err = row.Scan(&q.Name, &q.Waiting, &oldest, &running, &q.Discarded)
		q.Oldest, q.Running = seconds(oldest), seconds(running)
		return q, err
	})
}

// Workers is how many were seen at least, and how many recordings wait.
func (s *Store) Workers(ctx context.Context) (seen, waiting int, err error) {
	defer wrap(&err, "look for workers")
	err = s.db.QueryRow(ctx, `
		select greatest((select count(distinct worker) from chunks where state = 'running' and lease_expires_at > now()),
				(select count(*) from (select from river_queue where name in ('transcode', 'chunks') and updated_at > now() - $1::interval limit 1) told)),
			(select count(*) from recordings r join webinars w on w.id = r.webinar_id where r.state = 'uploaded' and w.deleted_at is null)`,
		care.WorkerSeen).Scan(&seen, &waiting)
	return seen, waiting, err
}

// pickUp is how long a recording may wait for a worker to come.
const pickUp = 2 * time.Minute

// Uploads looks for recordings that should be worked on and are not.
func (s *Store) Uploads(ctx context.Context) (u care.Uploads, err error) {
	defer wrap(&err, "look at recordings")
	var oldest float64
	err = s.db.QueryRow(ctx, `
		with overdue as (
			select case r.state when 'uploaded' then r.updated_at else r.lease_expires_at end as since
			from recordings r join webinars w on w.id = r.webinar_id
			where w.deleted_at is null and (r.state = 'uploaded' and r.updated_at < now() - $1::interval
				or r.state = 'processing' and r.lease_expires_at < now() - $1::interval))
		select count(*), coalesce(extract(epoch from max(now() - since)), 0)::float8,
			(select count(*) from recordings where state = 'failed' and failure ->> 'code' = 'internal' and updated_at > now() - interval '1 day')
		from overdue`, pickUp).Scan(&u.Overdue, &oldest, &u.OurFault)
	u.Oldest = seconds(oldest)
	return u, err
}

// Outbox looks at messages.
func (s *Store) Outbox(ctx context.Context) (o care.Outbox, err error) {
	defer wrap(&err, "look at the outbox")
	var urgent, oldest float64
	err = s.db.QueryRow(ctx, `
		select count(*), coalesce(extract(epoch from max(now() - created_at) filter (where urgent)), 0)::float8,
			coalesce(extract(epoch from max(now() - created_at)), 0)::float8,
			(select count(*) from messages where sent_at > now() - interval '1 day'),
			(select count(*) from messages where given_up_at > now() - interval '1 day'),
			(select count(*) from undeliverable where noted_at > now() - interval '7 days'),
			(select count(distinct recipient) from messages where sent_at > now() - interval '7 days')
		from messages where sent_at is null and given_up_at is null`).
		Scan(&o.Waiting, &urgent, &oldest, &o.Sent, &o.GivenUp, &o.Bounced, &o.SentInDays)
	o.OldestUrgent, o.OldestAny = seconds(urgent), seconds(oldest)
	return o, err
}

// Webhooks counts what was given up.
func (s *Store) Webhooks(ctx context.Context) (dead, disabled int, err error) {
	defer wrap(&err, "look at webhooks")
	err = s.db.QueryRow(ctx, `
		select (select count(*) from webhook_deliveries where state = 'dead' and next_attempt_at > now() - interval '1 day'),
			(select count(*) from webhook_endpoints where deleted_at is null and disabled_at is not null and failing_since is not null)`).Scan(&dead, &disabled)
	return dead, disabled, err
}

// Heads is the last day with a head, and whether there is evidence to vouch for.
func (s *Store) Heads(ctx context.Context) (last *time.Time, records bool, err error) {
	defer wrap(&err, "look at heads of evidence")
	err = s.db.QueryRow(ctx, `select (select max(day) from evidence_heads), exists (select from evidence)`).Scan(&last, &records)
	return last, records, err
}

// Recording is one that doctors see.
type Recording struct{ ID, Token string }

// Newest are the last recordings that were published.
func (s *Store) Newest(ctx context.Context, most int) (recordings []Recording, err error) {
	defer wrap(&err, "list recordings")
	rows, err := s.db.Query(ctx, `
		select r.id, r.token from recordings r join webinars w on w.current_recording_id = r.id
		where r.state = 'ready' and r.token <> '' and r.withdrawn_at is null and w.deleted_at is null order by r.id desc limit $1`, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Recording])
}

// SealedKey is the newest content key as it is stored, and the context it was
// sealed with; none when there is none.
func (s *Store) SealedKey(ctx context.Context) (sealed []byte, token string, err error) {
	defer wrap(&err, "read a sealed key")
	err = s.db.QueryRow(ctx, `
		select sealed_key, token from recordings where sealed_key is not null and state = 'ready' order by id desc limit 1`).Scan(&sealed, &token)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, "", nil
	}
	return sealed, token, err
}
