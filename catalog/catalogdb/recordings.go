package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// RecordingsOf lists the recordings of a webinar, oldest first, without their
// renditions.
func (s *Store) RecordingsOf(ctx context.Context, webinar catalog.WebinarID, p catalog.PageRequest) (page catalog.Page[catalog.Recording], err error) {
	defer wrap(&err, "list recordings of %q", webinar)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, `select `+recordingColumns+` from recordings r where r.webinar_id = $1 and r.id > $2 order by r.id limit $3`,
		webinar, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanRecording)
	return paged(items, err, p, func(r catalog.Recording) catalog.Cursor { return catalog.Cursor{ID: string(r.ID)} })
}

// Retry puts a recording that failed through our fault back in line, with all
// its tries before it. catalog.ErrConflict in any other state, and after a
// failure that the file itself is the cause of: the same file would fail again.
func (s *Store) Retry(ctx context.Context, id catalog.RecordingID) (r catalog.Recording, err error) {
	defer wrap(&err, "retry %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if r, err = lockRecording(ctx, tx, id); err != nil {
			return err
		}
		if err := retryable(r); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update recordings set state = 'uploaded', attempts = 0, failure = null, progress = 0, stages = '[]', updated_at = now()
			where id = $1`, id)
		if err != nil {
			return err
		}
		if err := s.hooks.Enqueue(ctx, tx, id); err != nil {
			return err
		}
		if r, err = readRecording(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.retry", "recording", string(id), nil)
	})
	return r, err
}

// retryable tells whether trying again may give another outcome.
func retryable(r catalog.Recording) error {
	switch {
	case r.State != catalog.StateFailed:
		return &catalog.ConflictError{Code: "not_failed", Message: "Only a recording that failed can be tried again."}
	case r.Failure != nil && r.Failure.Final():
		return &catalog.ConflictError{
			Code:    "failed_for_good",
			Message: "Trying again would not help, the file itself is the cause. %s", Args: []any{r.Failure.Message},
		}
	default:
		return nil
	}
}

func lockRecording(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) (catalog.Recording, error) {
	if err := tx.QueryRow(ctx, `select 1 from recordings where id = $1 for update`, id).Scan(new(int)); err != nil {
		return catalog.Recording{}, err
	}
	return readRecording(ctx, tx, id)
}

// MakeCurrent publishes a ready recording: it becomes what its webinar plays,
// and a withdrawal of it is over. catalog.ErrConflict when it is not ready.
func (s *Store) MakeCurrent(ctx context.Context, id catalog.RecordingID) (r catalog.Recording, err error) {
	defer wrap(&err, "make %q current", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if r, err = lockRecording(ctx, tx, id); err != nil {
			return err
		}
		if r.State != catalog.StateReady {
			return &catalog.ConflictError{Code: "not_ready", Message: "This recording is not ready; it can be published when it is."}
		}
		_, err := tx.Exec(ctx, `
			update recordings set published_at = now(), withdrawn_at = null, withdraw_reason = '', updated_at = now() where id = $1`, id)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `update webinars set current_recording_id = $1, updated_at = now() where id = $2`, id, r.WebinarID); err != nil {
			return err
		}
		if r, err = readRecording(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.publish", "recording", string(id), nil)
	})
	return r, err
}

var errStillUploading error = &catalog.ConflictError{
	Code: "still_uploading", Message: "This recording is still being uploaded. Give the upload up instead of withdrawing it.",
}

// Withdraw stops a recording from being played: its keys are refused from now
// on, and its webinar has no current recording if it was this one. Idempotent.
// A *catalog.ConflictError when it is still being uploaded.
func (s *Store) Withdraw(ctx context.Context, id catalog.RecordingID, reason string) (r catalog.Recording, err error) {
	defer wrap(&err, "withdraw %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if r, err = lockRecording(ctx, tx, id); err != nil || r.WithdrawnAt != nil {
			return err
		}
		if r.State == catalog.StateUploading {
			return errStillUploading
		}
		_, err := tx.Exec(ctx, `update recordings set withdrawn_at = now(), withdraw_reason = $2, updated_at = now() where id = $1`, id, reason)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update webinars set current_recording_id = null, updated_at = now() where id = $2 and current_recording_id = $1`, id, r.WebinarID)
		if err != nil {
			return err
		}
		if r, err = readRecording(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.withdraw", "recording", string(id), map[string]any{detailReason: reason})
	})
	return r, err
}

// LiveMap returns where the live clock lies on a recording; an empty,
// unconfirmed map when nobody has set one.
func (s *Store) LiveMap(ctx context.Context, id catalog.RecordingID) (m catalog.LiveMap, err error) {
	defer wrap(&err, "read live map of %q", id)
	err = s.db.QueryRow(ctx, `select pieces, confirmed from live_maps where recording_id = $1`, id).Scan(&m.Pieces, &m.Confirmed)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return m, err
}

// SetLiveMap replaces the live map of a recording. A *catalog.FieldError on
// "pieces" when it reaches beyond the recording.
func (s *Store) SetLiveMap(ctx context.Context, id catalog.RecordingID, m catalog.LiveMap) (err error) {
	defer wrap(&err, "set live map of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		var durationMS int64
		if err := tx.QueryRow(ctx, `select duration_ms from recordings where id = $1`, id).Scan(&durationMS); err != nil {
			return err
		}
		if err := m.Within(durationMS); err != nil {
			return err
		}
		by := ""
		if m.Confirmed {
			by = identity.FromContext(ctx).Actor()
		}
		_, err := tx.Exec(ctx, `
			insert into live_maps (recording_id, pieces, confirmed, confirmed_by) values ($1, $2, $3, $4)
			on conflict (recording_id) do update set pieces = excluded.pieces, confirmed = excluded.confirmed,
			   confirmed_by = excluded.confirmed_by, derived = false, updated_at = now()`, id, m.Pieces, m.Confirmed, by)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "recording.live_map", "recording", string(id), map[string]any{"confirmed": m.Confirmed})
	})
}
