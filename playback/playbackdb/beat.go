package playbackdb

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// Beat counts a beat and returns when it is on disk.
//
// catalog.ErrNotFound when the account has no such session.
// playback.ErrTakenOver, ErrWithdrawn and ErrAccessEnded when the session is over; its
// result is filled in, since what was watched before that is credited.
// catalog.ErrUnavailable when the database does not answer: the beat may be
// sent again, under the same number, as often as it takes.
func (s *Store) Beat(ctx context.Context, r playback.BeatRequest) (playback.BeatResult, error) {
	return s.beat(ctx, r)
}

// session is a playback session inside a batch.
type session struct {
	id        string
	accountID catalog.AccountID
	key       unionKey
	media     playback.Media
	device    string
	state     playback.Account
	ended     *time.Time
	endReason string
	withdrawn *time.Time
	barred    *time.Time // since when the account or its enrolment has no access
	rule      judging
	now       time.Time
	attended  playback.Ranges // live
	confirmed bool            // where the live session lies

	counted  bool            // a beat was not a repetition: the row changes
	fresh    playback.Ranges // newly covered in this batch
	position *int64          // of the newest beat, when it came in this batch
	resume   int64           // position on record
}

// unionKey names a union of coverage.
type unionKey struct {
	enrolment string
	webinar   string
	recording string
}

func (a unionKey) compare(b unionKey) int {
	return cmp.Or(cmp.Compare(a.enrolment, b.enrolment), cmp.Compare(a.webinar, b.webinar), cmp.Compare(a.recording, b.recording))
}

// live tells whether the session lasts.
func (s *session) live() bool { return s.endReason == "" && s.withdrawn == nil && s.barred == nil }

// commitBeats writes a batch in one transaction and fills in its results.
func (s *Store) commitBeats(ctx context.Context, batch []*pending) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		sessions, err := lockSessions(ctx, tx, batch)
		if err != nil {
			return err
		}
		for _, p := range batch {
			p.result, p.err = playback.BeatResult{}, nil
			count(sessions[string(p.request.SessionID)], p)
		}
		unions, err := writeBeats(ctx, tx, sessions)
		if err != nil {
			return err
		}
		watched, err := readUnions(ctx, tx, sessions, unions)
		if err != nil {
			return err
		}
		if err := writeCompletions(ctx, tx, sessions, watched); err != nil {
			return err
		}
		for _, p := range batch {
			answer(sessions[string(p.request.SessionID)], watched, p)
		}
		return nil
	})
}

