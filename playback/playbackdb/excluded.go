package playbackdb

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// Excluded tells what counts for nobody of a webinar's recording: the current
// one when none is named. catalog.ErrNotFound, catalog.ErrNotReady when there
// is no current one, *catalog.FieldError when the named one is not the webinar's
// or has no length yet.
func (s *Store) Excluded(ctx context.Context, webinar catalog.WebinarID, recording catalog.RecordingID) (x playback.Exclusions, err error) {
	defer wrap(&err, "exclusions of %q", webinar)
	return readExcluded(ctx, s.db, webinar, recording, "")
}

func readExcluded(ctx context.Context, q querier, webinar catalog.WebinarID, recording catalog.RecordingID, lock string) (x playback.Exclusions, err error) {
	var current *catalog.RecordingID
	err = q.QueryRow(ctx, `select current_recording_id from webinars where id = $1 and deleted_at is null`, webinar).Scan(&current)
	switch {
	case err != nil:
		return x, err
	case recording == "" && current == nil:
		return x, catalog.ErrNotReady
	case recording == "":
		recording = *current
	}
	err = q.QueryRow(ctx, `select id, duration_ms from recordings where id = $1 and webinar_id = $2 and state = 'ready' `+lock, recording, webinar).Scan(&x.RecordingID, &x.DurationMS)
	if errors.Is(err, pgx.ErrNoRows) {
		return x, &catalog.FieldError{Field: "recording_id", Code: "unknown_recording", Message: "Please name a recording of this webinar that is ready, or none for the current one."}
	}
	if err != nil {
		return x, err
	}
	err = q.QueryRow(ctx, `select version, pieces, reason, created_by, created_at from excluded_ranges where recording_id = $1 order by version desc limit 1`, x.RecordingID).
		Scan(&x.Version, &x.Pieces, &x.Reason, &x.By, &x.At)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return x, err
}

// SetExcluded makes what is excluded of a recording the next version, and
// records what that has completed. The same pieces again make no new version.
// Errors of Excluded, and *catalog.FieldError on "ranges".
func (s *Store) SetExcluded(ctx context.Context, webinar catalog.WebinarID, recording catalog.RecordingID, pieces []playback.Excluded, reason string) (x playback.Exclusions, err error) {
	defer wrap(&err, "exclude ranges of %q", webinar)
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if x, err = readExcluded(ctx, tx, webinar, recording, "for no key update"); err != nil {
			return err
		}
		if pieces, err = playback.CheckExcluded(pieces, x.DurationMS); err != nil {
			return err
		}
		if slices.Equal(pieces, x.Pieces) {
			return nil
		}
		_, err := tx.Exec(ctx, `insert into excluded_ranges (recording_id, version, pieces, reason, created_by) values ($1, $2, $3, $4, $5)`,
			x.RecordingID, x.Version+1, pieces, reason, actor(ctx))
		if err != nil {
			return err
		}
		if err := settle(ctx, tx, webinar, ""); err != nil {
			return err
		}
		if x, err = readExcluded(ctx, tx, webinar, x.RecordingID, ""); err != nil {
			return err
		}
		return audit(ctx, tx, "webinar.excluded_ranges", "webinar", string(webinar), map[string]any{
			"recording_id": x.RecordingID, "version": x.Version, "ranges": pieces, detailReason: reason,
		})
	})
	return x, err
}
