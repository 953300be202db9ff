package playbackdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// WithdrawQuestion takes back what an account asked: its words and its place are
// removed for ever. That it was asked stays, so that it counts among those of an
// hour, its owner's data can tell of it, and whoever was about to answer it is
// told why that is not possible. Idempotent.
//
// catalog.ErrNotFound for others' questions, whoever asks;
// playback.ErrAnswerStays when it has an answer.
func (s *Store) WithdrawQuestion(ctx context.Context, account catalog.AccountID, id playback.QuestionID) (err error) {
	defer wrap(&err, "withdraw question %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		var webinar catalog.WebinarID
		var answered, withdrawn *time.Time
		if err := tx.QueryRow(ctx, `select webinar_id, answered_at, withdrawn_at from questions where id = $1 and account_id = $2 for no key update`, id, account).
			Scan(&webinar, &answered, &withdrawn); err != nil {
			return err
		}
		switch {
		case withdrawn != nil:
			return nil
		case answered != nil:
			return playback.ErrAnswerStays
		}
		if _, err := tx.Exec(ctx, `
			update questions set text = '', position_ms = null, withdrawn_at = now(), dismissed_at = coalesce(dismissed_at, now()), dismissed_by = $2
			where id = $1`, id, actor(ctx)); err != nil {
			return err
		}
		return audit(ctx, tx, "question.withdraw", "question", string(id), map[string]any{aboutWebinar: webinar})
	})
}
