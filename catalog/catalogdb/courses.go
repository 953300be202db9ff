package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectCourse = `
	select c.id, c.program_id, c.title, c.description, c.position, c.version, c.created_at, c.updated_at,
	       coalesce((select jsonb_agg(jsonb_build_object('id', q.id, 'title', q.title) order by q.position, q.id)
	                 from course_prerequisites cp join courses q on q.id = cp.requires_id and q.deleted_at is null where cp.course_id = c.id), '[]'),
	       coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'title', m.title)) from missing_prerequisites(c.id, $1) m
	                 where exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $1 and e.withdrawn_at is null)
	                   and not ` + leadsInCourse + `), '[]')
	from courses c join programs p on p.id = c.program_id
	where c.deleted_at is null and p.deleted_at is null`

func scanCourse(row pgx.CollectableRow) (c catalog.Course, err error) {
	err = row.Scan(&c.ID, &c.ProgramID, &c.Title, &c.Description, &c.Position, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Prerequisites, &c.Missing)
	return c, err
}

func readCourse(ctx context.Context, q querier, viewer *string, id catalog.CourseID) (catalog.Course, error) {
	rows, err := q.Query(ctx, selectCourse+` and `+seesCourse+` and c.id = $2`, viewer, id)
	if err != nil {
		return catalog.Course{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanCourse)
}

// CreateCourse adds a course to its program; a negative position puts it at the end.
func (s *Store) CreateCourse(ctx context.Context, c catalog.Course) (made catalog.Course, err error) {
	defer wrap(&err, "create course in %q", c.ProgramID)
	c.ID = catalog.NewCourseID()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readProgram(ctx, tx, nil, c.ProgramID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into courses (id, program_id, title, description, position)
			values ($1, $2, $3, $4, case when $5 >= 0 then $5 else
			        (select coalesce(max(position) + 1, 0) from courses where program_id = $2 and deleted_at is null) end)`,
			c.ID, c.ProgramID, c.Title, c.Description, c.Position)
		if err != nil {
			return err
		}
		if err := setPrerequisites(ctx, tx, c.ProgramID, c.ID, c.Prerequisites); err != nil {
			return err
		}
		if made, err = readCourse(ctx, tx, nil, c.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "course.create", "course", string(c.ID), map[string]any{"program_id": c.ProgramID, "title": c.Title})
	})
	return made, err
}

// Course returns one course that who may see; catalog.ErrNotFound otherwise.
func (s *Store) Course(ctx context.Context, who identity.Principal, id catalog.CourseID) (c catalog.Course, err error) {
	defer wrap(&err, "read course %q", id)
	return readCourse(ctx, s.db, viewer(who), id)
}

// Courses lists the courses of a program that who may see, in their order.
// catalog.ErrNotFound when she may not see the program.
func (s *Store) Courses(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[catalog.Course], err error) {
	defer wrap(&err, "list courses of %q", program)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if _, err := readProgram(ctx, s.db, viewer(who), program); err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectCourse+` and `+seesCourse+`
		and c.program_id = $2 and (c.position, c.id) > ($3, $4) order by c.position, c.id limit $5`,
		viewer(who), program, after.Position, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanCourse)
	return paged(items, err, p, func(c catalog.Course) catalog.Cursor {
		return catalog.Cursor{Position: c.Position, ID: string(c.ID)}
	})
}

// UpdateCourse reads a course, lets change alter it and stores it as its next
// version. catalog.ErrVersionMismatch when version is not nil and not the present one.
func (s *Store) UpdateCourse(ctx context.Context, id catalog.CourseID, version *int, change func(*catalog.Course) error) (c catalog.Course, err error) {
	defer wrap(&err, "update course %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "courses", string(id), version); err != nil {
			return err
		}
		if c, err = readCourse(ctx, tx, nil, id); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update courses set title = $2, description = $3, position = $4, version = version + 1, updated_at = now() where id = $1`,
			id, c.Title, c.Description, c.Position)
		if err != nil {
			return err
		}
		if err := setPrerequisites(ctx, tx, c.ProgramID, id, c.Prerequisites); err != nil {
			return err
		}
		if c, err = readCourse(ctx, tx, nil, id); err != nil {
			return err
		}
		return audit(ctx, tx, "course.update", "course", string(id), map[string]any{"version": c.Version})
	})
	return c, err
}

// DeleteCourse makes a course and its webinars invisible.
func (s *Store) DeleteCourse(ctx context.Context, id catalog.CourseID, version *int) (err error) {
	defer wrap(&err, "delete course %q", id)
	return s.softDelete(ctx, "course", "courses", string(id), version)
}
