package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/figures"
	"rounds/catalog/identity"
)

// AddSponsor lets an account that has the role see the figures of a program.
// Idempotent. catalog.ErrNotFound when there is no such program, a
// *catalog.FieldError when the account has not the role.
func (s *Store) AddSponsor(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) (err error) {
	defer wrap(&err, "add sponsor of %q", program)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readProgram(ctx, tx, nil, program); err != nil {
			return err
		}
		sponsor, err := one[bool](ctx, tx, `select exists (select from accounts where id = $1 and 'sponsor' = any(roles))`, account)
		if err != nil {
			return err
		}
		if !sponsor {
			return &catalog.FieldError{Field: "path.account_id", Code: "no_sponsor", Message: "There is no such account that has the role of a sponsor."}
		}
		added, err := tx.Exec(ctx, `insert into program_sponsors (program_id, account_id, added_by) values ($1, $2, $3) on conflict do nothing`,
			program, account, identity.FromContext(ctx).Actor())
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, "program.add_sponsor", aboutProgram, string(program), map[string]any{detailAccount: account})
	})
}

// RemoveSponsor takes that back. Idempotent.
func (s *Store) RemoveSponsor(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) (err error) {
	defer wrap(&err, "remove sponsor of %q", program)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		gone, err := tx.Exec(ctx, `delete from program_sponsors where program_id = $1 and account_id = $2`, program, account)
		if err != nil || gone.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, "program.remove_sponsor", aboutProgram, string(program), map[string]any{detailAccount: account})
	})
}

// SponsoredPrograms lists the programs whose figures somebody may see, by title:
// an administrator those of all.
func (s *Store) SponsoredPrograms(ctx context.Context, who identity.Principal) (programs []identity.Participation, err error) {
	defer wrap(&err, "list sponsored programs")
	rows, err := s.db.Query(ctx, `
		select p.id, p.title, p.created_at from programs p where p.deleted_at is null`+noRehearsal+`
			and ($1::text is null or exists (select from program_sponsors s where s.program_id = p.id and s.account_id = $1))
		order by p.title, p.id limit 1000`, viewer(who))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p identity.Participation, err error) {
		err = row.Scan(&p.ProgramID, &p.Title, &p.Since)
		return p, err
	})
}

// maySee is pgx.ErrNoRows unless somebody may see a program's figures.
func maySee(ctx context.Context, q querier, who identity.Principal, program catalog.ProgramID) error {
	_, err := one[bool](ctx, q, `
		select true from programs p where p.id = $1 and p.deleted_at is null`+noRehearsal+`
			and ($2::text is null or exists (select from program_sponsors s where s.program_id = p.id and s.account_id = $2))`, program, viewer(who))
	return err
}

