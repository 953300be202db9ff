package catalogdb

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// AllRecordings lists the recordings of all webinars, newest first, with who
// works on them.
func (s *Store) AllRecordings(ctx context.Context, f catalog.RecordingFilter, p catalog.PageRequest) (page catalog.Page[catalog.QueuedRecording], err error) {
	defer wrap(&err, "list all recordings")
	before, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	c := conditions{}
	if before.ID != "" {
		c.and("r.id < ?", before.ID)
	}
	if f.State != "" {
		c.and("r.state = ?", f.State)
	}
	if f.Open || f.Stalled {
		c.sql += ` and r.state <> 'ready'` // few, and with an index of their own
	}
	if f.Stalled {
		c.and(`case r.state when 'uploading' then r.updated_at < now() - ?::interval`, catalog.UploadStalledAfter)
		c.args = append(c.args, catalog.PickUpAfter)
		n := strconv.Itoa(len(c.args))
		c.sql += ` when 'uploaded' then r.updated_at < now() - $` + n + `::interval when 'processing' then r.lease_expires_at < now() - $` + n + `::interval else false end`
	}
	c.args = append(c.args, p.Size()+1)
	rows, err := s.db.Query(ctx, `
		select `+recordingColumns+`, w.title, p.title, coalesce(w.current_recording_id = r.id, false), p.rehearsal_of is not null, r.attempts, r.lease_expires_at,
			coalesce((select array_agg(distinct worker order by worker) from chunks where recording_id = r.id and state = 'running' and worker <> ''), '{}'),
			coalesce((select last_error from chunks where recording_id = r.id and last_error <> '' order by attempts desc, number limit 1), '')
		from recordings r join webinars w on w.id = r.webinar_id join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where w.deleted_at is null and c.deleted_at is null and p.deleted_at is null`+c.sql+` order by r.id desc limit $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (q catalog.QueuedRecording, err error) {
		err = row.Scan(append(recordingFields(&q.Recording), &q.WebinarTitle, &q.ProgramTitle, &q.Current, &q.Rehearsal, &q.Attempts, &q.LeaseUntil, &q.Workers, &q.LastError)...)
		return q, err
	})
	return paged(items, err, p, func(q catalog.QueuedRecording) catalog.Cursor { return catalog.Cursor{ID: string(q.Recording.ID)} })
}

// SealedKey is what is needed to open a recording's content key.
type SealedKey struct {
	Sealed []byte
	Token  string // the context it was sealed with
}

// ReadinessFacts reads what the database knows of a webinar before an event and
// of the service, and the sealed key of its current recording.
// catalog.ErrNotFound.
func (s *Store) ReadinessFacts(ctx context.Context, id catalog.WebinarID) (f catalog.ReadinessFacts, key SealedKey, err error) {
	defer wrap(&err, "look at the readiness of %q", id)
	var oldest float64
	err = s.db.QueryRow(ctx, `
		select now(), w.starts_at, w.opens_at, w.closes_at,
			(select count(*) from webinar_presenters where webinar_id = w.id),
			(select count(*) from enrolments e join courses c on c.id = w.course_id and c.program_id = e.program_id where e.withdrawn_at is null),
			coalesce(w.expected_viewers, 0),
			coalesce(r.state = 'ready', false), coalesce(r.withdrawn_at is not null, false), coalesce(r.sealed_key, ''), coalesce(r.token, ''),
			coalesce(newest.state, ''), coalesce(newest.failure ->> 'message', ''),
			coalesce((select array_agg(lang order by lang) from captions where recording_id = r.id and deleted_at is null), '{}')
		from webinars w
			left join recordings r on r.id = w.current_recording_id
			left join lateral (select state, failure from recordings where webinar_id = w.id order by id desc limit 1) newest on true
		where w.id = $1 and w.deleted_at is null`, id).Scan(
		&f.At, &f.StartsAt, &f.OpensAt, &f.ClosesAt, &f.Presenters, &f.Enrolled, &f.Expected, &f.Playable, &f.Withdrawn, &key.Sealed, &key.Token,
		&f.Newest, &f.NewestFailure, &f.Captions)
	if err != nil {
		return f, key, err
	}
	err = s.db.QueryRow(ctx, `
		select count(*) filter (where given_up_at is null), coalesce(extract(epoch from max(now() - created_at) filter (where given_up_at is null)), 0),
			(select count(*) from messages where given_up_at > now() - interval '1 day'),
			(select greatest((select count(distinct worker) from chunks where state = 'running' and lease_expires_at > now()),
				(select count(*) from river_queue where name in ('transcode', 'chunks') and updated_at > now() - $1::interval limit 1))),
			(select count(*) from recordings r join webinars w on w.id = r.webinar_id where r.state = 'uploaded' and w.deleted_at is null),
			(select count(*) from pg_stat_activity where backend_type = 'client backend'), current_setting('max_connections')::int
		from messages where sent_at is null and given_up_at is null`, catalog.WorkerSeenWithin).Scan(
		&f.MailWaiting, &oldest, &f.MailGivenUp, &f.WorkersSeen, &f.RecordingsAhead, &f.Connections, &f.MaxConnections)
	f.MailOldest = time.Duration(oldest * float64(time.Second))
	f.DiskFree = -1
	return f, key, err
}
