package playbackdb

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// progressQuery reads all webinars of the program of an enrolment, in order.
// The recording that counts is the current one, also when it is withdrawn or
// not yet published: what was watched of it stays visible.
const progressQuery = `
	select w.id, w.course_id, w.title,
		coalesce(r.state = 'ready' and r.published_at is not null and r.withdrawn_at is null, false)
			and coalesce(w.opens_at <= now(), true) and coalesce(w.closes_at > now(), true),
		exists (select from course_prerequisites cp where cp.course_id = c.id) and exists (select from missing_prerequisites(c.id, e.account_id))
			and not exists (select from accounts a where a.id = e.account_id and a.roles @> '{admin}')
			and not exists (select from webinar_presenters x where x.webinar_id = w.id and x.account_id = e.account_id)
			and not exists (select from webinar_moderators x where x.webinar_id = w.id and x.account_id = e.account_id),
		coalesce(w.opens_at > now(), false), coalesce(r.duration_ms, 0),
		l.ranges::text, u.ranges::text, coalesce(m.confirmed, false), coalesce(p.position_ms, 0), p.updated_at,
		(select coalesce(sum(s.refused_ms), 0)::bigint from playback_sessions s
			where s.account_id = e.account_id and s.enrolment_id = e.id and s.webinar_id = w.id),
		` + judgingColumns + `
	from enrolments e
	join programs prg on prg.id = e.program_id and prg.deleted_at is null
	join courses c on c.program_id = prg.id and c.deleted_at is null
	join webinars w on w.course_id = c.id and w.deleted_at is null
	left join recordings r on r.id = w.current_recording_id
	left join coverage_union l on (l.enrolment_id, l.webinar_id, l.recording_id, l.source) = (e.id, w.id, r.id, 'live')
	left join coverage_union u on (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (e.id, w.id, r.id, 'replay')
	left join resume_positions p on (p.enrolment_id, p.webinar_id, p.recording_id) = (e.id, w.id, r.id)
	left join live_maps m on m.recording_id = r.id
	` + judgingJoins

const progressOrder = ` order by c.position, c.id, w.position, w.id`

// WebinarProgress tells where an account stands with a webinar.
// catalog.ErrNotFound when there is none or the account is not enrolled in its program.
func (s *Store) WebinarProgress(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID) (p playback.WebinarProgress, err error) {
	defer wrap(&err, "progress with webinar %q", webinar)
	if err := s.freshen(ctx, account, webinar, ""); err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, progressQuery+` where e.account_id = $1 and w.id = $2`+progressOrder, account, webinar)
	if err != nil {
		return p, err
	}
	return pgx.CollectExactlyOneRow(rows, scanProgress)
}

// ProgramProgress tells where an account stands with a program.
// catalog.ErrNotFound when there is none or the account is not enrolled in it.
func (s *Store) ProgramProgress(ctx context.Context, account catalog.AccountID, program catalog.ProgramID) (p playback.ProgramProgress, err error) {
	defer wrap(&err, "progress with program %q", program)
	if err := s.freshen(ctx, account, "", program); err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, progressQuery+` where e.account_id = $1 and e.program_id = $2`+progressOrder, account, program)
	if err != nil {
		return p, err
	}
	p.ProgramID = program
	if p.Webinars, err = pgx.CollectRows(rows, scanProgress); err != nil || len(p.Webinars) > 0 {
		return p, err
	}
	var enrolled bool
	err = s.db.QueryRow(ctx, `select true from enrolments e join programs p on p.id = e.program_id and p.deleted_at is null
		where e.account_id = $1 and e.program_id = $2`, account, program).Scan(&enrolled)
	return p, err
}

func scanProgress(row pgx.CollectableRow) (playback.WebinarProgress, error) {
	var p playback.WebinarProgress
	var position int64
	var rule judging
	err := row.Scan(slices.Concat([]any{
		&p.WebinarID, &p.CourseID, &p.Title, &p.Playable, &p.Locked, &p.Hidden, &p.DurationMS,
		rangesColumn{&p.Coverage.Live},
		rangesColumn{&p.Coverage.Replay},
		&p.Coverage.LiveConfirmed, &position, &p.PlayedAt, &p.RefusedMS,
	}, rule.columns())...)
	if err != nil {
		return p, err
	}
	p.Case = rule.of(p.Coverage, p.DurationMS)
	p.Completion = p.Case.Done
	p.Resume = playback.Resume(position, p.DurationMS)
	p.Requirements = playback.Judge(p.Case)
	return p, nil
}

func isNotFound(err error) bool { return errors.Is(err, catalog.ErrNotFound) }
