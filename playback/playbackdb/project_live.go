package playbackdb

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// ProjectLive derives the live coverage of a webinar and the positions where
// its doctors left from stored attendance again. It is idempotent; reading
// progress and starting to play do it when something it rests on has changed.
// catalog.ErrNotFound when there is no such webinar.
func (s *Store) ProjectLive(ctx context.Context, webinar catalog.WebinarID) (err error) {
	defer wrap(&err, "project attendance of %q", webinar)
	return s.withAttendance(ctx, webinar, func(tx pgx.Tx, w live) error { return project(ctx, tx, w) })
}

// behindQuery finds the webinars of an account whose projection is behind:
// another recording became current, its live map or the schedule changed, or
// the account has only now come to be enrolled with an address that attended.
const behindQuery = `
	select w.id from webinars w
	join courses c on c.id = w.course_id
	join enrolments e on e.program_id = c.program_id and e.account_id = $1
	join recordings r on r.id = w.current_recording_id
	left join live_maps m on m.recording_id = r.id
	left join attendance_projections p on p.webinar_id = w.id
	where (w.id = $2 or c.program_id = $3)
		and exists (select from attendance_imports i where i.webinar_id = w.id)
		and ((p.recording_id, p.starts_at, p.map_set_at) is distinct from (r.id, w.starts_at, m.updated_at)
			or exists (select from attendance_imports i join attendance a on a.import_id = i.id
				where i.webinar_id = w.id and i.retracted_at is null and a.enrolment_id is null and a.email <> ''
					and a.email in (select email from accounts where id = $1 union all select email from account_emails where account_id = $1)))
	order by w.id`

// freshen carries what an account has on replaced recordings over, and projects
// attendance of what it is about to see, where that is behind. It happens at
// reading, so that no writer of recordings, maps, schedules or enrolments needs
// to know of them, or can forget them. Exactly one of webinar and program is given.
func (s *Store) freshen(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID, program catalog.ProgramID) error {
	if err := s.carry(ctx, account, webinar, program); err != nil {
		return err
	}
	behind, err := readBehind(ctx, s.db, account, webinar, program)
	for _, id := range behind {
		if err == nil {
			err = s.catchUp(ctx, account, id)
		}
	}
	return err
}

// ProjectBehind projects every webinar whose recording, live map or schedule
// has changed since, and returns how many. Who only attended live may never
// read her progress: her completion is recorded all the same.
func (s *Store) ProjectBehind(ctx context.Context) (done int, err error) {
	defer wrap(&err, "project attendance that is behind")
	rows, err := s.db.Query(ctx, `
		select w.id from webinars w
		join recordings r on r.id = w.current_recording_id
		left join live_maps m on m.recording_id = r.id
		left join attendance_projections p on p.webinar_id = w.id
		where w.deleted_at is null and exists (select from attendance_imports i where i.webinar_id = w.id)
			and (p.recording_id, p.starts_at, p.map_set_at) is distinct from (r.id, w.starts_at, m.updated_at)
		order by w.id`)
	if err != nil {
		return 0, err
	}
	behind, err := pgx.CollectRows(rows, pgx.RowTo[catalog.WebinarID])
	for _, id := range behind {
		if err != nil {
			break
		}
		if err = s.ProjectLive(ctx, id); err == nil {
			done++
		}
	}
	return done, err
}

func readBehind(ctx context.Context, q querier, account catalog.AccountID, webinar catalog.WebinarID, program catalog.ProgramID) ([]catalog.WebinarID, error) {
	rows, err := q.Query(ctx, behindQuery, account, webinar, program)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.WebinarID])
}

// catchUp projects a webinar unless somebody else has done so meanwhile: when a
// recording is published, thousands come at once, and one of them does it.
func (s *Store) catchUp(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID) error {
	return s.withAttendance(ctx, webinar, func(tx pgx.Tx, w live) error {
		behind, err := readBehind(ctx, tx, account, webinar, "")
		if err != nil || len(behind) == 0 {
			return err
		}
		return project(ctx, tx, w)
	})
}

