package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Backlog is what waits in or runs from the queues, of one kind and state.
type Backlog struct {
	Kind, State string
	Jobs        int
	Oldest      time.Duration // since the job that has waited longest was due
}

// Backlog counts the jobs of all kinds, those of other packages too, that are
// not finished.
func (i *Inserter) Backlog(ctx context.Context) ([]Backlog, error) {
	rows, err := i.pool.Query(ctx, `
		select kind, state::text, count(*), greatest(0, extract(epoch from now() - min(scheduled_at)))::float8
		from river_job where state in ('available', 'pending', 'retryable', 'running', 'scheduled') group by kind, state`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Backlog, err error) {
		var seconds float64
		err = row.Scan(&b.Kind, &b.State, &b.Jobs, &seconds)
		b.Oldest = time.Duration(seconds * float64(time.Second))
		return b, err
	})
}
