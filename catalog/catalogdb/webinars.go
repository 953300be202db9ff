package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectWebinar = `
	select w.id, w.course_id, w.title, w.description, w.starts_at, w.ends_at, w.auto_publish, w.position,
	       coalesce(w.current_recording_id, ''), w.version, w.created_at, w.updated_at,
	       p.id, p.title, c.title, coalesce(cur.duration_ms, 0),
	       coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name, a.id)
	                 from webinar_presenters wp join accounts a on a.id = wp.account_id where wp.webinar_id = w.id), '[]')
	from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
	     left join recordings cur on cur.id = w.current_recording_id
	where w.deleted_at is null and c.deleted_at is null and p.deleted_at is null`

func scanWebinar(row pgx.CollectableRow) (w catalog.Webinar, err error) {
	err = row.Scan(&w.ID, &w.CourseID, &w.Title, &w.Description, &w.StartsAt, &w.EndsAt, &w.AutoPublish, &w.Position,
		&w.CurrentRecordingID, &w.Version, &w.CreatedAt, &w.UpdatedAt,
		&w.Around.ProgramID, &w.Around.ProgramTitle, &w.Around.CourseTitle, &w.Around.DurationMS, &w.Around.Presenters)
	w.PresenterIDs = make([]catalog.AccountID, len(w.Around.Presenters))
	for i, p := range w.Around.Presenters {
		w.PresenterIDs[i] = p.ID
	}
	return w, err
}

func readWebinar(ctx context.Context, q querier, viewer *string, id catalog.WebinarID) (catalog.Webinar, error) {
	rows, err := q.Query(ctx, selectWebinar+` and `+seesWebinar+` and w.id = $2`, viewer, id)
	if err != nil {
		return catalog.Webinar{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanWebinar)
}

// CreateWebinar adds a webinar to its course; a negative position puts it at
// the end. An unknown presenter is a *catalog.FieldError on presenter_ids.
func (s *Store) CreateWebinar(ctx context.Context, w catalog.Webinar) (made catalog.Webinar, err error) {
	defer wrap(&err, "create webinar in %q", w.CourseID)
	w.ID = catalog.NewWebinarID()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readCourse(ctx, tx, nil, w.CourseID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into webinars (id, course_id, title, description, starts_at, ends_at, auto_publish, position)
			values ($1, $2, $3, $4, $5, $6, $7, case when $8 >= 0 then $8 else
			        (select coalesce(max(position) + 1, 0) from webinars where course_id = $2 and deleted_at is null) end)`,
			w.ID, w.CourseID, w.Title, w.Description, w.StartsAt, w.EndsAt, w.AutoPublish, w.Position)
		if err != nil {
			return err
		}
		if err := setPresenters(ctx, tx, w.ID, w.PresenterIDs); err != nil {
			return err
		}
		if made, err = readWebinar(ctx, tx, nil, w.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "webinar.create", "webinar", string(w.ID), map[string]any{"course_id": w.CourseID, "title": w.Title})
	})
	return made, err
}

// setPresenters replaces who presents a webinar; those named get the
// presenter's role with it.
func setPresenters(ctx context.Context, tx pgx.Tx, id catalog.WebinarID, presenters []catalog.AccountID) error {
	if _, err := tx.Exec(ctx, `delete from webinar_presenters where webinar_id = $1 and account_id <> all($2)`, id, presenters); err != nil {
		return err
	}
	for _, account := range presenters {
		tag, err := tx.Exec(ctx, `
			update accounts set roles = case when 'presenter' = any(roles) then roles else roles || '{presenter}' end where id = $1`, account)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return &catalog.FieldError{Field: "presenter_ids", Code: "unknown_presenter", Message: "There is no account " + string(account) + "."}
		}
		_, err = tx.Exec(ctx, `insert into webinar_presenters (webinar_id, account_id) values ($1, $2) on conflict do nothing`, id, account)
		if err != nil {
			return err
		}
	}
	return nil
}

// Webinar returns one webinar that who may see; catalog.ErrNotFound otherwise.
func (s *Store) Webinar(ctx context.Context, who identity.Principal, id catalog.WebinarID) (w catalog.Webinar, err error) {
	defer wrap(&err, "read webinar %q", id)
	return readWebinar(ctx, s.db, viewer(who), id)
}

// Webinars lists the webinars of a course that who may see, in their order.
// catalog.ErrNotFound when she may not see the course.
func (s *Store) Webinars(ctx context.Context, who identity.Principal, course catalog.CourseID, p catalog.PageRequest) (page catalog.Page[catalog.Webinar], err error) {
	defer wrap(&err, "list webinars of %q", course)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if _, err := readCourse(ctx, s.db, viewer(who), course); err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectWebinar+` and `+seesWebinar+`
		and w.course_id = $2 and (w.position, w.id) > ($3, $4) order by w.position, w.id limit $5`,
		viewer(who), course, after.Position, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanWebinar)
	return paged(items, err, p, func(w catalog.Webinar) catalog.Cursor {
		return catalog.Cursor{Position: w.Position, ID: string(w.ID)}
	})
}

// PresentedBy lists the webinars that an account presents, newest first, at
// most 200.
func (s *Store) PresentedBy(ctx context.Context, account catalog.AccountID) (webinars []catalog.Webinar, err error) {
	defer wrap(&err, "list webinars presented by %q", account)
	rows, err := s.db.Query(ctx, selectWebinar+`
		and exists (select from webinar_presenters wp where wp.webinar_id = w.id and wp.account_id = $1)
		order by w.id desc limit 200`, account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanWebinar)
}

// UpdateWebinar reads a webinar, lets change alter it and stores it as its next
// version. catalog.ErrVersionMismatch when version is not nil and not the present one.
func (s *Store) UpdateWebinar(ctx context.Context, id catalog.WebinarID, version *int, change func(*catalog.Webinar) error) (w catalog.Webinar, err error) {
	defer wrap(&err, "update webinar %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "webinars", string(id), version); err != nil {
			return err
		}
		if w, err = readWebinar(ctx, tx, nil, id); err != nil {
			return err
		}
		if err := change(&w); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update webinars set title = $2, description = $3, starts_at = $4, ends_at = $5, auto_publish = $6, position = $7,
			       version = version + 1, updated_at = now() where id = $1`,
			id, w.Title, w.Description, w.StartsAt, w.EndsAt, w.AutoPublish, w.Position)
		if err != nil {
			return err
		}
		if err := setPresenters(ctx, tx, id, w.PresenterIDs); err != nil {
			return err
		}
		if w, err = readWebinar(ctx, tx, nil, id); err != nil {
			return err
		}
		return audit(ctx, tx, "webinar.update", "webinar", string(id), map[string]any{"version": w.Version})
	})
	return w, err
}

// DeleteWebinar makes a webinar and its recordings invisible.
func (s *Store) DeleteWebinar(ctx context.Context, id catalog.WebinarID, version *int) (err error) {
	defer wrap(&err, "delete webinar %q", id)
	return s.softDelete(ctx, "webinar", "webinars", string(id), version)
}
