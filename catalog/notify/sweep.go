package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// sweepBatch bounds how many jobs for messages wait in a queue; the next look
// gives out more.
const sweepBatch = 200

// sweep gives out jobs for messages that are due and unsent until ctx ends.
func (s *Sender) sweep(ctx context.Context) {
	tick, clear := time.NewTicker(s.config.SweepEvery), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer clear.Stop()
	for {
		for _, queue := range []string{QueueUrgent, QueueCalm} {
			if err := s.hintDue(ctx, queue); err != nil && ctx.Err() == nil {
				s.config.Log.ErrorContext(ctx, "outbox could not be looked through", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-clear.C:
			if err := s.clear(ctx); err != nil && ctx.Err() == nil {
				s.config.Log.WarnContext(ctx, "contents of old messages not cleared", "error", err)
			}
		case <-tick.C:
		}
	}
}

// clear forgets what messages said that were given up a month ago.
func (s *Sender) clear(ctx context.Context) error {
	_, err := s.config.Pool.Exec(ctx, `update messages set sealed_content = null where sealed_content is not null and given_up_at < now() - interval '30 days'`)
	return err
}

// hintDue inserts jobs for messages of a queue that are due, as many as it has
// room for, and puts their next turn off, so that a slow server is not asked
// twice. One process does so at a time.
func (s *Sender) hintDue(ctx context.Context, queue string) error {
	return pgx.BeginFunc(ctx, s.config.Pool, func(tx pgx.Tx) error {
		var free bool
		var waiting int
		err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock(hashtextextended('rounds outbox ' || $1, 0)),
			(select count(*) from (select from river_job where state in ('available', 'running') and queue = $1 limit $2) jobs)`, queue, sweepBatch).Scan(&free, &waiting)
		if err != nil || !free || waiting >= sweepBatch {
			return err
		}
		rows, err := tx.Query(ctx, `update messages set next_attempt_at = now() + interval '2 minutes'
			where id in (select id from messages where urgent = $1 and sent_at is null and given_up_at is null and next_attempt_at <= now()
			             order by next_attempt_at, id limit $2 for update skip locked)
			returning id`, queue == QueueUrgent, sweepBatch-waiting)
		if err != nil {
			return fmt.Errorf("find due messages: %w", err)
		}
		due, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(due) == 0 {
			return err
		}
		jobs := make([]river.InsertManyParams, len(due))
		for i, id := range due {
			jobs[i] = river.InsertManyParams{Args: SendArgs{MessageID: id}, InsertOpts: &river.InsertOpts{Queue: queue}}
		}
		_, err = s.client.InsertManyFastTx(ctx, tx, jobs)
		return err
	})
}

// Backlog is what waits in the outbox.
type Backlog struct {
	Urgent bool
	Count  int
	Oldest time.Duration
}

// Backlog counts what is neither sent nor given up.
func (s *Sender) Backlog(ctx context.Context) ([]Backlog, error) {
	rows, err := s.config.Pool.Query(ctx, `select u, count(m.id), coalesce(extract(epoch from now() - min(m.created_at)), 0)::float8
		from (values (true), (false)) as kinds(u) left join messages m on m.urgent = u and m.sent_at is null and m.given_up_at is null group by u`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Backlog, err error) {
		var seconds float64
		err = row.Scan(&b.Urgent, &b.Count, &seconds)
		b.Oldest = time.Duration(seconds * float64(time.Second))
		return b, err
	})
}
