package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// Extras returns what belongs to a recording beside its picture and sound.
func (s *Store) Extras(ctx context.Context, id catalog.RecordingID) (e catalog.Extras, err error) {
	defer wrap(&err, "read extras of %q", id)
	err = s.db.QueryRow(ctx, `
		select r.token, r.duration_ms, coalesce(x.slides_ms, '{}'), coalesce(x.posters_ms, '{}'), coalesce(x.poster, 0),
		       x.chapters is not null, coalesce(x.chapters, '[]')
		from recordings r join webinars w on w.id = r.webinar_id left join recording_extras x on x.recording_id = r.id
		where r.id = $1 and w.deleted_at is null`, id).
		Scan(&e.Token, &e.DurationMS, &e.SlidesMS, &e.PostersMS, &e.Poster, &e.Decided, &e.Chapters)
	return e, err
}

// storeStills keeps what an attempt found in place of what an earlier one did,
// whose pictures are gone with its prefix.
func storeStills(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, s catalog.Stills) error {
	_, err := tx.Exec(ctx, `
		insert into recording_extras (recording_id, slides_ms, posters_ms) values ($1, coalesce($2, '{}'::bigint[]), coalesce($3, '{}'::bigint[]))
		on conflict (recording_id) do update set slides_ms = excluded.slides_ms, posters_ms = excluded.posters_ms, poster = 0, updated_at = now()`,
		id, s.SlidesMS, s.PostersMS)
	return err
}

// errNotReadyYet: pictures and times of a recording are known when it is ready.
var errNotReadyYet error = &catalog.ConflictError{Code: "not_ready", Message: "This recording is not ready yet. Please come back when it is."}

// changeExtras runs an update of a ready recording's extras and writes down who did it.
func (s *Store) changeExtras(ctx context.Context, id catalog.RecordingID, action string, detail map[string]any, update func(pgx.Tx, catalog.Recording) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := lockRecording(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.State != catalog.StateReady {
			return errNotReadyYet
		}
		if _, err := tx.Exec(ctx, `insert into recording_extras (recording_id) values ($1) on conflict do nothing`, id); err != nil {
			return err
		}
		if err := update(tx, r); err != nil {
			return err
		}
		return audit(ctx, tx, action, "recording", string(id), detail)
	})
}

// SetChapters replaces the chapters of a recording; none is a decision too. It
// returns a *catalog.FieldError as catalog.CheckChapters does, and
// catalog.ErrConflict while the recording is not ready.
func (s *Store) SetChapters(ctx context.Context, id catalog.RecordingID, chapters []catalog.Chapter) (err error) {
	defer wrap(&err, "set chapters of %q", id)
	return s.changeExtras(ctx, id, "recording.chapters", map[string]any{"chapters": len(chapters)}, func(tx pgx.Tx, r catalog.Recording) error {
		checked, err := catalog.CheckChapters(chapters, r.DurationMS)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update recording_extras set chapters = $2, updated_at = now() where recording_id = $1`, id, checked)
		return err
	})
}

// SetPoster chooses one of a recording's poster candidates; 0 is the one made
// by itself. catalog.ErrConflict while the recording is not ready.
func (s *Store) SetPoster(ctx context.Context, id catalog.RecordingID, candidate int) (err error) {
	defer wrap(&err, "set poster of %q", id)
	return s.changeExtras(ctx, id, "recording.poster", map[string]any{"candidate": candidate}, func(tx pgx.Tx, _ catalog.Recording) error {
		tag, err := tx.Exec(ctx, `
			update recording_extras set poster = $2, updated_at = now()
			where recording_id = $1 and $2 between 0 and cardinality(posters_ms)`, id, candidate)
		if err == nil && tag.RowsAffected() == 0 {
			return catalog.Invalid("candidate", "This recording has no such picture. Please choose one of the candidates.")
		}
		return err
	})
}