// project derives all live rows of a webinar. Without a current recording there
// is no timeline: what lies on an earlier one stays, unless it was retracted.
// The caller holds the webinar's attendance lock.
func project(ctx context.Context, tx pgx.Tx, w live) error {
	if err := matchLate(ctx, tx, w.webinar); err != nil {
		return err
	}
	touched, err := dropLive(ctx, tx, w)
	if err != nil {
		return err
	}
	if w.recording != nil {
		attended, err := readAttendance(ctx, tx, w.webinar)
		if err != nil {
			return err
		}
		if err := insertLive(ctx, tx, w, attended, touched); err != nil {
			return err
		}
	}
	if err := deriveUnions(ctx, tx, w.webinar, touched); err != nil {
		return err
	}
	if err := derivePositions(ctx, tx, w.webinar, touched); err != nil {
		return err
	}
	if w.mapping() == playback.MappingConfirmed { // else nothing live is certain, and for replay a beat has done it
		if err := settle(ctx, tx, w.webinar, ""); err != nil {
			return err
		}
	}
	return noteProjection(ctx, tx, w)
}

// matchLate gives rows to those who were enrolled after the import.
func matchLate(ctx context.Context, tx pgx.Tx, webinar catalog.WebinarID) error {
	_, err := tx.Exec(ctx, `
		update attendance t set enrolment_id = e.id
		from attendance_imports i, webinars w, courses c, enrolments e
		where i.webinar_id = $1 and i.retracted_at is null and t.import_id = i.id and t.enrolment_id is null
			and w.id = i.webinar_id and c.id = w.course_id and e.program_id = c.program_id
			and e.account_id = attending_account(c.program_id, t.email, t.name)`, webinar)
	return err
}

// dropLive removes the live coverage that is to be derived again and returns
// whose and of which recordings it was. Coverage is locked in the order of its
// key, as everywhere.
func dropLive(ctx context.Context, tx pgx.Tx, w live) (map[unionKey]bool, error) {
	rows, err := tx.Query(ctx, `
		delete from coverage where (origin_id, enrolment_id, webinar_id) in (
			select c.origin_id, c.enrolment_id, c.webinar_id from attendance_imports i
			join coverage c on c.origin_id = i.id
			where i.webinar_id = $1 and ($2 or i.retracted_at is not null)
			order by 1, 2, 3 for no key update of c)
		returning enrolment_id, recording_id`, w.webinar, w.recording != nil)
	if err != nil {
		return nil, err
	}
	touched := map[unionKey]bool{}
	key := unionKey{webinar: string(w.webinar)}
	_, err = pgx.ForEachRow(rows, []any{&key.enrolment, &key.recording}, func() error {
		touched[key] = true
		return nil
	})
	return touched, err
}

// insertLive writes what attendance gives on the current recording.
func insertLive(ctx context.Context, tx pgx.Tx, w live, attended map[attendedBy][]playback.Attended, touched map[unionKey]bool) error {
	pieces := w.pieces()
	var imports, enrolments, ranges []string
	for _, by := range sortedBy(attended) {
		watched := playback.OnRecording(pieces, attended[by], w.durationMS)
		if len(watched) == 0 {
			continue
		}
		imports, enrolments = append(imports, by.importID), append(enrolments, by.enrolment)
		ranges = append(ranges, formatRanges(watched))
		touched[unionKey{by.enrolment, string(w.webinar), *w.recording}] = true
	}
	_, err := tx.Exec(ctx, `
		insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges)
		select u.origin, u.enrolment, $1, $2, 'live', u.ranges::int4multirange
		from unnest($3::text[], $4::text[], $5::text[]) as u(origin, enrolment, ranges)`,
		w.webinar, *w.recording, imports, enrolments, ranges)
	return err
}

func (a attendedBy) compare(b attendedBy) int {
	return cmp.Or(cmp.Compare(a.importID, b.importID), cmp.Compare(a.enrolment, b.enrolment))
}

