package playbackdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// Explain tells why an account has completed a program or not.
// catalog.ErrNotFound when there is none or the account is not enrolled in it.
func (s *Store) Explain(ctx context.Context, account catalog.AccountID, program catalog.ProgramID) (e playback.Explanation, err error) {
	defer wrap(&err, "explain program %q", program)
	progress, err := s.ProgramProgress(ctx, account, program)
	if err != nil {
		return e, err
	}
	enrolment, err := s.explainWho(ctx, &e, account, program)
	if err != nil {
		return e, err
	}
	webinars := map[catalog.WebinarID]*playback.WebinarExplanation{}
	e.Webinars = make([]playback.WebinarExplanation, len(progress.Webinars))
	for i, w := range progress.Webinars {
		e.Webinars[i].WebinarProgress = w
		webinars[w.WebinarID] = &e.Webinars[i]
	}
	for _, fill := range []func(context.Context, string, map[catalog.WebinarID]*playback.WebinarExplanation) error{
		s.explainPieces, s.explainSessions, s.explainLive, s.explainCarried,
	} {
		if err := fill(ctx, enrolment, webinars); err != nil {
			return e, err
		}
	}
	return e, nil
}

// explainWho reads whom and which rule it is about, and returns the enrolment.
func (s *Store) explainWho(ctx context.Context, e *playback.Explanation, account catalog.AccountID, program catalog.ProgramID) (enrolment string, err error) {
	var zone string
	var since *time.Time
	e.ProgramID, e.AccountID = program, account
	err = s.db.QueryRow(ctx, `
		select e.id, p.title, a.name, a.email, a.time_zone, coalesce(r.version, 0), coalesce(r.threshold_percent, 0)::float8,
			coalesce(r.counts, ''), coalesce(r.max_rate, 0)::float8, coalesce(r.rounding, ''), r.created_at
		from enrolments e join programs p on p.id = e.program_id join accounts a on a.id = e.account_id
		left join lateral (select * from program_rules where program_id = p.id order by version desc limit 1) r on true
		where e.account_id = $1 and e.program_id = $2`, account, program,
	).Scan(&enrolment, &e.Title, &e.Name, &e.Email, &zone, &e.Rule.Version, &e.Rule.ThresholdPercent, &e.Rule.Counts, &e.Rule.MaxRate, &e.Rule.Rounding, &since)
	if e.Zone = time.UTC; zone != "" {
		if place, err := time.LoadLocation(zone); err == nil {
			e.Zone = place
		}
	}
	if since == nil {
		e.Rule = catalog.DefaultRule()
	} else {
		e.RuleSince = *since
	}
	return enrolment, err
}

// explainPieces reads where the live sessions lie on the recordings.
func (s *Store) explainPieces(ctx context.Context, enrolment string, webinars map[catalog.WebinarID]*playback.WebinarExplanation) error {
	rows, err := s.db.Query(ctx, `
		select w.id, w.starts_at, r.duration_ms, coalesce(m.pieces, '[]')
		from enrolments e join courses c on c.program_id = e.program_id join webinars w on w.course_id = c.id
		join recordings r on r.id = w.current_recording_id left join live_maps m on m.recording_id = r.id
		where e.id = $1`, enrolment)
	if err != nil {
		return err
	}
	var id catalog.WebinarID
	var startsAt *time.Time
	var durationMS int64
	var pieces []catalog.LivePiece
	_, err = pgx.ForEachRow(rows, []any{&id, &startsAt, &durationMS, &pieces}, func() error {
		if w := webinars[id]; w != nil {
			w.Pieces = slices.Clone(playback.LivePieces(catalog.LiveMap{Pieces: pieces}, startsAt, durationMS))
		}
		return nil
	})
	return err
}

