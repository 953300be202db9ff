package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// ChunkQueue tells how much there is to encode and how much is being encoded,
// over all machines.
func (s *Store) ChunkQueue(ctx context.Context) (q catalog.ChunkQueue, err error) {
	defer wrap(&err, "look at the queue of chunks")
	err = s.db.QueryRow(ctx, `
		with open as (
			select c.recording_id, c.number, l.laid_out_at, c.state = 'running' and c.lease_expires_at >= clock_timestamp() as running
			from chunks c join layouts l using (recording_id) join recordings r on r.id = c.recording_id join webinars w on w.id = r.webinar_id
			where c.state in ('waiting', 'running') and r.state in ('uploaded', 'processing') and w.deleted_at is null
			  and (c.attempts < $1 or c.lease_expires_at >= clock_timestamp())
		), starved as (
			select min(laid_out_at) as since from open group by recording_id having not bool_or(running)
		)
		select count(*) filter (where not running), count(*) filter (where not running and number = $2), count(*) filter (where running),
		       coalesce((select clock_timestamp() - min(since) from starved), '0') from open`, catalog.ChunkTries, catalog.SoundChunk).
		Scan(&q.Waiting, &q.Sounds, &q.Running, &q.Oldest)
	q.Oldest = max(0, q.Oldest.Round(time.Millisecond))
	return q, err
}

// UnusedParts returns those of folders in the upload bucket that nobody can
// ever need again: no live claim writes there and no finished piece that is
// still waited for lies there. Ask after the bucket was listed, not before.
func (s *Store) UnusedParts(ctx context.Context, folders []catalog.PartsFolder) (unused []catalog.PartsFolder, err error) {
	defer wrap(&err, "look for unused parts")
	ids, tokens := make([]string, len(folders)), make([]string, len(folders))
	for i, f := range folders {
		ids[i], tokens[i] = string(f.RecordingID), f.Token
	}
	rows, err := s.db.Query(ctx, `
		select f.id, f.token from unnest($1::text[], $2::text[]) as f(id, token)
		where not exists (select from chunks c join recordings r on r.id = c.recording_id join webinars w on w.id = r.webinar_id
		                  where c.recording_id = f.id and c.token = f.token and w.deleted_at is null)`, ids, tokens)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.PartsFolder])
}
