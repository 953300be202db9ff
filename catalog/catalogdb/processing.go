package catalogdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// Begin starts an attempt to process a recording: one that is uploaded, or one
// whose last attempt let its lease expire. The fencing token grows by one and
// the attempt gets a fresh path token. It returns catalog.ErrConflict when the
// state does not allow it or another attempt holds a live lease, and
// catalog.ErrNotFound when there is no such recording.
func (s *Store) Begin(ctx context.Context, id catalog.RecordingID, lease time.Duration) (a catalog.Attempt, r catalog.Recording, err error) {
	defer wrap(&err, "begin processing of %s", id)
	a = catalog.Attempt{RecordingID: id, Token: catalog.NewToken()}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select 1 from recordings where id = $1 for update`, id).Scan(new(int)); err != nil {
			return err
		}
		fencing, err := one[int64](ctx, tx, `
			update recordings
			set state = 'processing', fencing_token = fencing_token + 1, attempts = attempts + 1, progress = 0, eta_s = null,
			    stages = '[]', warnings = '[]', failure = null, attempt_token = $3,
			    lease_expires_at = clock_timestamp() + $2, updated_at = now()
			where id = $1 and (state = 'uploaded' or state = 'processing' and lease_expires_at < clock_timestamp())
			returning fencing_token`, id, lease, a.Token)
		if err != nil {
			return conflictIfNone(err, "not_waiting", "This recording is not waiting to be processed.")
		}
		a.FencingToken = fencing
		if a.Number, err = one[int](ctx, tx, `select attempts from recordings where id = $1`, id); err != nil {
			return err
		}
		r, err = readRecording(ctx, tx, id)
		return err
	})
	return a, r, err
}

// Heartbeat renews the lease and stores progress, which never goes back within
// an attempt. catalog.ErrLeaseLost when the attempt is no longer the newest.
func (s *Store) Heartbeat(ctx context.Context, a catalog.Attempt, lease time.Duration, p catalog.Progress) (err error) {
	defer wrap(&err, "heartbeat of %s", a.RecordingID)
	return guarded(ctx, s.db, a, `
		update recordings
		set lease_expires_at = clock_timestamp() + $3, progress = greatest(progress, least(greatest($4::float8, 0), 1)),
		    eta_s = $5, stages = coalesce($6, '[]'::jsonb), updated_at = now()
		where `+holdsLease, lease, p.Fraction, p.ETASeconds, p.Stages)
}

// Release hands the recording back after a graceful stop: any worker may begin
// at once. catalog.ErrLeaseLost as with Heartbeat.
func (s *Store) Release(ctx context.Context, a catalog.Attempt) (err error) {
	defer wrap(&err, "release %s", a.RecordingID)
	return guarded(ctx, s.db, a, `
		update recordings
		set state = 'uploaded', attempts = greatest(attempts - 1, 0), lease_expires_at = null, attempt_token = '', eta_s = null, updated_at = now()
		where `+holdsLease)
}

// Fail ends processing with what the presenter shall read, and writes it to
// her: both or neither. The stage that was running is the one that failed.
// catalog.ErrLeaseLost as with Heartbeat.
func (s *Store) Fail(ctx context.Context, a catalog.Attempt, f catalog.Failure) (err error) {
	defer wrap(&err, "fail %s", a.RecordingID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		err := guarded(ctx, tx, a, `
			update recordings
			set state = 'failed', failure = $3, lease_expires_at = null, attempt_token = '', eta_s = null, updated_at = now(),
			    stages = (select coalesce(jsonb_agg(case e.stage->>'state' when 'running' then e.stage || '{"state": "failed"}' else e.stage end
			                                        order by e.nr), '[]')
			              from jsonb_array_elements(stages) with ordinality as e(stage, nr))
			where `+holdsLease, f)
		if err != nil {
			return err
		}
		if err := forgetChunks(ctx, tx, a.RecordingID); err != nil {
			return err
		}
		if err := tellRecording(ctx, tx, a, catalog.EventRecordingFailed, string(f.Code)); err != nil {
			return err
		}
		return s.tellOutcome(ctx, tx, a, catalog.MessageRecordingFailed, f.Message)
	})
}

// holdsLease selects the recording of an attempt ($1, $2) while it is the newest.
const holdsLease = `id = $1 and fencing_token = $2 and state = 'processing'`

// guarded runs an update whose $1 and $2 are the attempt's recording and
// fencing token; changing no row means that the lease is lost.
func guarded(ctx context.Context, q querier, a catalog.Attempt, sql string, args ...any) error {
	tag, err := q.Exec(ctx, sql, append([]any{a.RecordingID, a.FencingToken}, args...)...)
	if err == nil && tag.RowsAffected() == 0 {
		return catalog.ErrLeaseLost
	}
	return err
}

// Publish makes what an attempt produced the recording's content and, when
// the webinar publishes by itself, the recording its webinar's current one:
// all in one transaction, with a mail to those who wait for it. A recording that was withdrawn meanwhile, or that is
// older than the current one, does not become current. catalog.ErrLeaseLost as
// with Heartbeat.
func (s *Store) Publish(ctx context.Context, a catalog.Attempt, p catalog.Publication) (err error) {
	defer wrap(&err, "publish %s", a.RecordingID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := storeContent(ctx, tx, a, p); err != nil {
			return err
		}
		if err := storeRenditions(ctx, tx, a.RecordingID, p.Renditions); err != nil {
			return err
		}
		if err := forgetChunks(ctx, tx, a.RecordingID); err != nil {
			return err
		}
		if err := storeStills(ctx, tx, a.RecordingID, p.Stills); err != nil {
			return err
		}
		if err := publishByItself(ctx, tx, a.RecordingID); err != nil {
			return err
		}
		if err := tellRecording(ctx, tx, a, catalog.EventRecordingReady, ""); err != nil {
			return err
		}
		return s.tellOutcome(ctx, tx, a, catalog.MessageRecordingReady, warningsOf(p))
	})
}

func storeContent(ctx context.Context, tx pgx.Tx, a catalog.Attempt, p catalog.Publication) error {
	return guarded(ctx, tx, a, `
		update recordings
		set state = 'ready', progress = 1, eta_s = null, failure = null, lease_expires_at = null, attempt_token = '',
		    duration_ms = $3, token = $4, sealed_key = $5, warnings = coalesce($6, '[]'::jsonb), stages = coalesce($7, '[]'::jsonb), updated_at = now()
		where `+holdsLease, p.DurationMS, a.Token, p.SealedKey, p.Warnings, p.Stages)
}

func storeRenditions(ctx context.Context, tx pgx.Tx, id catalog.RecordingID, renditions []catalog.Rendition) error {
	if _, err := tx.Exec(ctx, `delete from renditions where recording_id = $1`, id); err != nil {
		return err
	}
	for _, r := range renditions {
		_, err := tx.Exec(ctx, `
			insert into renditions (recording_id, name, height, width, frame_rate, bandwidth, average_bandwidth, codecs, size_bytes)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, r.Name, r.Height, r.Width, r.FrameRate, r.Bandwidth, r.AverageBandwidth, r.Codecs, r.SizeBytes)
		if err != nil {
			return fmt.Errorf("rendition %s: %w", r.Name, err)
		}
	}
	return nil
}