// columnsOf spells the touched keys in the order in which rows are locked.
func columnsOf(touched map[unionKey]bool) keyColumns {
	var keys keyColumns
	for _, key := range slices.SortedFunc(maps.Keys(touched), unionKey.compare) {
		keys.add(key)
	}
	return keys
}

// deriveUnions makes the live unions what coverage says; one of nothing goes.
func deriveUnions(ctx context.Context, tx pgx.Tx, webinar catalog.WebinarID, touched map[unionKey]bool) error {
	keys := columnsOf(touched)
	for _, sql := range []string{
		`select from coverage_union u join unnest($2::text[], $3::text[]) as k(enrolment, recording)
			on (u.enrolment_id, u.recording_id) = (k.enrolment, k.recording)
		where u.webinar_id = $1 and u.source = 'live' order by u.enrolment_id, u.recording_id for no key update of u`,
		`delete from coverage_union u using unnest($2::text[], $3::text[]) as k(enrolment, recording)
		where (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (k.enrolment, $1, k.recording, 'live')`,
		`insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges)
		select c.enrolment_id, c.webinar_id, c.recording_id, c.source, range_agg(c.ranges)
		from unnest($2::text[], $3::text[]) as k(enrolment, recording)
		join coverage c on (c.enrolment_id, c.webinar_id, c.recording_id, c.source) = (k.enrolment, $1, k.recording, 'live')
		group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
	} {
		if _, err := tx.Exec(ctx, sql, webinar, keys.enrolments, keys.recordings); err != nil {
			return err
		}
	}
	return nil
}

// derivePositions lets the doctors go on where they left the live session, as of
// when they left it. What a player has said is never touched: it came later.
func derivePositions(ctx context.Context, tx pgx.Tx, webinar catalog.WebinarID, touched map[unionKey]bool) error {
	keys := columnsOf(touched)
	for _, sql := range []string{
		`select from resume_positions p join unnest($2::text[], $3::text[]) as k(enrolment, recording)
			on (p.enrolment_id, p.recording_id) = (k.enrolment, k.recording)
		where p.webinar_id = $1 and p.session_id = 'live' order by p.enrolment_id, p.recording_id for no key update of p`,
		`delete from resume_positions p using unnest($2::text[], $3::text[]) as k(enrolment, recording)
		where (p.enrolment_id, p.webinar_id, p.recording_id) = (k.enrolment, $1, k.recording) and p.session_id = 'live'`,
		`with gone as (
			select a.enrolment_id, max(a.left_at) as left_at from attendance_imports i join attendance a on a.import_id = i.id
			where i.webinar_id = $1 and i.retracted_at is null and a.enrolment_id = any($2) group by 1)
		insert into resume_positions (enrolment_id, webinar_id, recording_id, position_ms, session_id, device, updated_at)
		select u.enrolment_id, u.webinar_id, u.recording_id, upper(u.ranges), 'live', 'the live session', coalesce(g.left_at, now())
		from unnest($2::text[], $3::text[]) as k(enrolment, recording)
		join coverage_union u on (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (k.enrolment, $1, k.recording, 'live')
		left join gone g on g.enrolment_id = u.enrolment_id
		order by 1, 2, 3
		on conflict (enrolment_id, webinar_id, recording_id) do nothing`,
	} {
		if _, err := tx.Exec(ctx, sql, webinar, keys.enrolments, keys.recordings); err != nil {
			return err
		}
	}
	return nil
}

// noteProjection remembers by what the rows were derived.
func noteProjection(ctx context.Context, tx pgx.Tx, w live) error {
	if w.recording == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into attendance_projections (webinar_id, recording_id, starts_at, map_set_at) values ($1, $2, $3, $4)
		on conflict (webinar_id) do update
		set recording_id = excluded.recording_id, starts_at = excluded.starts_at, map_set_at = excluded.map_set_at`,
		w.webinar, *w.recording, w.startsAt, w.mapSetAt)
	return err
}
