package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TimeMap returns the time map of a recording. catalog.ErrNotFound when nobody
// has said which one it replaces.
func (s *Store) TimeMap(ctx context.Context, id catalog.RecordingID) (m catalog.TimeMap, err error) {
	defer wrap(&err, "read time map of %q", id)
	err = s.db.QueryRow(ctx, `select replaces, pieces from time_maps where recording_id = $1`, id).Scan(&m.Replaces, &m.Pieces)
	return m, err
}

// SetTimeMap says which recording another one replaces and where its seconds
// are. Chapters, captions and the live map are moved along where the new
// recording has none of its own; what doctors watched follows when they come.
// A *catalog.FieldError when the other is no earlier recording of the webinar.
func (s *Store) SetTimeMap(ctx context.Context, id catalog.RecordingID, m catalog.TimeMap) (err error) {
	defer wrap(&err, "set time map of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := lockRecording(ctx, tx, id); err != nil {
			return err
		}
		if err := mayReplace(ctx, tx, id, m.Replaces); err != nil {
			return err
		}
		if err := s.replace(ctx, tx, id, m); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.time_map", "recording", string(id), map[string]any{"replaces": m.Replaces, "pieces": len(m.Pieces)})
	})
}

// replace stores a time map and moves along what belongs to the earlier recording.
func (s *Store) replace(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, m catalog.TimeMap) error {
	_, err := tx.Exec(ctx, `
		insert into time_maps (recording_id, replaces, pieces, set_by) values ($1, $2, $3, $4)
		on conflict (recording_id) do update set replaces = excluded.replaces, pieces = excluded.pieces,
		   set_by = excluded.set_by, updated_at = clock_timestamp()`, id, m.Replaces, m.Pieces, identity.FromContext(ctx).Actor())
	if err != nil {
		return err
	}
	for _, move := range []func(context.Context, pgx.Tx, catalog.RecordingID, catalog.TimeMap) error{moveLiveMap, moveChapters, moveCaptions} {
		if err := move(ctx, tx, id, m); err != nil {
			return err
		}
	}
	return s.hooks.TimeMapSet(ctx, tx, id)
}

// mayReplace: only an earlier one can be replaced, so maps make no circles.
func mayReplace(ctx context.Context, tx pgx.Tx, id, earlier catalog.RecordingID) error {
	fits, err := one[bool](ctx, tx, `
		select exists (select from recordings r join recordings e on e.webinar_id = r.webinar_id and (e.created_at, e.id) < (r.created_at, r.id)
			where r.id = $1 and e.id = $2)`, id, earlier)
	if err == nil && !fits {
		err = catalog.Invalid("replaces", "Please give an earlier recording of the same webinar.")
	}
	return err
}

// moveLiveMap gives the new recording the live map of the earlier one, or what
// the schedule gave that one, until somebody sets one for it.
func moveLiveMap(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, m catalog.TimeMap) error {
	var live catalog.LiveMap
	var startsAt *time.Time
	var durationMS int64
	err := tx.QueryRow(ctx, `
		select coalesce(l.pieces, '[]'), coalesce(l.confirmed, false), w.starts_at, r.duration_ms
		from recordings r join webinars w on w.id = r.webinar_id left join live_maps l on l.recording_id = r.id where r.id = $1`, m.Replaces).
		Scan(&live.Pieces, &live.Confirmed, &startsAt, &durationMS)
	if err != nil {
		return err
	}
	if len(live.Pieces) == 0 && startsAt != nil && durationMS > 0 {
		live = catalog.LiveMap{Pieces: []catalog.LivePiece{{LiveAt: *startsAt, LengthS: float64(durationMS) / 1000}}}
	}
	pieces := m.MoveLive(live.Pieces)
	if len(pieces) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
		insert into live_maps (recording_id, pieces, confirmed, confirmed_by, derived) values ($1, $2, $3, $4, true)
		on conflict (recording_id) do update set pieces = excluded.pieces, confirmed = excluded.confirmed, confirmed_by = excluded.confirmed_by, updated_at = now()
		where live_maps.derived`, id, pieces, live.Confirmed, identity.FromContext(ctx).Actor())
	return err
}

// moveChapters moves what people decided; suggestions are found anew.
func moveChapters(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, m catalog.TimeMap) error {
	chapters, err := one[[]catalog.Chapter](ctx, tx, `select coalesce((select chapters from recording_extras where recording_id = $1), '[]')`, m.Replaces)
	if err != nil {
		return err
	}
	moved := m.MoveChapters(chapters)
	if len(moved) == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `
		insert into recording_extras (recording_id, chapters) values ($1, $2)
		on conflict (recording_id) do update set chapters = excluded.chapters, updated_at = now() where recording_extras.chapters is null`, id, moved)
	return err
}

func moveCaptions(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, m catalog.TimeMap) error {
	rows, err := tx.Query(ctx, `
		select recording_id, lang, webvtt, cues, ends_ms, updated_at from captions c where recording_id = $1 and deleted_at is null
		and not exists (select from captions o where o.recording_id = $2 and o.lang = c.lang and o.deleted_at is null) order by lang`, m.Replaces, id)
	if err != nil {
		return err
	}
	tracks, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.CaptionTrack])
	if err != nil {
		return err
	}
	for _, track := range tracks {
		moved := m.MoveCaptions(track)
		if moved.Cues == 0 {
			continue
		}
		_, err := tx.Exec(ctx, `
			insert into captions (recording_id, lang, webvtt, cues, ends_ms) values ($1, $2, $3, $4, $5)
			on conflict (recording_id, lang) do update set webvtt = excluded.webvtt, cues = excluded.cues, ends_ms = excluded.ends_ms,
			   version = captions.version + 1, deleted_at = null, updated_at = now()`, id, moved.Lang, moved.WebVTT, moved.Cues, moved.EndsMS)
		if err != nil {
			return err
		}
	}
	return nil
}
