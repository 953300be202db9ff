package catalogdb

import (
	"context"
	"iter"

	"rounds/catalog"
)

// ExportAccounts streams all accounts as lines of a table, the headings first.
// The connection is held until the last was read.
func (s *Store) ExportAccounts(ctx context.Context) (lines iter.Seq2[[]string, error], err error) {
	defer wrap(&err, "export accounts")
	return s.table(ctx,
		[]string{"id", "email", "name", "roles", "country", "time_zone", "speciality", "locale", "phone", "certificate_name", "council", "council_number", "disabled", "created_at"}, `
		select id, email, name, array_to_string(roles, ' '), country, time_zone, speciality, locale, phone, certificate_name, council, council_number,
		       (disabled_at is not null)::text, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
		from accounts order by id`)
}

// ExportEnrolments streams who takes part in a program, and how far they are,
// as ExportAccounts does. catalog.ErrNotFound when there is no such program.
func (s *Store) ExportEnrolments(ctx context.Context, program catalog.ProgramID) (lines iter.Seq2[[]string, error], err error) {
	defer wrap(&err, "export enrolments in %q", program)
	if _, err := readProgram(ctx, s.db, nil, program); err != nil {
		return nil, err
	}
	return s.table(ctx,
		[]string{"enrolment_id", "account_id", "email", "name", "country", "speciality", "council", "council_number", "via", "enrolled_at", "ended_at", "webinars_completed", "webinars"}, `
		select e.id, a.id, a.email, a.name, a.country, a.speciality, a.council, a.council_number, e.via,
		       to_char(e.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		       coalesce(to_char(e.withdrawn_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
		       (select count(*) from completions d join webinars w on w.id = d.webinar_id and w.deleted_at is null where d.enrolment_id = e.id)::text, n.webinars::text
		from enrolments e join accounts a on a.id = e.account_id,
		     (select count(*) as webinars from webinars w join courses c on c.id = w.course_id
		      where c.program_id = $1 and w.deleted_at is null and c.deleted_at is null) n
		where e.program_id = $1 order by e.id`, program)
}

func (s *Store) table(ctx context.Context, heading []string, sql string, args ...any) (iter.Seq2[[]string, error], error) {
	rows, err := s.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return func(yield func([]string, error) bool) {
		defer rows.Close()
		if !yield(heading, nil) {
			return
		}
		cells := make([]string, len(heading))
		into := make([]any, len(heading))
		for i := range cells {
			into[i] = &cells[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); !yield(cells, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, translate(err))
		}
	}, nil
}