// SponsorFigures are what sponsors are told of a program: counted once a week,
// up to Monday 00:00 UTC. catalog.ErrNotFound when who may not see them.
func (s *Store) SponsorFigures(ctx context.Context, who identity.Principal, program catalog.ProgramID) (r figures.Report, err error) {
	defer wrap(&err, "figures of %q", program)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := maySee(ctx, tx, who, program); err != nil {
			return err
		}
		asOf, err := one[time.Time](ctx, tx, `select date_trunc('week', now() at time zone 'UTC') at time zone 'UTC'`)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('figures:' || $1, 0))`, program); err != nil {
			return err
		}
		r, err = one[figures.Report](ctx, tx, `select figures from sponsor_figures where program_id = $1 and as_of = $2`, program, asOf)
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		counted, err := countPeople(ctx, tx, program, asOf)
		if err != nil {
			return err
		}
		r = counted.Report(asOf)
		_, err = tx.Exec(ctx, `insert into sponsor_figures (program_id, as_of, figures) values ($1, $2, $3)`, program, asOf, r)
		return err
	})
	return r, err
}

// peopleQuery is everybody who takes part in a program ($1) before a time ($2):
// since when, when active first, when the last webinar was completed.
const peopleQuery = `
	with webinars_of as (select w.id, w.course_id from webinars w join courses c on c.id = w.course_id
			where c.program_id = $1 and c.deleted_at is null and w.deleted_at is null),
	played as (select e.id, s.webinar_id, min(s.started_at) as at from enrolments e
			join playback_sessions s on s.account_id = e.account_id and s.enrolment_id = e.id where e.program_id = $1 and s.started_at < $2 group by 1, 2
		union all select a.enrolment_id, i.webinar_id, min(a.joined_at) from attendance_imports i join attendance a on a.import_id = i.id
			where i.webinar_id in (select id from webinars_of) and i.retracted_at is null and a.enrolment_id is not null and i.created_at < $2 group by 1, 2),
	credited as (select e.id, c.webinar_id, c.completed_at as at from enrolments e join completions c on c.enrolment_id = e.id
			where e.program_id = $1 and c.completed_at < $2 and c.webinar_id in (select id from webinars_of)),
	people as materialized (
		select e.id, a.country, initcap(btrim(a.speciality)) as speciality, e.created_at as since,
			least((select min(at) from played p where p.id = e.id), (select min(at) from credited c where c.id = e.id)) as active_at,
			(select max(at) from credited c where c.id = e.id having count(*) >= (select count(*) from webinars_of) and count(*) > 0) as completed_at
		from enrolments e join accounts a on a.id = e.account_id
		where e.program_id = $1 and e.created_at < $2 and a.merged_into is null)`

func countPeople(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, asOf time.Time) (c figures.Counted, err error) {
	rows, err := tx.Query(ctx, peopleQuery+`
		select 'total', '', count(*), count(active_at), count(completed_at) from people
		union all select 'country', country, count(*), count(active_at), count(completed_at) from people group by 2
		union all select 'speciality', speciality, count(*), count(active_at), count(completed_at) from people group by 2
		union all select 'week', to_char(week, 'YYYY-MM-DD'), count(*) filter (where what = 0), count(*) filter (where what = 1), count(*) filter (where what = 2)
			from (select what, date_trunc('week', at at time zone 'UTC') as week from people, unnest(array[since, active_at, completed_at]) with ordinality u(at, n), lateral (select n - 1 as what) x
				where at is not null) w group by 2
		order by 1, 2`, program, asOf)
	if err != nil {
		return c, err
	}
	var table string
	var r figures.Row
	_, err = pgx.ForEachRow(rows, []any{&table, &r.Name, &r.Counts[0], &r.Counts[1], &r.Counts[2]}, func() error {
		switch table {
		case "total":
			c.Total = r
		case "country":
			c.Countries = append(c.Countries, r)
		case "speciality":
			c.Specialities = append(c.Specialities, r)
		default:
			c.Weeks = append(c.Weeks, r)
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	c.Courses, err = countCourses(ctx, tx, program, asOf)
	return c, err
}

// countCourses counts who was active in each course and has completed it.
func countCourses(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, asOf time.Time) ([]figures.Row, error) {
	rows, err := tx.Query(ctx, peopleQuery+`,
	standing as (
		select w.course_id, p.id, count(done.at) = (select count(*) from webinars_of x where x.course_id = w.course_id) as completed
		from people p cross join webinars_of w
		left join (select id, webinar_id, min(at) as at from played group by 1, 2) seen on (seen.id, seen.webinar_id) = (p.id, w.id)
		left join credited done on (done.id, done.webinar_id) = (p.id, w.id)
		where seen.id is not null or done.id is not null group by 1, 2)
	select c.title, (select count(*) from people), count(s.id), count(s.id) filter (where s.completed)
	from courses c left join standing s on s.course_id = c.id
	where c.program_id = $1 and c.deleted_at is null group by c.id order by c.position, c.id`, program, asOf)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r figures.Row, err error) {
		err = row.Scan(&r.Name, &r.Counts[0], &r.Counts[1], &r.Counts[2])
		return r, err
	})
}

// SponsorContacts lists who takes part in a program and whose newest word on
// identity.PurposeSponsor is yes, by name. That somebody looked is audited.
// catalog.ErrNotFound when who may not see the program's figures.
func (s *Store) SponsorContacts(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[identity.Contact], err error) {
	defer wrap(&err, "contacts of %q", program)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := maySee(ctx, tx, who, program); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			select a.id, a.name, a.country, a.speciality, c.text_version, c.at
			from enrolments e join accounts a on a.id = e.account_id
			join lateral (select granted, text_version, at from consents where account_id = a.id and purpose = $2 order by at desc limit 1) c on c.granted
			where e.program_id = $1 and e.withdrawn_at is null and a.disabled_at is null and a.id > $3 order by a.id limit $4`,
			program, identity.PurposeSponsor, after.ID, p.Size()+1)
		if err != nil {
			return err
		}
		items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.Contact])
		page, err = paged(items, err, p, func(c identity.Contact) catalog.Cursor { return catalog.Cursor{ID: string(c.AccountID)} })
		if err != nil {
			return err
		}
		return audit(ctx, tx, "sponsor.read_contacts", aboutProgram, string(program), map[string]any{"people": len(page.Items)})
	})
	return page, err
}
