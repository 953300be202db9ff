package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// Trace finds the playback sessions with one of these viewers' codes, the
// newest first, and writes down that somebody looked.
func (s *Store) Trace(ctx context.Context, codes []playback.ViewerCode) (found []playback.Sighting, err error) {
	defer wrap(&err, "trace %v", codes)
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select s.viewer_code, s.id, s.account_id, a.name, a.email, s.webinar_id, w.title, s.recording_id, s.device,
				s.started_at, s.last_beat_at, s.ended_at
			from playback_sessions s join accounts a on a.id = s.account_id join webinars w on w.id = s.webinar_id
			where s.viewer_code = any($1) and s.viewer_code <> '' order by s.started_at desc`, codes)
		if err != nil {
			return err
		}
		if found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[playback.Sighting]); err != nil {
			return err
		}
		for _, sighting := range found {
			if err := audit(ctx, tx, "viewer.trace", "account", string(sighting.AccountID), map[string]any{"code": sighting.Code, "session_id": sighting.SessionID}); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// NoteBulkKeys writes down that an account fetches content keys in bulk.
func (s *Store) NoteBulkKeys(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID, limit playback.KeyLimit) (err error) {
	defer wrap(&err, "note bulk keys of %q", account)
	return audit(ctx, s.db, "keys.bulk", "account", string(account),
		map[string]any{"recording_id": recording, "limit": limit.Most, "window_s": limit.Window.Seconds()})
}
