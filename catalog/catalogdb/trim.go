package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Trim makes a new recording of the same file that shows r.ID from fromMS to
// toMS only, and has it processed; it will replace the one of that file that
// doctors had last, so that what they watched moves along. The same again while
// that is being processed gives the one that is. A *catalog.FieldError for
// times that cannot be meant, catalog.ErrConflict while r.ID is not ready.
func (s *Store) Trim(ctx context.Context, id catalog.RecordingID, fromMS, toMS int64) (r catalog.Recording, err error) {
	defer wrap(&err, "trim %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		of, err := lockTrimmed(ctx, tx, id)
		if err != nil {
			return err
		}
		cut, err := of.Trim(fromMS, toMS)
		if err != nil {
			return err
		}
		if r, err = sameTrim(ctx, tx, of, cut); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		m, err := replacedBy(ctx, tx, of, cut)
		if err != nil {
			return err
		}
		r, err = s.insertTrim(ctx, tx, of, cut, m)
		return err
	})
	return r, err
}

// lockTrimmed locks the recording that owns the file, so that two trims at once
// see each other, and reads the one that is trimmed.
func lockTrimmed(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) (catalog.Recording, error) {
	err := tx.QueryRow(ctx, `select from recordings where id = (select coalesce(source_id, id) from recordings where id = $1) for update`, id).Scan()
	if err != nil {
		return catalog.Recording{}, err
	}
	of, err := readRecording(ctx, tx, id)
	if err == nil && of.State != catalog.StateReady {
		err = errNotReadyYet
	}
	return of, err
}

// sameTrim finds the same cut of the same file on its way; pgx.ErrNoRows when there is none.
func sameTrim(ctx context.Context, tx pgx.Tx, of catalog.Recording, cut catalog.Cut) (catalog.Recording, error) {
	same, err := one[catalog.RecordingID](ctx, tx, `
		select id from recordings where source_id = $1 and (cut_from_ms, cut_to_ms) = ($2, $3) and state in ('uploaded', 'processing') and withdrawn_at is null
		order by id desc limit 1`, of.Source(), cut.FromMS, cut.ToMS)
	if err != nil {
		return catalog.Recording{}, err
	}
	return readRecording(ctx, tx, same)
}

// replacedBy is the time map of a cut: from the recording of that file that was
// published last, or from the one that is trimmed.
func replacedBy(ctx context.Context, tx pgx.Tx, of catalog.Recording, cut catalog.Cut) (m catalog.TimeMap, err error) {
	var last catalog.Cut
	err = tx.QueryRow(ctx, `
		select id, cut_from_ms, cut_to_ms from recordings where $1 in (id, source_id) and (published_at is not null or id = $2)
		order by published_at desc nulls last, id desc limit 1`, of.Source(), of.ID).Scan(&m.Replaces, &last.FromMS, &last.ToMS)
	if err != nil {
		return m, err
	}
	if cut == last {
		return m, &catalog.FieldError{Field: "from_s", Code: "nothing_cut", Message: "Nothing would be cut: this is what is shown now. Please move the start or the end."}
	}
	piece, ok := last.Replace(cut)
	if !ok { // nothing in common with what was shown last
		m.Replaces = of.ID
		piece, _ = of.Cut.Replace(cut)
	}
	m.Pieces = []catalog.TimePiece{piece}
	return m, nil
}

func (s *Store) insertTrim(ctx context.Context, tx pgx.Tx, of catalog.Recording, cut catalog.Cut, m catalog.TimeMap) (r catalog.Recording, err error) {
	id := catalog.NewRecordingID()
	_, err = tx.Exec(ctx, `
		insert into recordings (id, webinar_id, filename, size_bytes, content_type, checksum, part_size_bytes, state, created_by, source_id, cut_from_ms, cut_to_ms)
		select $1, webinar_id, filename, size_bytes, content_type, checksum, part_size_bytes, 'uploaded', $3, id, $4, $5 from recordings where id = $2`,
		id, of.Source(), identity.FromContext(ctx).Actor(), cut.FromMS, cut.ToMS)
	if err != nil {
		return r, err
	}
	if err := s.replace(ctx, tx, id, m); err != nil {
		return r, err
	}
	if err := s.hooks.Enqueue(ctx, tx, id); err != nil {
		return r, err
	}
	err = audit(ctx, tx, "recording.trim", "recording", string(id), map[string]any{"of": of.ID, "from_ms": cut.FromMS, "to_ms": cut.ToMS})
	if err != nil {
		return r, err
	}
	return readRecording(ctx, tx, id)
}
