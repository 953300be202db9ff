package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// sweepBatch bounds how many messages one look finds; the next look finds more.
const sweepBatch = 500

// sweep hints at messages that are due and unsent until ctx ends.
func (s *Sender) sweep(ctx context.Context) {
	tick := time.NewTicker(s.config.SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.hintDue(ctx); err != nil && ctx.Err() == nil {
				s.config.Log.ErrorContext(ctx, "outbox could not be looked through", "error", err)
			}
		}
	}
}

// hintDue inserts a job for each message that is due, and puts its next turn
// half a minute off, so that a slow server is not asked twice.
func (s *Sender) hintDue(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.config.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update messages set next_attempt_at = now() + interval '30 seconds'
			where id in (select id from messages where sent_at is null and given_up_at is null and next_attempt_at < now()
			             order by next_attempt_at limit $1 for update skip locked)
			returning id, kind`, sweepBatch)
		if err != nil {
			return fmt.Errorf("find due messages: %w", err)
		}
		due, err := pgx.CollectRows(rows, pgx.RowToStructByPos[dueMessage])
		if err != nil {
			return fmt.Errorf("find due messages: %w", err)
		}
		for _, m := range due {
			if err := hint(ctx, tx, s.client, m.ID, m.Kind); err != nil {
				return err
			}
		}
		return nil
	})
}

type dueMessage struct {
	ID   string
	Kind catalog.MessageKind
}
