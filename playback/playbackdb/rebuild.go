package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// RebuildUnion derives the unions of an enrolment from its coverage again. It
// is idempotent, and right also while beats arrive: a beat that is being
// written adds to the row after us, one that is written is seen, since the
// rows are locked before coverage is read.
func (s *Store) RebuildUnion(ctx context.Context, enrolment catalog.EnrolmentID) (err error) {
	defer wrap(&err, "rebuild unions of %q", enrolment)
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`insert into coverage_union (enrolment_id, webinar_id, recording_id, source)
			select distinct enrolment_id, webinar_id, recording_id, source from coverage where enrolment_id = $1
			order by 1, 2, 3, 4 on conflict do nothing`,
			`select from coverage_union where enrolment_id = $1 order by enrolment_id, webinar_id, recording_id, source for no key update`,
			`update coverage_union u set ranges = coalesce((
				select range_agg(c.ranges) from coverage c
				where (c.enrolment_id, c.webinar_id, c.recording_id, c.source) = (u.enrolment_id, u.webinar_id, u.recording_id, u.source)
			), '{}') where u.enrolment_id = $1`,
		} {
			if _, err := tx.Exec(ctx, sql, enrolment); err != nil {
				return err
			}
		}
		return nil
	})
}
