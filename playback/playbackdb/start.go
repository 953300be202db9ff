package playbackdb

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// title is a webinar as an enrolled doctor may play it.
type title struct {
	enrolment         catalog.EnrolmentID
	recording         *string
	token             *string
	durationMS        *int64
	maxRate           *float64
	zone              string     // the reader's
	opensAt, closesAt *time.Time // since and until when doctors may begin
	missing           []catalog.CourseRef
	leads             bool // presents or moderates it, or is an admin: nothing is kept closed
	rehearsal         bool // the program is one
	withdrawn         bool // there was a recording, and it may come back
}

// playable refuses a title without a recording that may be played.
func (t title) playable() error {
	switch {
	case t.recording != nil:
		return nil
	case t.withdrawn:
		return playback.ErrWithdrawn
	default:
		return catalog.ErrNotReady
	}
}

// closed refuses a title that the account may not begin to play now.
func (t title) closed(now time.Time) error {
	switch {
	case t.leads:
		return nil
	case t.opensAt != nil && now.Before(*t.opensAt):
		return &catalog.ConflictError{Code: "webinar_not_open", Message: "This webinar opens on %s.", Args: []any{catalog.OnClock(*t.opensAt, t.zone)}}
	case t.closesAt != nil && !now.Before(*t.closesAt):
		return &catalog.ConflictError{Code: "webinar_closed", Message: "This webinar was open until %s.", Args: []any{catalog.OnClock(*t.closesAt, t.zone)}}
	default:
		return catalog.PrerequisitesMissing(t.missing)
	}
}

// Start opens a playback session of the webinar's current recording and ends
// the account's previous one, wherever it plays.
//
// catalog.ErrNotFound when there is no such webinar or the account is not
// enrolled in its program: ids cannot be tried out. catalog.ErrNotReady when it
// has no recording that is ready and published, playback.ErrWithdrawn when that
// was withdrawn. A
// *catalog.ConflictError outside of the time in which the webinar is open, and
// while courses have to be completed first.
// playback.ErrDeviceLimit when the login has had to give way to others.
func (s *Store) Start(ctx context.Context, r playback.StartRequest) (started playback.Started, err error) {
	defer wrap(&err, "start playback of %q", r.WebinarID)
	if err := s.freshen(ctx, r.AccountID, r.WebinarID, ""); err != nil {
		return started, err
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		started, err = start(ctx, tx, r)
		return err
	})
	return started, err
}

func start(ctx context.Context, tx pgx.Tx, r playback.StartRequest) (playback.Started, error) {
	none := playback.Started{}
	t, err := readTitle(ctx, tx, r.AccountID, r.WebinarID)
	if err != nil {
		return none, err
	}
	if err := t.closed(time.Now()); err != nil {
		return none, err
	}
	if err := t.playable(); err != nil {
		return none, err
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.playback:' || $1, 0))`, r.AccountID); err != nil {
		return none, err
	}
	if err := checkDevices(ctx, tx, r); err != nil {
		return none, err
	}
	started := playback.Started{
		SessionID: catalog.NewPlaybackSessionID(),
		Code:      playback.NewViewerCode(),
		Media:     playback.Media{RecordingID: catalog.RecordingID(*t.recording), Token: *t.token, DurationMS: *t.durationMS},
	}
	now, carry, err := endPlaying(ctx, tx, r.AccountID)
	if err != nil {
		return none, err
	}
	if started.Previous, err = previousMedia(ctx, tx, r, started.Media.RecordingID); err != nil {
		return none, err
	}
	if err := insertSession(ctx, tx, r, t, started, now, carry); err != nil {
		return none, err
	}
	return started, standing(ctx, tx, t.enrolment, r, &started)
}

// readTitle finds the webinar through the account's enrolment. The recording
// is null when none may be played.
func readTitle(ctx context.Context, q querier, account catalog.AccountID, webinar catalog.WebinarID) (t title, err error) {
	err = q.QueryRow(ctx, `
		select e.id, r.id, r.token, r.duration_ms, rule.max_rate::float8,
			coalesce(nullif(a.time_zone, ''), w.time_zone), w.opens_at, w.closes_at,
			coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'title', m.title)) from missing_prerequisites(c.id, a.id) m), '[]'),
			a.roles @> '{admin}' or exists (select from webinar_presenters l where l.webinar_id = w.id and l.account_id = a.id)
				or exists (select from webinar_moderators l where l.webinar_id = w.id and l.account_id = a.id),
			p.rehearsal_of is not null,
			exists (select from recordings gone where gone.id = w.current_recording_id and gone.withdrawn_at is not null)
		from webinars w
		join courses c on c.id = w.course_id and c.deleted_at is null
		join programs p on p.id = c.program_id and p.deleted_at is null
		join enrolments e on e.program_id = p.id and e.account_id = $1 and e.withdrawn_at is null
		join accounts a on a.id = e.account_id and a.disabled_at is null
		left join recordings r on r.id = w.current_recording_id
			and r.state = 'ready' and r.published_at is not null and r.withdrawn_at is null
		left join lateral (select * from program_rules where program_id = p.id order by version desc limit 1) rule on true
		where w.id = $2 and w.deleted_at is null`, account, webinar,
	).Scan(&t.enrolment, &t.recording, &t.token, &t.durationMS, &t.maxRate, &t.zone, &t.opensAt, &t.closesAt, &t.missing, &t.leads, &t.rehearsal, &t.withdrawn)
	return t, err
}