// publishByItself flips the webinar's pointer if the webinar wants that.
func publishByItself(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) error {
	tag, err := tx.Exec(ctx, `
		update webinars w set current_recording_id = r.id, updated_at = now()
		from recordings r left join webinars x on x.id = r.webinar_id
		     left join recordings cur on cur.id = x.current_recording_id
		where r.id = $1 and w.id = r.webinar_id and w.auto_publish and r.withdrawn_at is null
		  and (cur.id is null or cur.created_at <= r.created_at)`, id)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `update recordings set published_at = now() where id = $1`, id)
	return err
}

// Abandoned lists recordings that should be worked on and are not: uploaded
// for longer than olderThan, or processing with an expired lease. Those of
// deleted webinars should not. Oldest first.
func (s *Store) Abandoned(ctx context.Context, olderThan time.Duration) (ids []catalog.RecordingID, err error) {
	defer wrap(&err, "list abandoned recordings")
	rows, err := s.db.Query(ctx, `
		select r.id from recordings r join webinars w on w.id = r.webinar_id
		where w.deleted_at is null and (r.state = 'uploaded' and r.updated_at < clock_timestamp() - $1::interval
		   or r.state = 'processing' and r.lease_expires_at < clock_timestamp())
		order by r.updated_at limit 100`, olderThan)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.RecordingID])
}
