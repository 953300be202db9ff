package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// usualLength is how long a webinar is taken to be whose end nobody entered.
const usualLength = 2 * time.Hour

// Crowds lists the live webinars that are on at some time of a span, with the
// doctors who may come: whoever is enrolled in the program and was not withdrawn.
func (s *Store) Crowds(ctx context.Context, from, to time.Time) (crowds []catalog.Crowd, err error) {
	defer wrap(&err, "Crowds")
	rows, err := s.db.Query(ctx, `
		select w.id, w.title, w.starts_at, coalesce(w.ends_at, w.starts_at + $3),
			(select count(*) from enrolments e where e.program_id = c.program_id and e.withdrawn_at is null),
			coalesce(w.expected_viewers, 0)
		from webinars w
		join courses c on c.id = w.course_id and c.deleted_at is null
		join programs p on p.id = c.program_id and p.deleted_at is null
		where w.deleted_at is null and w.starts_at < $2 and coalesce(w.ends_at, w.starts_at + $3) > $1
		order by w.starts_at, w.id`, from, to, usualLength)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c catalog.Crowd, err error) {
		return c, row.Scan(&c.Webinar, &c.Title, &c.StartsAt, &c.EndsAt, &c.Doctors, &c.Expected)
	})
}
