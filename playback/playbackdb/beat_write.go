package playbackdb

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/playback"
)

// writeBeats queues one statement a table. Rows are sorted by key and each key
// comes once, so that batches of several processes lock in the same order and
// no statement touches a row twice. It returns the unions that it wrote, as they
// are now, and moves the sessions' resume positions.
func writeBeats(ctx context.Context, tx pgx.Tx, sessions map[string]*session) (unions map[unionKey]playback.Ranges, err error) {
	unions = map[unionKey]playback.Ranges{}
	var changed []*session
	for _, id := range slices.Sorted(maps.Keys(sessions)) {
		if sessions[id].counted {
			changed = append(changed, sessions[id])
		}
	}
	if len(changed) == 0 {
		return unions, nil
	}
	batch := &pgx.Batch{}
	queueSessions(batch, changed)
	queueCoverage(batch, changed)
	queueUnions(batch, changed, unions)
	queuePositions(batch, changed, sessions)
	return unions, tx.SendBatch(ctx, batch).Close()
}

func queueSessions(batch *pgx.Batch, changed []*session) {
	var ids, seqs []string
	var speeds, spent, accepted, refused, late, fast []int64
	for _, s := range changed {
		ids, seqs = append(ids, s.id), append(seqs, formatRanges(s.state.Seqs))
		speeds, spent = append(speeds, s.state.Clock.Speed), append(spent, s.state.Clock.SpentMS)
		accepted, refused = append(accepted, s.state.AcceptedMS), append(refused, s.state.Refused.Total())
		late, fast = append(late, s.state.Refused.LateMS), append(fast, s.state.Refused.FastMS)
	}
	batch.Queue(`
		update playback_sessions s set seqs = u.seqs::int8multirange, speed = u.speed, spent_ms = u.spent,
			accepted_ms = u.accepted, refused_ms = u.refused, refused_late_ms = u.late, refused_fast_ms = u.fast, last_beat_at = now()
		from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
			as u(id, seqs, speed, spent, accepted, refused, late, fast)
		where s.id = u.id`, ids, seqs, speeds, spent, accepted, refused, late, fast)
}

func queueCoverage(batch *pgx.Batch, changed []*session) {
	var ids, ranges []string
	var keys keyColumns
	for _, s := range changed {
		if len(s.fresh) == 0 {
			continue
		}
		ids, ranges = append(ids, s.id), append(ranges, formatRanges(s.fresh))
		keys.add(s.key)
	}
	if len(ids) == 0 {
		return
	}
	batch.Queue(`
		insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges)
		select u.id, u.enrolment, u.webinar, u.recording, 'replay', u.ranges::int4multirange
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as u(id, enrolment, webinar, recording, ranges)
		on conflict (origin_id, enrolment_id, webinar_id) do update set ranges = coverage.ranges + excluded.ranges`,
		ids, keys.enrolments, keys.webinars, keys.recordings, ranges)
}

func queueUnions(batch *pgx.Batch, changed []*session, unions map[unionKey]playback.Ranges) {
	fresh := map[unionKey]playback.Ranges{}
	for _, s := range changed {
		if len(s.fresh) > 0 {
			fresh[s.key] = fresh[s.key].Union(s.fresh)
		}
	}
	if len(fresh) == 0 {
		return
	}
	var keys keyColumns
	var ranges []string
	for _, key := range slices.SortedFunc(maps.Keys(fresh), unionKey.compare) {
		keys.add(key)
		ranges = append(ranges, formatRanges(fresh[key]))
	}
	batch.Queue(`
		insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges)
		select u.enrolment, u.webinar, u.recording, 'replay', u.ranges::int4multirange
		from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u(enrolment, webinar, recording, ranges)
		on conflict (enrolment_id, webinar_id, recording_id, source) do update set ranges = coverage_union.ranges + excluded.ranges
		returning enrolment_id, webinar_id, recording_id, ranges::text`,
		keys.enrolments, keys.webinars, keys.recordings, ranges).Query(func(rows pgx.Rows) error { return scanUnions(rows, unions) })
}

func scanUnions(rows pgx.Rows, into map[unionKey]playback.Ranges) error {
	var key unionKey
	var ranges playback.Ranges
	_, err := pgx.ForEachRow(rows, []any{&key.enrolment, &key.webinar, &key.recording, rangesColumn{&ranges}}, func() error {
		into[key] = ranges
		return nil
	})
	return err
}

