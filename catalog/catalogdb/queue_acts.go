package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// NoteQueueAct writes down what an administrator is about to do to the queues
// themselves, and to which jobs: River does it, in transactions of its own.
func (s *Store) NoteQueueAct(ctx context.Context, act string, jobs []int64) (err error) {
	defer wrap(&err, "note %s", act)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return audit(ctx, tx, "queue.acted_on", "queue", "", map[string]any{"act": act, "jobs": jobs})
	})
}
