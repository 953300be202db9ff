package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// Deleted lists what can be restored, by id.
func (s *Store) Deleted(ctx context.Context, p catalog.PageRequest) (page catalog.Page[catalog.Deleted], err error) {
	defer wrap(&err, "list what was deleted")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, `
		select * from (
			select 'program', id, title, deleted_at from programs where deleted_at is not null and purged_at is null and rehearsal_of is null
			union all select 'course', id, title, deleted_at from courses where deleted_at is not null and purged_at is null
			union all select 'webinar', id, title, deleted_at from webinars where deleted_at is not null and purged_at is null
		) d where id > $1 order by id limit $2`, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Deleted])
	return paged(items, err, p, func(d catalog.Deleted) catalog.Cursor { return catalog.Cursor{ID: d.ID} })
}

// RestoreProgram makes a deleted program visible again, with all that was in it
// and was not deleted by itself. Idempotent. catalog.ErrNotFound when there is
// none, a *catalog.ConflictError when it was purged.
func (s *Store) RestoreProgram(ctx context.Context, id catalog.ProgramID) (p catalog.Program, err error) {
	defer wrap(&err, "restore program %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := restore(ctx, tx, aboutProgram, "programs", string(id)); err != nil {
			return err
		}
		p, err = readProgram(ctx, tx, nil, id)
		return err
	})
	return p, err
}

// RestoreCourse is RestoreProgram for a course; a *catalog.ConflictError also
// when its program is deleted.
func (s *Store) RestoreCourse(ctx context.Context, id catalog.CourseID) (c catalog.Course, err error) {
	defer wrap(&err, "restore course %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := restore(ctx, tx, "course", "courses", string(id)); err != nil {
			return err
		}
		c, err = readCourse(ctx, tx, nil, id)
		return parentDeleted(err)
	})
	return c, err
}

// RestoreWebinar is RestoreCourse for a webinar.
func (s *Store) RestoreWebinar(ctx context.Context, id catalog.WebinarID) (w catalog.Webinar, err error) {
	defer wrap(&err, "restore webinar %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := restore(ctx, tx, "webinar", "webinars", string(id)); err != nil {
			return err
		}
		w, err = readWebinar(ctx, tx, nil, id)
		return parentDeleted(err)
	})
	return w, err
}

func parentDeleted(err error) error {
	return conflictIfNone(err, "parent_deleted", "What this lies in is deleted too. Please restore that first.")
}

func restore(ctx context.Context, tx pgx.Tx, kind, table, id string) error {
	var deleted, purged bool
	err := tx.QueryRow(ctx, `select deleted_at is not null, purged_at is not null from `+table+` where id = $1 for update`, id).Scan(&deleted, &purged)
	switch {
	case err != nil || !deleted:
		return err
	case purged:
		return &catalog.ConflictError{Code: "purged", Message: "This was deleted so long ago that its files are gone."}
	}
	_, err = tx.Exec(ctx, `update `+table+` set deleted_at = null, version = version + 1, updated_at = now() where id = $1`, id)
	if err != nil {
		return err
	}
	return audit(ctx, tx, kind+".restore", kind, id, nil)
}

// purgeable are the webinars that were deleted, alone or with what they lie in,
// before $1 and whose files are still there. Rehearsals are not restored: theirs go
// at once.
const purgeable = `
	select w.id from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
	where w.purged_at is null and (least(w.deleted_at, c.deleted_at, p.deleted_at) < $1 or p.rehearsal_of is not null and p.deleted_at is not null)`

// PurgeableSources lists the recordings of webinars that were deleted before
// that time, whose uploaded files can go.
func (s *Store) PurgeableSources(ctx context.Context, before time.Time) (ids []catalog.RecordingID, err error) {
	defer wrap(&err, "list what can be purged")
	rows, err := s.db.Query(ctx, `select id from recordings where webinar_id in (`+purgeable+`) order by id`, before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.RecordingID])
}

// Purge gives up the files of what was deleted before that time: media,
// captions, materials. The rows stay: records of credit name them. It returns
// how many programs, courses and webinars it were. Idempotent.
func (s *Store) Purge(ctx context.Context, before time.Time) (purged int64, err error) {
	defer wrap(&err, "purge")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`update materials set deleted_at = now() where deleted_at is null and webinar_id in (` + purgeable + `)`,
			`delete from captions k using recordings r where r.id = k.recording_id and r.webinar_id in (` + purgeable + `)`,
			`delete from recording_extras x using recordings r where r.id = x.recording_id and r.webinar_id in (` + purgeable + `)`,
			`update recordings set token = '', attempt_token = '', sealed_key = null, withdrawn_at = coalesce(withdrawn_at, now()) where webinar_id in (` + purgeable + `)`,
		} {
			if _, err := tx.Exec(ctx, sql, before); err != nil {
				return err
			}
		}
		for _, part := range []struct{ kind, table, which string }{
			{"webinar", "webinars", purgeable},
			{"course", "courses", `select c.id from courses c join programs p on p.id = c.program_id where c.purged_at is null and (least(c.deleted_at, p.deleted_at) < $1 or p.rehearsal_of is not null and p.deleted_at is not null)`},
			{aboutProgram, "programs", `select p.id from programs p where p.purged_at is null and (p.deleted_at < $1 or p.rehearsal_of is not null and p.deleted_at is not null)`},
		} {
			tag, err := tx.Exec(ctx, `
				with gone as (update `+part.table+` set purged_at = now(), deleted_at = coalesce(deleted_at, now()) where id in (`+part.which+`) returning id)
				insert into audit_log (actor, action, object_type, object_id) select 'system', $2 || '.purge', $2, id from gone`, before, part.kind)
			if err != nil {
				return err
			}
			purged += tag.RowsAffected()
		}
		return nil
	})
	return purged, err
}
