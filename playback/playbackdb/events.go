package playbackdb

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// tellCompleted tells other systems which courses and programs are completed by
// completions that were written just now, and issues the certificates of these
// programs, in the same transaction. Those of one
// enrolment take turns: of two webinars that are completed at the same moment
// the later one must see the other, or neither would complete the course.
func tellCompleted(ctx context.Context, tx pgx.Tx, written []Change) error {
	if len(written) == 0 {
		return nil
	}
	enrolments := make([]string, len(written))
	for i, c := range written {
		enrolments[i] = string(c.Enrolment)
	}
	slices.Sort(enrolments)
	enrolments = slices.Compact(enrolments)
	if _, err := tx.Exec(ctx, `select from enrolments where id = any($1) order by id for no key update`, enrolments); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `select tell_completed($1)`, enrolments)
	return err
}
