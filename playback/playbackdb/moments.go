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
		m := identity.Moment{At: stay.Left, Kind: identity.MomentLive, Title: title, Detail: playback.WordTime(stay.Left.Sub(stay.Joined).Milliseconds())}
		on := playback.OnRecording(playback.LivePieces(catalog.LiveMap{Pieces: pieces}, starts, durationMS), []playback.Attended{stay}, durationMS)
		if n := len(on); n > 0 {
			m.Percent = playback.Percent(on[n-1].To, durationMS)
		}
		if retracted != nil {
			m.Detail += ", which was taken back"
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
		select k.at, k.kind, w.title, coalesce(a.name, 'the token ' || t.name, nullif(k.actor, ''), ''), k.reason, k.detail from (
			select e.id, c.webinar_id, c.completed_at as at, 'completed' as kind, '' as actor, '' as reason, case when c.waiver_id is null then '' else 'by a waiver' end as detail
			from enrolments e join completions c on c.enrolment_id = e.id where e.account_id = $1
			union all
			select e.id, v.webinar_id, v.created_at, 'waived', v.created_by, v.reason, case when v.revoked_at is null then '' else 'it was revoked later' end
			from enrolments e join waivers v on v.enrolment_id = e.id where e.account_id = $1) k
		join webinars w on w.id = k.webinar_id left join accounts a on a.id = k.actor left join api_tokens t on t.id = k.actor
		order by k.at desc limit $2`, account, maxMoments)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m identity.Moment, err error) {
		err = row.Scan(&m.At, &m.Kind, &m.Title, &m.By, &m.Reason, &m.Detail)
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
