package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// RecordingBacklog tells what waits of all recordings.
func (s *Store) RecordingBacklog(ctx context.Context) (b catalog.RecordingBacklog, err error) {
	defer wrap(&err, "look at the backlog of recordings")
	err = s.db.QueryRow(ctx, `
		with open as (
			select r.state, r.updated_at, r.id, (r.stages -> 0 ->> 'finished_at')::timestamptz as begun,
			       exists (select from layouts l where l.recording_id = r.id) as judged
			from recordings r join webinars w on w.id = r.webinar_id
			where r.state in ('uploading', 'uploaded', 'processing') and w.deleted_at is null
		)
		select count(*) filter (where state = 'uploading'), count(*) filter (where state = 'uploaded'), count(*) filter (where state = 'processing'),
		       count(*) filter (where state <> 'uploading' and not judged),
		       coalesce(clock_timestamp() - min(coalesce(begun, updated_at)) filter (where state <> 'uploading' and not judged), '0')
		from open`).Scan(&b.Uploading, &b.Uploaded, &b.Processing, &b.Unjudged, &b.OldestUnjudged)
	b.OldestUnjudged = max(0, b.OldestUnjudged.Round(time.Millisecond))
	return b, err
}

// UpkeepDone tells when each piece of upkeep was last done.
func (s *Store) UpkeepDone(ctx context.Context) (done map[string]time.Time, err error) {
	defer wrap(&err, "look at the upkeep")
	rows, err := s.db.Query(ctx, `select name, done_at from upkeep`)
	if err != nil {
		return nil, err
	}
	done = map[string]time.Time{}
	var name string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &at}, func() error {
		done[name] = at
		return nil
	})
	return done, err
}