// explainSessions reads the latest sessions of each webinar with what they brought.
func (s *Store) explainSessions(ctx context.Context, enrolment string, webinars map[catalog.WebinarID]*playback.WebinarExplanation) error {
	rows, err := s.db.Query(ctx, `
		select s.webinar_id, s.id, s.device, s.started_at, s.ended_at, s.last_beat_at, s.end_reason = 'taken_over', s.speed_limit,
			s.recording_id is distinct from w.current_recording_id, c.ranges::text,
			s.refused_late_ms, s.refused_fast_ms, s.refused_ms - s.refused_late_ms - s.refused_fast_ms
		from (select *, row_number() over (partition by webinar_id order by started_at desc) as nr
			from playback_sessions where enrolment_id = $1 and account_id = (select account_id from enrolments where id = $1)) s
		join webinars w on w.id = s.webinar_id
		left join coverage c on (c.origin_id, c.enrolment_id, c.webinar_id) = (s.id, s.enrolment_id, s.webinar_id)
		where s.nr <= $2 order by s.started_at, s.id`, enrolment, playback.MaxAccounts)
	if err != nil {
		return err
	}
	var id catalog.WebinarID
	var a playback.SessionAccount
	_, err = pgx.ForEachRow(rows, []any{
		&id, &a.ID, &a.Device, &a.StartedAt, &a.EndedAt, &a.LastBeatAt, &a.TakenOver, &a.SpeedLimit,
		&a.Earlier,
		rangesColumn{&a.Watched},
		&a.Refused.LateMS, &a.Refused.FastMS, &a.Refused.ClockMS,
	}, func() error {
		if w := webinars[id]; w != nil {
			w.Sessions = append(w.Sessions, a)
		}
		return nil
	})
	return err
}

// explainLive reads the latest stays in the live sessions and puts them on the recordings.
func (s *Store) explainLive(ctx context.Context, enrolment string, webinars map[catalog.WebinarID]*playback.WebinarExplanation) error {
	ids := make([]string, 0, len(webinars))
	for id := range webinars {
		ids = append(ids, string(id))
	}
	rows, err := s.db.Query(ctx, `
		select webinar_id, id, platform, created_at, joined_at, left_at from (
			select i.webinar_id, i.id, i.platform, i.created_at, a.joined_at, a.left_at,
				row_number() over (partition by i.webinar_id order by a.joined_at desc, i.id) as nr
			from attendance_imports i join attendance a on a.import_id = i.id
			where i.webinar_id = any($2) and i.retracted_at is null and a.enrolment_id = $1) stays
		where nr <= $3 order by joined_at, id`, enrolment, ids, playback.MaxAccounts)
	if err != nil {
		return err
	}
	var id catalog.WebinarID
	var stay playback.LiveStay
	_, err = pgx.ForEachRow(rows, []any{&id, &stay.ImportID, &stay.Platform, &stay.ImportedAt, &stay.Joined, &stay.Left}, func() error {
		w := webinars[id]
		stay.OnRecording = playback.OnRecording(w.Pieces, []playback.Attended{{Joined: stay.Joined, Left: stay.Left}}, w.DurationMS)
		w.Live = append(w.Live, stay)
		return nil
	})
	return err
}

// explainCarried reads what came from earlier recordings: its origin is a recording.
func (s *Store) explainCarried(ctx context.Context, enrolment string, webinars map[catalog.WebinarID]*playback.WebinarExplanation) error {
	rows, err := s.db.Query(ctx, `
		select c.webinar_id, c.ranges::text from coverage c join webinars w on w.id = c.webinar_id and w.current_recording_id = c.recording_id
		where c.enrolment_id = $1 and c.source = 'replay'
			and not exists (select from playback_sessions s where s.id = c.origin_id)`, enrolment)
	if err != nil {
		return err
	}
	var id catalog.WebinarID
	var ranges playback.Ranges
	_, err = pgx.ForEachRow(rows, []any{&id, rangesColumn{&ranges}}, func() error {
		if w := webinars[id]; w != nil {
			w.Carried = w.Carried.Union(ranges)
		}
		return nil
	})
	return err
}

// EnrolledPrograms lists the programs that the account with an e-mail address
// takes part in, oldest enrolment first. catalog.ErrNotFound when there is no
// such account.
func (s *Store) EnrolledPrograms(ctx context.Context, email string) (account catalog.AccountID, programs []catalog.ProgramID, err error) {
	defer wrap(&err, "programs of %q", email)
	if err := s.db.QueryRow(ctx, `select id from accounts where email = $1`, cmp.Or(email, "-")).Scan(&account); err != nil {
		return "", nil, err
	}
	rows, err := s.db.Query(ctx, `
		select e.program_id from enrolments e join programs p on p.id = e.program_id and p.deleted_at is null
		where e.account_id = $1 order by e.created_at, e.id`, account)
	if err != nil {
		return account, nil, err
	}
	programs, err = pgx.CollectRows(rows, pgx.RowTo[catalog.ProgramID])
	return account, programs, err
}
