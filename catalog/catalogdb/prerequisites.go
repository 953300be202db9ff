package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// setPrerequisites replaces what a course asks for. Changes in one program wait
// for each other, or two of them could close a circle that neither sees. The
// error is a *catalog.FieldError on prerequisite_ids.
func setPrerequisites(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, id catalog.CourseID, asked []catalog.CourseRef) error {
	if _, err := tx.Exec(ctx, `select from programs where id = $1 for no key update`, program); err != nil {
		return err
	}
	ids := make([]catalog.CourseID, len(asked))
	for i, c := range asked {
		ids[i] = c.ID
	}
	known, err := one[int](ctx, tx, `select count(*)::int from courses where program_id = $1 and id = any($2) and deleted_at is null`, program, ids)
	if err != nil {
		return err
	}
	if known != len(ids) {
		return &catalog.FieldError{Field: "prerequisite_ids", Code: "unknown_course", Message: "Please name other courses of the same program, each once."}
	}
	_, err = tx.Exec(ctx, `delete from course_prerequisites where course_id = $1 and requires_id <> all($2)`, id, ids)
	if err != nil {
		return err
	}
	if err := refuseCircle(ctx, tx, program, id, ids); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into course_prerequisites (course_id, requires_id) select $1, unnest($2::text[]) on conflict do nothing`, id, ids)
	return err
}

func refuseCircle(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, id catalog.CourseID, ids []catalog.CourseID) error {
	rows, err := tx.Query(ctx, `
		select cp.course_id, cp.requires_id from course_prerequisites cp join courses c on c.id = cp.course_id where c.program_id = $1`, program)
	if err != nil {
		return err
	}
	requires := map[catalog.CourseID][]catalog.CourseID{}
	var course, needs catalog.CourseID
	_, err = pgx.ForEachRow(rows, []any{&course, &needs}, func() error {
		requires[course] = append(requires[course], needs)
		return nil
	})
	if err != nil {
		return err
	}
	requires[id] = ids
	if catalog.RequiresItself(id, requires) != nil {
		return &catalog.FieldError{
			Field: "prerequisite_ids", Code: "circular_prerequisites",
			Message: "These courses would wait for each other, and nobody could begin. Please leave out the one that asks for this course.",
		}
	}
	return nil
}
