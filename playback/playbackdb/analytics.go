package playbackdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/figures"
	"rounds/catalog/identity"
	"rounds/playback"
)

// Audience counts who has seen what of a webinar's current recording. Those who
// may know: administrators, and who presents or moderates the webinar; for
// others there is none. catalog.ErrNotFound, catalog.ErrNotReady when there is
// no recording.
func (s *Store) Audience(ctx context.Context, who identity.Principal, webinar catalog.WebinarID) (a playback.Audience, err error) {
	defer wrap(&err, "audience of %q", webinar)
	if s.audiences != nil {
		return s.rememberedAudience(ctx, who, webinar)
	}
	err = s.counting(ctx, webinar, func(c *counting) error {
		if err := c.find(who, &a); err != nil {
			return err
		}
		return c.all(&a, c.totals, c.curves, c.countries, c.devices, c.reports, c.questions)
	})
	return a, err
}

// rememberedAudience counts doctors when nobody did so lately. Whoever waits for
// somebody else's counting holds no connection meanwhile.
func (s *Store) rememberedAudience(ctx context.Context, who identity.Principal, webinar catalog.WebinarID) (a playback.Audience, err error) {
	var program catalog.ProgramID
	err = s.counting(ctx, webinar, func(c *counting) error {
		err := c.find(who, &a)
		program = c.program
		return err
	})
	if err != nil {
		return a, err
	}
	chapters, found := a.Chapters, a
	a, err = s.audiences.get(ctx, a.RecordingID, func() (playback.Audience, error) {
		err := s.counting(ctx, webinar, func(c *counting) error {
			c.program = program
			return c.all(&found, c.totals, c.curves, c.countries, c.devices)
		})
		return found, err
	})
	if err != nil {
		return a, err
	}
	a.Chapters = chapters
	return a, s.counting(ctx, webinar, func(c *counting) error { return c.all(&a, c.reports, c.questions) })
}

