package catalogdb

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// OrderCourses puts all courses of a program into the order of ids. A
// *catalog.FieldError on course_ids when these are not exactly its courses.
func (s *Store) OrderCourses(ctx context.Context, id catalog.ProgramID, ids []catalog.CourseID) (err error) {
	defer wrap(&err, "order courses of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "programs", string(id), nil); err != nil {
			return err
		}
		if err := putInOrder(ctx, tx, "courses", "program_id", string(id), "course_ids", ids); err != nil {
			return err
		}
		return audit(ctx, tx, "program.order", aboutProgram, string(id), map[string]any{"course_ids": ids})
	})
}

// OrderWebinars does the same for the webinars of a course, on webinar_ids.
func (s *Store) OrderWebinars(ctx context.Context, id catalog.CourseID, ids []catalog.WebinarID) (err error) {
	defer wrap(&err, "order webinars of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readCourse(ctx, tx, nil, id); err != nil {
			return err
		}
		if err := lockVersion(ctx, tx, "courses", string(id), nil); err != nil {
			return err
		}
		if err := putInOrder(ctx, tx, "webinars", "course_id", string(id), "webinar_ids", ids); err != nil {
			return err
		}
		return audit(ctx, tx, "course.order", "course", string(id), map[string]any{"webinar_ids": ids})
	})
}

func putInOrder[T ~string](ctx context.Context, tx pgx.Tx, table, parent, id, field string, ids []T) error {
	rows, err := tx.Query(ctx, `select id from `+table+` where `+parent+` = $1 and deleted_at is null order by id for update`, id)
	if err != nil {
		return err
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		return err
	}
	if !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(there))) {
		return &catalog.FieldError{Field: field, Code: "incomplete_order", Message: "Please name everything that is in it, each once. Load the list again: it may have changed."}
	}
	_, err = tx.Exec(ctx, `
		update `+table+` t set position = o.n - 1, version = version + 1, updated_at = now()
		from unnest($1::text[]) with ordinality o (id, n) where t.id = o.id and t.position <> o.n - 1`, ids)
	return err
}
