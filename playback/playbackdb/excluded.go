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
	if err := latestExcluded(ctx, q, &x); err != nil {
		return x, err
	}
	x.Pieces = playback.MoveExcluded(x.Pieces, unmoved, x.DurationMS) // moved here before its length was known
	return x, nil
}

// unmoved is the time map of a recording onto itself.
var unmoved = []catalog.TimePiece{{LengthS: 7 * 24 * 3600}}

// latestExcluded reads the version in force of x.RecordingID.
func latestExcluded(ctx context.Context, q querier, x *playback.Exclusions) error {
	err := q.QueryRow(ctx, `
		select version, pieces, reason, created_by, created_at, derived from excluded_ranges where recording_id = $1 order by version desc limit 1`, x.RecordingID).
		Scan(&x.Version, &x.Pieces, &x.Reason, &x.By, &x.At, &x.Moved)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// SetExcluded makes what is excluded of a recording the next version, and
// records what that has completed. The same pieces again make no new version.
// Recordings that replace this one follow, where nobody has set others.
// Errors of Excluded, and *catalog.FieldError on "ranges".
func (s *Store) SetExcluded(ctx context.Context, webinar catalog.WebinarID, recording catalog.RecordingID, pieces []playback.Excluded, reason string) (x playback.Exclusions, err error) {
	defer wrap(&err, "exclude ranges of %q", webinar)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if x, err = readExcluded(ctx, tx, webinar, recording, "for no key update"); err != nil {
			return err
		}
		if pieces, err = playback.CheckExcluded(pieces, x.DurationMS); err != nil {
			return err
		}
		if slices.Equal(pieces, x.Pieces) && !x.Moved {
			return nil
		}
		_, err := tx.Exec(ctx, `insert into excluded_ranges (recording_id, version, pieces, reason, created_by) values ($1, $2, $3, $4, $5)`,
			x.RecordingID, x.Version+1, pieces, reason, actor(ctx))
		if err != nil {
			return err
		}
		if err := moveOn(ctx, tx, x.RecordingID); err != nil {
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

// TimeMapSet moves what is excluded along with a recording's time map, and
// records what that has completed: for the transaction that sets the map.
func (s *Store) TimeMapSet(ctx context.Context, tx pgx.Tx, recording catalog.RecordingID) (err error) {
	defer wrap(&err, "move exclusions to %q", recording)
	var earlier catalog.RecordingID
	var webinar catalog.WebinarID
	err = tx.QueryRow(ctx, `select m.replaces, r.webinar_id from time_maps m join recordings r on r.id = m.recording_id where m.recording_id = $1`, recording).
		Scan(&earlier, &webinar)
	if err != nil {
		return err
	}
	if err := moveOn(ctx, tx, earlier); err != nil {
		return err
	}
	return settle(ctx, tx, webinar, "")
}

// moveOn moves what is excluded of a recording to those that replace it, and
// from them on: maps make no circles.
func moveOn(ctx context.Context, tx pgx.Tx, recording catalog.RecordingID) error {
	earlier := playback.Exclusions{RecordingID: recording}
	if err := latestExcluded(ctx, tx, &earlier); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `
		select m.recording_id, m.pieces, r.duration_ms from time_maps m join recordings r on r.id = m.recording_id
		where m.replaces = $1 order by m.recording_id for no key update of r`, recording)
	if err != nil {
		return err
	}
	later, err := pgx.CollectRows(rows, pgx.RowToStructByPos[replacing])
	for _, l := range later {
		if err == nil {
			err = l.follow(ctx, tx, earlier)
		}
	}
	return err
}

// replacing is a recording with the time map that leads to it.
type replacing struct {
	ID         catalog.RecordingID
	Pieces     []catalog.TimePiece
	DurationMS int64
}

// follow gives it what is excluded of the earlier recording, unless somebody has
// said what is excluded of this one.
func (r replacing) follow(ctx context.Context, tx pgx.Tx, earlier playback.Exclusions) error {
	now := playback.Exclusions{RecordingID: r.ID}
	if err := latestExcluded(ctx, tx, &now); err != nil {
		return err
	}
	if now.Version > 0 && !now.Moved {
		return nil
	}
	moved := playback.MoveExcluded(earlier.Pieces, r.Pieces, r.DurationMS)
	if slices.Equal(moved, now.Pieces) {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into excluded_ranges (recording_id, version, pieces, reason, created_by, derived) values ($1, $2, $3, $4, $5, true)`,
		r.ID, now.Version+1, moved, earlier.Reason, actor(ctx))
	if err != nil {
		return err
	}
	return moveOn(ctx, tx, r.ID)
}