// queuePositions writes where each doctor stands. A session that lasts decides;
// one that is over only moves the position while no other has moved it since.
func queuePositions(batch *pgx.Batch, changed []*session, sessions map[string]*session) {
	moved := map[unionKey]*session{}
	for _, s := range changed {
		if s.position == nil {
			continue
		}
		if other := moved[s.key]; other == nil || !other.live() {
			moved[s.key] = s
		}
	}
	if len(moved) == 0 {
		return
	}
	var keys keyColumns
	var positions []int64
	var ids, devices []string
	var live []bool
	for _, key := range slices.SortedFunc(maps.Keys(moved), unionKey.compare) {
		s := moved[key]
		keys.add(key)
		positions, ids = append(positions, *s.position), append(ids, s.id)
		devices, live = append(devices, s.device), append(live, s.live())
	}
	batch.Queue(`
		insert into resume_positions as p (enrolment_id, webinar_id, recording_id, position_ms, session_id, device)
		select u.enrolment, u.webinar, u.recording, u.position, u.id, u.device
		from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
			as u(enrolment, webinar, recording, position, id, device)
		on conflict (enrolment_id, webinar_id, recording_id) do update
		set position_ms = excluded.position_ms, session_id = excluded.session_id, device = excluded.device, updated_at = now()
		where p.session_id = excluded.session_id or excluded.session_id = any($7::text[])
		returning enrolment_id, webinar_id, recording_id, position_ms`,
		keys.enrolments, keys.webinars, keys.recordings, positions, ids, devices, liveIDs(ids, live),
	).Query(func(rows pgx.Rows) error { return scanPositions(rows, sessions) })
}

// scanPositions tells the sessions where their doctors stand by now.
func scanPositions(rows pgx.Rows, sessions map[string]*session) error {
	now := map[unionKey]int64{}
	var key unionKey
	var position int64
	_, err := pgx.ForEachRow(rows, []any{&key.enrolment, &key.webinar, &key.recording, &position}, func() error {
		now[key] = position
		return nil
	})
	for _, s := range sessions {
		if moved, ok := now[s.key]; ok {
			s.resume = moved
		}
	}
	return err
}

func liveIDs(ids []string, live []bool) []string {
	out := []string{}
	for i, id := range ids {
		if live[i] {
			out = append(out, id)
		}
	}
	return out
}

// keyColumns are unionKeys as columns for unnest.
type keyColumns struct{ enrolments, webinars, recordings []string }

func (c *keyColumns) add(k unionKey) {
	c.enrolments = append(c.enrolments, k.enrolment)
	c.webinars = append(c.webinars, k.webinar)
	c.recordings = append(c.recordings, k.recording)
}

// readUnions is what the batch's doctors have watched by now. The unions that
// the batch has not written are read.
func readUnions(ctx context.Context, tx pgx.Tx, sessions map[string]*session, unions map[unionKey]playback.Ranges) (map[unionKey]playback.Coverage, error) {
	var keys keyColumns
	for _, s := range sessions {
		if _, written := unions[s.key]; !written {
			keys.add(s.key)
		}
	}
	if len(keys.enrolments) > 0 {
		rows, err := tx.Query(ctx, `
			select u.enrolment_id, u.webinar_id, u.recording_id, u.ranges::text
			from unnest($1::text[], $2::text[], $3::text[]) as k(enrolment, webinar, recording)
			join coverage_union u on (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (k.enrolment, k.webinar, k.recording, 'replay')`,
			keys.enrolments, keys.webinars, keys.recordings)
		if err != nil {
			return nil, err
		}
		if err := scanUnions(rows, unions); err != nil {
			return nil, err
		}
	}
	watched := make(map[unionKey]playback.Coverage, len(sessions))
	for _, s := range sessions {
		watched[s.key] = playback.Coverage{Live: s.attended, Replay: unions[s.key], LiveConfirmed: s.confirmed}
	}
	return watched, nil
}

// writeCompletions records who has met all requirements for the first time, by
// what is certain.
func writeCompletions(ctx context.Context, tx pgx.Tx, sessions map[string]*session, watched map[unionKey]playback.Coverage) error {
	all := map[unionKey]reached{}
	for _, s := range sessions {
		if by, ok := s.rule.reaches(watched[s.key], s.media.DurationMS); ok {
			all[s.key] = by
		}
	}
	changes, err := insertCompletions(ctx, tx, all)
	if err != nil {
		return err
	}
	return RecordEvidence(ctx, tx, changes...)
}