// counting reads at one moment for all counts, and to an end if somebody's program
// is beyond all bounds.
func (s *Store) counting(ctx context.Context, webinar catalog.WebinarID, read func(*counting) error) error {
	return pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local statement_timeout = '60s'`); err != nil {
			return err
		}
		return read(&counting{ctx: ctx, tx: tx, webinar: webinar})
	})
}

// counting is one reading of an audience.
type counting struct {
	ctx     context.Context
	tx      pgx.Tx
	webinar catalog.WebinarID
	program catalog.ProgramID
}

// all counts one thing after the other.
func (c *counting) all(a *playback.Audience, counts ...func(*playback.Audience) error) error {
	for _, count := range counts {
		if err := count(a); err != nil {
			return err
		}
	}
	return nil
}

// find reads the recording, and that somebody may know.
func (c *counting) find(who identity.Principal, a *playback.Audience) error {
	var recording *catalog.RecordingID
	err := c.tx.QueryRow(c.ctx, `
		select c.program_id, r.id, coalesce(r.duration_ms, 0), coalesce(x.chapters, '[]'), date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
		from webinars w join courses c on c.id = w.course_id and c.deleted_at is null join programs p on p.id = c.program_id and p.deleted_at is null
		left join recordings r on r.id = w.current_recording_id left join recording_extras x on x.recording_id = r.id
		where w.id = $3 and w.deleted_at is null and`+presentedBy,
		who.Admin(), who.AccountID, c.webinar).Scan(&c.program, &recording, &a.DurationMS, &a.Chapters, &a.AsOf)
	switch {
	case err != nil:
		return err
	case recording == nil:
		return catalog.ErrNotReady
	}
	a.RecordingID = *recording
	return nil
}

// enrolledIn are those whom figures are about: ended enrolments are not.
const enrolledIn = ` enrolments e join accounts a on a.id = e.account_id and a.merged_into is null `

func (c *counting) totals(a *playback.Audience) error {
	tail := playback.Tail(a.DurationMS)
	return c.tx.QueryRow(c.ctx, `
		with seen as (select u.enrolment_id, bool_or(u.source = 'live') as live, bool_or(u.source = 'replay') as replay, bool_or(u.ranges && $4) as finished
			from enrolments e join coverage_union u on u.enrolment_id = e.id and u.webinar_id = $2 and u.recording_id = $3
			where e.program_id = $1 and not isempty(u.ranges) group by 1)
		select count(*), count(s.enrolment_id), count(*) filter (where s.finished), count(done.enrolment_id),
			count(*) filter (where s.live), count(*) filter (where s.replay), count(*) filter (where s.live and s.replay)
		from `+enrolledIn+`left join seen s on s.enrolment_id = e.id left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, $2)
		where e.program_id = $1 and e.withdrawn_at is null`,
		c.program, c.webinar, a.RecordingID, formatRanges(playback.Ranges{tail})).
		Scan(&a.Enrolled, &a.Started, &a.Finished, &a.Completed, &a.Live, &a.Replay, &a.Both)
}

// curves sweeps over the ends of all ranges: at each second at which one begins
// or ends, the sum of what has begun and not ended is how many watch from there
// on. A second is watched by whoever watched its middle, so that two ranges
// within one second do not count twice. Who watched live and again counts in
// both, and in the third curve.
//
// The ranges are taken apart in the select list, and twice: as a table function
// beside a list of both ends, four million of them take ten times as long.
func (c *counting) curves(a *playback.Audience) error {
	rows, err := c.tx.Query(c.ctx, `
		with seen as materialized (
			select u.enrolment_id, u.source, u.ranges from `+enrolledIn+`
			join coverage_union u on u.enrolment_id = e.id and u.webinar_id = $2 and u.recording_id = $3
			where e.program_id = $1 and e.withdrawn_at is null),
		kinds as (
			select source, ranges from seen
			union all select 'both', l.ranges * r.ranges from seen l join seen r on r.enrolment_id = l.enrolment_id and l.source = 'live' and r.source = 'replay'),
		ends as (
			select source, (lower(piece) + 499) / 1000 as at, count(*) as by from (select source, unnest(ranges) as piece from kinds) p group by 1, 2
			union all select source, (upper(piece) + 499) / 1000, -count(*) from (select source, unnest(ranges) as piece from kinds) p group by 1, 2),
		steps as (select source, at, sum(by) as by from ends group by 1, 2)
		select source, at, (sum(by) over (partition by source order by at))::int from steps order by source, at`,
		c.program, c.webinar, a.RecordingID)
	if err != nil {
		return err
	}
	steps := map[string][]playback.Step{}
	var source string
	var step playback.Step
	_, err = pgx.ForEachRow(rows, []any{&source, &step.FromS, &step.Watching}, func() error {
		steps[source] = append(steps[source], step)
		return nil
	})
	a.LiveCurve, a.ReplayCurve, a.BothCurve = playback.NewCurve(steps["live"], a.DurationMS), playback.NewCurve(steps["replay"], a.DurationMS), playback.NewCurve(steps["both"], a.DurationMS)
	return err
}

// playedBefore is who has seen something of the webinar ($2) of a program ($1)
// before a time ($3), and with which system she has watched most of what she played.
const playedBefore = `
	with played as materialized (
		select e.id, min(s.started_at) as at, (array_agg(s.device order by s.accepted_ms desc, s.id))[1] as device
		from enrolments e join playback_sessions s on s.account_id = e.account_id and s.enrolment_id = e.id and s.webinar_id = $2
		where e.program_id = $1 and s.started_at < $3 group by 1),
	attended as (
		select t.enrolment_id as id from attendance_imports i join attendance t on t.import_id = i.id
		where i.webinar_id = $2 and i.retracted_at is null and t.enrolment_id is not null and i.created_at < $3 group by 1),
	people as (
		select e.id, a.country, p.device, p.id is not null as plays, done.enrolment_id is not null as completed,
			p.id is not null or t.id is not null or done.enrolment_id is not null as started
		from ` + enrolledIn + `left join played p on p.id = e.id left join attended t on t.id = e.id
		left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, $2) and done.completed_at < $3
		where e.program_id = $1 and e.withdrawn_at is null and e.created_at < $3)`

func (c *counting) countries(a *playback.Audience) (err error) {
	a.Total, a.Countries, err = c.groups(playedBefore+`
		select country, count(*), count(*) filter (where started), count(*) filter (where completed) from people group by 1`, a.AsOf)
	return err
}

// devices are systems: playback sessions keep "Chrome on Windows" in words.
func (c *counting) devices(a *playback.Audience) (err error) {
	a.Viewers, a.Devices, err = c.groups(playedBefore+`
		select case when system in ('iPhone', 'iPad', 'Android', 'Windows', 'Chromebook', 'Mac', 'Linux') then system else '' end,
			count(*), count(*) filter (where completed), 0
		from (select regexp_replace(device, '^.* on ', '') as system, completed from people where plays) d group by 1`, a.AsOf)
	return err
}

func (c *counting) groups(query string, asOf time.Time) (total figures.Row, groups []figures.Row, err error) {
	rows, err := c.tx.Query(c.ctx, query, c.program, c.webinar, asOf)
	if err != nil {
		return total, nil, err
	}
	var r figures.Row
	_, err = pgx.ForEachRow(rows, []any{&r.Name, &r.Counts[0], &r.Counts[1], &r.Counts[2]}, func() error {
		groups = append(groups, r)
		for i, n := range r.Counts {
			total.Counts[i] += n
		}
		return nil
	})
	return total, groups, err
}

// reports are what doctors sent with one tap while they played this recording.
func (c *counting) reports(a *playback.Audience) error {
	rows, err := c.tx.Query(c.ctx, `
		select (r.position_ms / 60000)::int, count(distinct r.account_id)::int
		from play_reports r join playback_sessions s on s.id = r.session_id and s.recording_id = $2
		where r.webinar_id = $1 and r.position_ms is not null group by 1 order by 1`, c.webinar, a.RecordingID)
	if err != nil {
		return err
	}
	a.Reports, err = pgx.CollectRows(rows, pgx.RowToStructByPos[playback.Report])
	return err
}

// questions are what was asked and neither put aside nor taken back, and where on
// this recording.
func (c *counting) questions(a *playback.Audience) error {
	err := c.tx.QueryRow(c.ctx, `select count(*), count(*) filter (where answered_at is null) from questions
		where webinar_id = $1 and dismissed_at is null and withdrawn_at is null`, c.webinar).
		Scan(&a.Questions.All, &a.Questions.Open)
	if err != nil {
		return err
	}
	rows, err := c.tx.Query(c.ctx, `
		select least(place.ms, $2)::bigint as at, count(*)::int from questions q join webinars w on w.id = q.webinar_id
		cross join lateral (`+placeOfQuestion+`) place
		where q.webinar_id = $1 and q.dismissed_at is null group by 1 order by 1`, c.webinar, a.DurationMS-1)
	if err != nil {
		return err
	}
	a.Questions.Placed, err = pgx.CollectRows(rows, pgx.RowToStructByPos[playback.AskedAt])
	return err
}