// endPlaying ends the account's session that lasts, if any. It returns the
// database's time and what the next session inherits. The caller holds the
// account's lock.
func endPlaying(ctx context.Context, tx pgx.Tx, account catalog.AccountID) (now time.Time, carry int64, err error) {
	var id string
	var clock playback.Clock
	err = tx.QueryRow(ctx, `
		select id, started_at, speed, carry_ms, spent_ms from playback_sessions
		where account_id = $1 and ended_at is null for no key update`, account,
	).Scan(&id, &clock.StartedAt, &clock.Speed, &clock.CarryMS, &clock.SpentMS)
	found := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return now, 0, err
	}
	if err := tx.QueryRow(ctx, `select clock_timestamp()`).Scan(&now); err != nil || !found {
		return now, 0, err
	}
	_, err = tx.Exec(ctx, `update playback_sessions set ended_at = $2, end_reason = 'taken_over' where id = $1`, id, now)
	return now, clock.Carry(now), err
}

// previousMedia is what the login played last, when it was another recording.
func previousMedia(ctx context.Context, tx pgx.Tx, r playback.StartRequest, recording catalog.RecordingID) (*playback.Media, error) {
	if r.LoginID == "" {
		return nil, nil //nolint:nilnil // nothing was played before
	}
	var m playback.Media
	err := tx.QueryRow(ctx, `
		select r.id, r.token, r.duration_ms from playback_sessions s join recordings r on r.id = s.recording_id
		where s.account_id = $1 and s.login_id = $2 and s.access_hash is null order by s.started_at desc limit 1`, r.AccountID, r.LoginID,
	).Scan(&m.RecordingID, &m.Token, &m.DurationMS)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && m.RecordingID == recording {
		return nil, nil //nolint:nilnil // nothing else was played before
	}
	return &m, err
}

func insertSession(ctx context.Context, tx pgx.Tx, r playback.StartRequest, t title, started playback.Started, now time.Time, carry int64) error {
	limit := int64(0)
	if t.maxRate != nil {
		limit = int64(*t.maxRate*playback.NormalSpeed + 0.5)
	}
	_, err := tx.Exec(ctx, `
		insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, login_id, device, access_hash,
			started_at, speed, speed_limit, carry_ms, viewer_code)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		started.SessionID, t.enrolment, r.AccountID, r.WebinarID, *t.recording, r.LoginID, r.Device, accessHash(r.Access),
		now, playback.Speed(playback.NormalSpeed, limit), playback.Speed(playback.FastestSpeed, limit), carry, started.Code)
	return err
}

// accessHash is what is kept of an access token; nil for none.
func accessHash(access string) []byte {
	if access == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(access))
	return sum[:]
}

// standing reads what was watched, where play starts, and who left off there
// when it was another login or the live session.
func standing(ctx context.Context, q querier, enrolment catalog.EnrolmentID, r playback.StartRequest, started *playback.Started) error {
	var watched playback.Ranges
	var position int64
	var elsewhere bool
	var from playback.ResumeFrom
	err := q.QueryRow(ctx, `
		select (select range_agg(ranges)::text from coverage_union where (enrolment_id, webinar_id, recording_id) = ($1, w.id, $3)),
			coalesce(p.position_ms, 0), coalesce(p.session_id = 'live', false), coalesce(s.login_id <> $4, false), coalesce(s.device, ''), p.updated_at
		from webinars w
		left join resume_positions p on (p.enrolment_id, p.webinar_id, p.recording_id) = ($1, w.id, $3)
		left join playback_sessions s on s.id = p.session_id
		where w.id = $2`, enrolment, r.WebinarID, started.Media.RecordingID, r.LoginID,
	).Scan(rangesColumn{&watched}, &position, &from.Live, &elsewhere, &from.Device, &from.At)
	started.Watched = watched.Clip(0, started.Media.DurationMS)
	started.Resume = playback.Resume(position, started.Media.DurationMS)
	if started.Resume.PositionMS > 0 && (from.Live || elsewhere) {
		started.From = &from
	}
	return err
}
