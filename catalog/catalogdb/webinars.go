package catalogdb

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectWebinar = `
	select w.id, w.course_id, w.title, w.description, w.starts_at, w.ends_at, w.auto_publish, w.position,
	       coalesce(w.current_recording_id, ''), w.version, w.created_at, w.updated_at,
	       p.id, p.title, c.title, p.rehearsal_of is not null, coalesce(cur.duration_ms, 0),
	       coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name, a.id)
	                 from webinar_presenters wp join accounts a on a.id = wp.account_id where wp.webinar_id = w.id), '[]'),
	       coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name) order by a.name, a.id)
	                 from webinar_moderators wm join accounts a on a.id = wm.account_id where wm.webinar_id = w.id), '[]'),
	       w.time_zone, w.opens_at, w.closes_at, coalesce(w.expected_viewers, 0)
	from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
	     left join recordings cur on cur.id = w.current_recording_id
	where w.deleted_at is null and c.deleted_at is null and p.deleted_at is null`

func scanWebinar(row pgx.CollectableRow) (w catalog.Webinar, err error) {
	err = row.Scan(&w.ID, &w.CourseID, &w.Title, &w.Description, &w.StartsAt, &w.EndsAt, &w.AutoPublish, &w.Position,
		&w.CurrentRecordingID, &w.Version, &w.CreatedAt, &w.UpdatedAt,
		&w.Around.ProgramID, &w.Around.ProgramTitle, &w.Around.CourseTitle, &w.Around.Rehearsal, &w.Around.DurationMS, &w.Around.Presenters, &w.Around.Moderators,
		&w.TimeZone, &w.OpensAt, &w.ClosesAt, &w.ExpectedViewers)
	w.PresenterIDs, w.ModeratorIDs = idsOf(w.Around.Presenters), idsOf(w.Around.Moderators)
	return w, err
}

func idsOf(people []catalog.Presenter) []catalog.AccountID {
	ids := make([]catalog.AccountID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return ids
}

func readWebinar(ctx context.Context, q querier, viewer *string, id catalog.WebinarID) (catalog.Webinar, error) {
	rows, err := q.Query(ctx, selectWebinar+` and `+seesWebinar+` and w.id = $2`, viewer, id)
	if err != nil {
		return catalog.Webinar{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanWebinar)
}

// CreateWebinar adds a webinar to its course; a negative position puts it at
// the end. Who may not present or moderate is a *catalog.FieldError on
// presenter_ids or moderator_ids.
func (s *Store) CreateWebinar(ctx context.Context, w catalog.Webinar) (made catalog.Webinar, err error) {
	defer wrap(&err, "create webinar in %q", w.CourseID)
	w.ID = catalog.NewWebinarID()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readCourse(ctx, tx, nil, w.CourseID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into webinars (id, course_id, title, description, starts_at, ends_at, auto_publish, position, time_zone, opens_at, closes_at, expected_viewers)
			values ($1, $2, $3, $4, $5, $6, $7, case when $8 >= 0 then $8 else
			        (select coalesce(max(position) + 1, 0) from webinars where course_id = $2 and deleted_at is null) end, $9, $10, $11, nullif($12::int, 0))`,
			w.ID, w.CourseID, w.Title, w.Description, w.StartsAt, w.EndsAt, w.AutoPublish, w.Position, w.TimeZone, w.OpensAt, w.ClosesAt, w.ExpectedViewers)
		if err != nil {
			return err
		}
		if err := setLeads(ctx, tx, w); err != nil {
			return err
		}
		if made, err = readWebinar(ctx, tx, nil, w.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "webinar.create", "webinar", string(w.ID), map[string]any{"course_id": w.CourseID, "title": w.Title})
	})
	return made, err
}

// Webinar returns one webinar that who may see; catalog.ErrNotFound otherwise,
// and a *catalog.ConflictError when she has to complete other courses first.
func (s *Store) Webinar(ctx context.Context, who identity.Principal, id catalog.WebinarID) (w catalog.Webinar, err error) {
	defer wrap(&err, "read webinar %q", id)
	if w, err = readWebinar(ctx, s.db, viewer(who), id); err != nil || who.Admin() {
		return w, err
	}
	if slices.Contains(w.PresenterIDs, who.AccountID) || slices.Contains(w.ModeratorIDs, who.AccountID) {
		return w, nil
	}
	rows, err := s.db.Query(ctx, `select id, title from missing_prerequisites($1, $2)`, w.CourseID, who.AccountID)
	if err != nil {
		return w, err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.CourseRef])
	if err != nil {
		return w, err
	}
	return w, catalog.PrerequisitesMissing(missing)
}

// Webinars lists the webinars of a course that who may see, in their order.
// catalog.ErrNotFound when she may not see the course, a *catalog.ConflictError
// when she has to complete other courses first.
func (s *Store) Webinars(ctx context.Context, who identity.Principal, course catalog.CourseID, p catalog.PageRequest) (page catalog.Page[catalog.Webinar], err error) {
	defer wrap(&err, "list webinars of %q", course)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	in, err := readCourse(ctx, s.db, viewer(who), course)
	if err == nil {
		err = catalog.PrerequisitesMissing(in.Missing)
	}
	if err != nil {
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
// most 200; her rehearsal is none of them.
func (s *Store) PresentedBy(ctx context.Context, account catalog.AccountID) (webinars []catalog.Webinar, err error) {
	defer wrap(&err, "list webinars presented by %q", account)
	rows, err := s.db.Query(ctx, selectWebinar+noRehearsal+`
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
			       time_zone = $8, opens_at = $9, closes_at = $10, expected_viewers = nullif($11::int, 0), version = version + 1, updated_at = now() where id = $1`,
			id, w.Title, w.Description, w.StartsAt, w.EndsAt, w.AutoPublish, w.Position, w.TimeZone, w.OpensAt, w.ClosesAt, w.ExpectedViewers)
		if err != nil {
			return err
		}
		if err := setLeads(ctx, tx, w); err != nil {
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