// byKeyOnly makes the planner look up every row of a batch by its key until the
// transaction ends. Left to itself it reads whole tables of all doctors for some
// hundred rows, by statistics that are old whenever a webinar begins: several
// times the work, growing with the number of doctors.
const byKeyOnly = `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// What a beat is judged by, in two parts: a session s with what is of its doctor,
// and the content it plays with what is so for everybody who plays it.
const (
	sessionColumns = `
		s.id, s.account_id, s.enrolment_id, s.webinar_id, s.recording_id, s.device, s.end_reason, s.started_at, s.ended_at,
		s.speed, s.speed_limit, s.carry_ms, s.spent_ms, s.seqs::text, s.accepted_ms,
		s.refused_late_ms, s.refused_fast_ms, s.refused_ms - s.refused_late_ms - s.refused_fast_ms, v.ranges::text, l.ranges::text,
		least(e.withdrawn_at, a.disabled_at), coalesce(p.position_ms, 0), clock_timestamp(), ` + personColumns
	sessionJoins = `
		join enrolments e on e.id = s.enrolment_id join accounts a on a.id = s.account_id
		left join coverage v on (v.origin_id, v.enrolment_id, v.webinar_id) = (s.id, s.enrolment_id, s.webinar_id)
		left join coverage_union l on (l.enrolment_id, l.webinar_id, l.recording_id, l.source) = (s.enrolment_id, s.webinar_id, s.recording_id, 'live')
		left join resume_positions p on (p.enrolment_id, p.webinar_id, p.recording_id) = (s.enrolment_id, s.webinar_id, s.recording_id)
		left join completions done on (done.enrolment_id, done.webinar_id) = (s.enrolment_id, s.webinar_id)
		left join waivers wv on (wv.enrolment_id, wv.webinar_id) = (s.enrolment_id, s.webinar_id) and wv.revoked_at is null`
	contentColumns = `
		r.id, r.token, r.duration_ms, least(r.withdrawn_at, w.deleted_at, c.deleted_at, g.deleted_at), coalesce(m.confirmed, false), ` + ruleColumns
	contentJoins = `
		join recordings r on r.id = s.recording_id
		join webinars w on w.id = s.webinar_id join courses c on c.id = w.course_id join programs g on g.id = c.program_id
		left join live_maps m on m.recording_id = r.id` + ruleJoins
)

// content is what sessions play.
type content struct {
	recording string
	media     playback.Media
	withdrawn *time.Time
	confirmed bool // its live map
	rule      judging
}

func (c *content) columns() []any {
	return slices.Concat([]any{&c.recording, &c.media.Token, &c.media.DurationMS, &c.withdrawn, &c.confirmed}, c.rule.ruleColumns())
}

// lockSessions locks the batch's sessions in the order of their ids, then reads
// them: statements of their own, so that they see what was written while the
// first waited. What is so for everybody is read once for each recording.
func lockSessions(ctx context.Context, tx pgx.Tx, batch []*pending) (map[string]*session, error) {
	ids := make([]string, 0, len(batch))
	for _, p := range batch {
		ids = append(ids, string(p.request.SessionID))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	contents, sessions := map[string]content{}, make(map[string]*session, len(ids))
	all := &pgx.Batch{}
	all.Queue(byKeyOnly)
	all.Queue(`select from playback_sessions where id = any($1) order by id for no key update`, ids)
	all.Queue(`select `+contentColumns+` from (select distinct recording_id, webinar_id from playback_sessions where id = any($1)) s`+contentJoins, ids).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				c := content{} // a new one each time: what it points to is kept
				if err := rows.Scan(c.columns()...); err != nil {
					return err
				}
				contents[c.recording] = c
			}
			return rows.Err()
		})
	all.Queue(`select `+sessionColumns+` from playback_sessions s`+sessionJoins+` where s.id = any($1)`, ids).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				s := &session{}
				if err := rows.Scan(s.columns()...); err != nil {
					return err
				}
				s.plays(contents[s.key.recording])
				sessions[s.id] = s
			}
			return rows.Err()
		})
	return sessions, tx.SendBatch(ctx, all).Close()
}

// columns are the targets of sessionColumns; plays completes what they read.
func (s *session) columns() []any {
	clock := &s.state.Clock
	return slices.Concat([]any{
		&s.id, &s.accountID, &s.key.enrolment, &s.key.webinar, &s.key.recording, &s.device, &s.endReason, &clock.StartedAt, &s.ended,
		&clock.Speed, &s.state.SpeedLimit, &clock.CarryMS, &clock.SpentMS,
		rangesColumn{&s.state.Seqs},
		&s.state.AcceptedMS, &s.state.Refused.LateMS, &s.state.Refused.FastMS, &s.state.Refused.ClockMS,
		rangesColumn{&s.state.Covered},
		rangesColumn{&s.attended},
		&s.barred, &s.resume, &s.now,
	}, s.rule.personColumns())
}

// plays says what the session plays, and ends its clock where anything has ended it.
func (s *session) plays(c content) {
	s.media, s.withdrawn, s.confirmed = c.media, c.withdrawn, c.confirmed
	s.media.RecordingID = catalog.RecordingID(s.key.recording)
	s.rule.by(c.rule)
	for _, over := range []*time.Time{s.ended, s.withdrawn, s.barred} {
		if end := &s.state.Clock.EndedAt; over != nil && (end.IsZero() || over.Before(*end)) {
			*end = *over
		}
	}
}

// count applies one beat of the batch to its session, which is nil when there is none.
func count(s *session, p *pending) {
	if s == nil || s.accountID != p.request.AccountID {
		p.err = catalog.ErrNotFound
		return
	}
	state, out := playback.Apply(s.state, p.request.Beat, s.media.DurationMS, s.now)
	s.state = state
	s.fresh = s.fresh.Union(out.Fresh)
	s.counted = s.counted || !out.Repeated
	if out.Newest {
		position := min(max(0, p.request.Beat.PositionMS), s.media.DurationMS)
		s.position = &position
	}
	p.result.AcceptedMS, p.result.RefusedMS = out.AcceptedMS, out.Refused.Total()
}

// answer fills in a beat's result from what the batch wrote.
func answer(s *session, watched map[unionKey]playback.Coverage, p *pending) {
	if p.err != nil {
		return
	}
	coverage := watched[s.key]
	p.result.Media = s.media
	p.result.Percent = playback.Percent(coverage.Union().Clip(0, s.media.DurationMS).Total(), s.media.DurationMS)
	p.result.Completed = playback.Completed(playback.Judge(s.rule.of(coverage, s.media.DurationMS)))
	p.result.Resume = playback.Resume(s.resume, s.media.DurationMS)
	switch {
	case s.barred != nil:
		p.err = playback.ErrAccessEnded
	case s.withdrawn != nil:
		p.err = playback.ErrWithdrawn
	case s.endReason != "":
		p.err = playback.ErrTakenOver
	}
}

// retryable tells whether a transaction that failed may succeed when repeated.
func retryable(err error) bool {
	var state interface{ SQLState() string }
	return errors.As(err, &state) && (state.SQLState() == "40P01" || state.SQLState() == "40001")
}
