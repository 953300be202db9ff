package playbackdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// maxMoments bounds what is told of each kind of source: the newest.
const maxMoments = 200

// Moments tells what an account did in webinars, the newest first: playing,
// live sessions, completions, waivers and certificates.
func (s *Store) Moments(ctx context.Context, account catalog.AccountID) (moments []identity.Moment, err error) {
	defer wrap(&err, "moments of %q", account)
	for _, read := range []func(context.Context, catalog.AccountID) ([]identity.Moment, error){
		s.playedMoments, s.liveMoments, s.creditMoments, s.certificateMoments,
	} {
		found, err := read(ctx, account)
		if err != nil {
			return nil, err
		}
		moments = append(moments, found...)
	}
	identity.SortMoments(moments)
	return moments, nil
}

// playedMoments tells of each playback session when it began and what it brought.
func (s *Store) playedMoments(ctx context.Context, account catalog.AccountID) ([]identity.Moment, error) {
	rows, err := s.db.Query(ctx, `
		select w.title, s.device, s.started_at, s.ended_at, s.last_beat_at, s.end_reason = 'taken_over', s.speed_limit, r.duration_ms, c.ranges::text,
			s.refused_late_ms, s.refused_fast_ms, s.refused_ms - s.refused_late_ms - s.refused_fast_ms
		from (select * from playback_sessions where account_id = $1 order by started_at desc limit $2) s
		join webinars w on w.id = s.webinar_id join recordings r on r.id = s.recording_id
		left join coverage c on (c.origin_id, c.enrolment_id, c.webinar_id) = (s.id, s.enrolment_id, s.webinar_id)
		order by s.started_at desc`, account, maxMoments)
	if err != nil {
		return nil, err
	}
	var moments []identity.Moment
	var title string
	var durationMS int64
	var a playback.SessionAccount
	_, err = pgx.ForEachRow(rows, []any{
		&title, &a.Device, &a.StartedAt, &a.EndedAt, &a.LastBeatAt, &a.TakenOver, &a.SpeedLimit, &durationMS,
		rangesColumn{&a.Watched},
		&a.Refused.LateMS, &a.Refused.FastMS, &a.Refused.ClockMS,
	}, func() error {
		moments = append(moments, identity.Moment{At: a.StartedAt, Kind: identity.MomentPlayed, Title: title, Device: a.Device})
		if a.LastBeatAt != nil {
			moments = append(moments, identity.Moment{
				At: *a.LastBeatAt, Kind: identity.MomentWatched, Title: title, Device: a.Device,
				Percent: playback.Percent(a.Watched.Clip(0, durationMS).Total(), durationMS), Detail: a.Brought(durationMS),
			})
		}
		return nil
	})
	return moments, err
}

// liveMoments tells of each stay in a live session where on the recording it ended.
func (s *Store) liveMoments(ctx context.Context, account catalog.AccountID) ([]identity.Moment, error) {
	rows, err := s.db.Query(ctx, `
		select w.title, a.joined_at, a.left_at, w.starts_at, coalesce(r.duration_ms, 0), coalesce(m.pieces, '[]'), i.retracted_at, i.reason
		from enrolments e join attendance a on a.enrolment_id = e.id join attendance_imports i on i.id = a.import_id
		join webinars w on w.id = i.webinar_id left join recordings r on r.id = w.current_recording_id left join live_maps m on m.recording_id = r.id
		where e.account_id = $1 order by a.joined_at desc limit $2`, account, maxMoments)
	if err != nil {
		return nil, err
	}
	var moments []identity.Moment
	var title, reason string
	var stay playback.Attended
	var starts, retracted *time.Time
	var durationMS int64
	var pieces []catalog.LivePiece
	_, err = pgx.ForEachRow(rows, []any{&title, &stay.Joined, &stay.Left, &starts, &durationMS, &pieces, &retracted, &reason}, func() error {
		m := identity.Moment{At: stay.Left, Kind: identity.MomentLive, Title: title, Detail: playback.Stayed(stay.Left.Sub(stay.Joined).Milliseconds(), retracted != nil)}
		on := playback.OnRecording(playback.LivePieces(catalog.LiveMap{Pieces: pieces}, starts, durationMS), []playback.Attended{stay}, durationMS)
		if n := len(on); n > 0 {
			m.Percent = playback.Percent(on[n-1].To, durationMS)
		}
		if retracted != nil {
			m.Reason = reason
		}
		moments = append(moments, m)
		pieces = nil
		return nil
	})
	return moments, err
}

// creditMoments tells of completions and waivers.
func (s *Store) creditMoments(ctx context.Context, account catalog.AccountID) ([]identity.Moment, error) {
	rows, err := s.db.Query(ctx, `
		select k.at, k.kind, w.title, coalesce(a.name, t.name, k.actor), t.name is not null, k.reason, k.because from (
			select e.id, c.webinar_id, c.completed_at as at, 'completed' as kind, '' as actor, '' as reason, c.waiver_id is not null as because
			from enrolments e join completions c on c.enrolment_id = e.id where e.account_id = $1
			union all
			select e.id, v.webinar_id, v.created_at, 'waived', v.created_by, v.reason, v.revoked_at is not null
			from enrolments e join waivers v on v.enrolment_id = e.id where e.account_id = $1) k
		join webinars w on w.id = k.webinar_id left join accounts a on a.id = k.actor left join api_tokens t on t.id = k.actor
		order by k.at desc limit $2`, account, maxMoments)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m identity.Moment, err error) {
		var because bool // of a waiver; it was revoked
		err = row.Scan(&m.At, &m.Kind, &m.Title, &m.By, &m.Token, &m.Reason, &because)
		switch {
		case because && m.Kind == identity.MomentCompleted:
			m.Detail = catalog.Say("by a waiver")
		case because:
			m.Detail = catalog.Say("it was revoked later")
		}
		return m, err
	})
}

// certificateMoments tells of certificates.
func (s *Store) certificateMoments(ctx context.Context, account catalog.AccountID) ([]identity.Moment, error) {
	rows, err := s.db.Query(ctx, `
		select k.issued_at, p.title from certificates k join enrolments e on e.id = k.enrolment_id join programs p on p.id = e.program_id
		where e.account_id = $1 order by k.id desc limit $2`, account, maxMoments)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (identity.Moment, error) {
		m := identity.Moment{Kind: identity.MomentCertificate}
		err := row.Scan(&m.At, &m.Title)
		return m, err
	})
}
