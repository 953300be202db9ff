//go:build rounds_single_beats

package playbackdb

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// beat is what group commit is measured against (deploy/bench/playback): the
// same rules and the same durability, a transaction of plain row statements for
// each beat, as one would write it who has no groups in mind. Nothing else is
// built with this tag.
func (s *Store) beat(ctx context.Context, r playback.BeatRequest) (playback.BeatResult, error) {
	p := &pending{request: r}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error { return beatAlone(ctx, tx, p) })
	if err != nil {
		return playback.BeatResult{}, translate(err)
	}
	return p.result, p.err
}

func beatAlone(ctx context.Context, tx pgx.Tx, p *pending) error {
	s, plays := &session{}, content{}
	err := tx.QueryRow(ctx, `select `+sessionColumns+`, `+contentColumns+` from playback_sessions s`+sessionJoins+contentJoins+`
		where s.id = $1 for no key update of s`, p.request.SessionID).Scan(slices.Concat(s.columns(), plays.columns())...)
	if errors.Is(err, pgx.ErrNoRows) {
		p.err = catalog.ErrNotFound
		return nil
	}
	if err != nil {
		return err
	}
	s.plays(plays)
	if count(s, p); p.err != nil {
		return nil
	}
	coverage, err := writeAlone(ctx, tx, s)
	if err != nil {
		return err
	}
	watched := map[unionKey]playback.Coverage{s.key: coverage}
	if err := writeCompletions(ctx, tx, map[string]*session{s.id: s}, watched); err != nil {
		return err
	}
	answer(s, watched, p)
	return nil
}

// writeAlone writes what a beat changed and reads what was watched by now, in
// one round trip.
func writeAlone(ctx context.Context, tx pgx.Tx, s *session) (coverage playback.Coverage, err error) {
	batch := &pgx.Batch{}
	if s.counted {
		c := s.state
		batch.Queue(`
			update playback_sessions set seqs = $2::int8multirange, speed = $3, spent_ms = $4, accepted_ms = $5, refused_ms = $6,
				refused_late_ms = $7, refused_fast_ms = $8, last_beat_at = now() where id = $1`,
			s.id, formatRanges(c.Seqs), c.Clock.Speed, c.Clock.SpentMS, c.AcceptedMS, c.Refused.Total(), c.Refused.LateMS, c.Refused.FastMS)
	}
	if len(s.fresh) > 0 {
		batch.Queue(`
			insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges) values ($1, $2, $3, $4, 'replay', $5::int4multirange)
			on conflict (origin_id, enrolment_id, webinar_id) do update set ranges = coverage.ranges + excluded.ranges`,
			s.id, s.key.enrolment, s.key.webinar, s.key.recording, formatRanges(s.fresh))
		batch.Queue(`
			insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges) values ($1, $2, $3, 'replay', $4::int4multirange)
			on conflict (enrolment_id, webinar_id, recording_id, source) do update set ranges = coverage_union.ranges + excluded.ranges`,
			s.key.enrolment, s.key.webinar, s.key.recording, formatRanges(s.fresh))
	}
	if s.position != nil {
		batch.Queue(`
			insert into resume_positions as p (enrolment_id, webinar_id, recording_id, position_ms, session_id, device) values ($1, $2, $3, $4, $5, $6)
			on conflict (enrolment_id, webinar_id, recording_id) do update
			set position_ms = excluded.position_ms, session_id = excluded.session_id, device = excluded.device, updated_at = now()
			where p.session_id = excluded.session_id or $7`,
			s.key.enrolment, s.key.webinar, s.key.recording, *s.position, s.id, s.device, s.live())
	}
	batch.Queue(`
		select coalesce((select position_ms from resume_positions where (enrolment_id, webinar_id, recording_id) = ($1, $2, $3)), 0),
			(select ranges::text from coverage_union where (enrolment_id, webinar_id, recording_id, source) = ($1, $2, $3, 'live')),
			(select ranges::text from coverage_union where (enrolment_id, webinar_id, recording_id, source) = ($1, $2, $3, 'replay')),
			coalesce((select confirmed from live_maps where recording_id = $3), false)`,
		s.key.enrolment, s.key.webinar, s.key.recording,
	).QueryRow(func(row pgx.Row) error {
		return row.Scan(&s.resume, rangesColumn{&coverage.Live}, rangesColumn{&coverage.Replay}, &coverage.LiveConfirmed)
	})
	return coverage, tx.SendBatch(ctx, batch).Close()
}
