package playbackdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// staleQuery finds what an account has on recordings that were replaced and
// that is not yet, or no longer right, on those that replace them. It walks
// from the current recordings back; the earliest come first, since what is
// carried onto one is carried on from there.
//
// Recordings that were cut from one file have their seconds in common whatever
// came between: what was watched of each of them is taken, where it lies on the
// one that replaces. So a cut that is made wider again gives everything back.
const staleQuery = `
	with recursive replaced as (
		select e.id as enrolment_id, w.id as webinar_id, m.recording_id, m.replaces, m.pieces, m.updated_at, 1 as back
		from enrolments e
		join courses c on c.program_id = e.program_id
		join webinars w on w.course_id = c.id
		join time_maps m on m.recording_id = w.current_recording_id
		where e.account_id = $1 and (w.id = $2 or c.program_id = $3)
		union all
		select b.enrolment_id, b.webinar_id, m.recording_id, m.replaces, m.pieces, m.updated_at, b.back + 1
		from replaced b join time_maps m on m.recording_id = b.replaces where b.back < 20
	)
	select b.enrolment_id, b.webinar_id, b.recording_id, r.duration_ms, b.pieces, b.updated_at, one_file, coalesce(earlier, '{}')::text, p.position_ms
	from replaced b join recordings r on r.id = b.recording_id
	join recordings o on o.id = b.replaces
	cross join lateral (select coalesce(r.source_id, r.id) as file, coalesce(r.source_id, r.id) = coalesce(o.source_id, o.id) as one_file) f
	left join coverage_union u on (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (b.enrolment_id, b.webinar_id, b.replaces, 'replay')
	left join resume_positions p on (p.enrolment_id, p.webinar_id, p.recording_id) = (b.enrolment_id, b.webinar_id, b.replaces) and p.session_id <> 'live'
	left join carried k on (k.enrolment_id, k.webinar_id, k.recording_id) = (b.enrolment_id, b.webinar_id, b.recording_id)
	cross join lateral (select case when not one_file then u.ranges else (
		select range_agg(int4range(lower(g) + ahead, upper(g) + ahead))
		from recordings x
		join coverage_union c on (c.enrolment_id, c.webinar_id, c.recording_id, c.source) = (b.enrolment_id, b.webinar_id, x.id, 'replay')
		cross join unnest(c.ranges) g cross join lateral (select (x.cut_from_ms - r.cut_from_ms)::int as ahead) a
		where file in (x.id, x.source_id) and (x.created_at, x.id) < (r.created_at, r.id)) end as earlier) e
	where (earlier is not null or p.position_ms is not null)
		and (k.map_set_at, k.ranges, k.position_ms) is distinct from (b.updated_at, coalesce(earlier, '{}'), p.position_ms)
	order by b.back desc, b.webinar_id limit 1`

// stale is one recording of one enrolment onto which something is to be carried.
type stale struct {
	enrolment, webinar, recording string
	durationMS                    int64
	pieces                        []catalog.TimePiece
	setAt                         time.Time
	oneFile                       bool            // both were cut from it
	earlier                       playback.Ranges // of the earlier recording; on the later one's timeline when oneFile
	positionMS                    *int64
}

// carry moves what an account has on replaced recordings to those that replace
// them. It happens at reading, so that no writer of beats or recordings needs
// to know of it. Exactly one of webinar and program is given.
func (s *Store) carry(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID, program catalog.ProgramID) error {
	for range maxCarried {
		rows, err := s.db.Query(ctx, staleQuery, account, webinar, program)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f stale, err error) {
			err = row.Scan(&f.enrolment, &f.webinar, &f.recording, &f.durationMS, &f.pieces, &f.setAt, &f.oneFile, rangesColumn{&f.earlier}, &f.positionMS)
			return f, err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		if err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error { return carryOne(ctx, tx, found[0]) }); err != nil {
			return err
		}
	}
	return nil
}

// maxCarried bounds the steps of one reading; what is left is done at the next.
const maxCarried = 200

// carryOne derives the coverage that comes from the earlier recording, then the
// union. Rows are locked in the order of all writers: coverage, union, position.
func carryOne(ctx context.Context, tx pgx.Tx, f stale) error {
	moved := f.earlier.Clip(0, f.durationMS)
	if !f.oneFile {
		moved = playback.Carry(f.earlier, f.pieces, f.durationMS)
	}
	keys := []any{f.enrolment, f.webinar, f.recording}
	for _, step := range []struct {
		sql  string
		more []any
	}{
		{`insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges) values ($3, $1, $2, $3, 'replay', $4)
			on conflict (origin_id, enrolment_id, webinar_id) do update set ranges = excluded.ranges`, []any{formatRanges(moved)}},
		{`insert into coverage_union (enrolment_id, webinar_id, recording_id, source) values ($1, $2, $3, 'replay') on conflict do nothing`, nil},
		{`select from coverage_union where (enrolment_id, webinar_id, recording_id, source) = ($1, $2, $3, 'replay') for no key update`, nil},
		{`update coverage_union u set ranges = (select range_agg(c.ranges) from coverage c
				where (c.enrolment_id, c.webinar_id, c.recording_id, c.source) = ($1, $2, $3, 'replay'))
			where (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = ($1, $2, $3, 'replay')`, nil},
		{
			`insert into carried (enrolment_id, webinar_id, recording_id, map_set_at, ranges, position_ms) values ($1, $2, $3, $4, $5, $6)
			on conflict (enrolment_id, webinar_id, recording_id) do update
			set map_set_at = excluded.map_set_at, ranges = excluded.ranges, position_ms = excluded.position_ms`,
			[]any{f.setAt, formatRanges(f.earlier), f.positionMS},
		},
	} {
		if _, err := tx.Exec(ctx, step.sql, append(keys[:3:3], step.more...)...); err != nil {
			return err
		}
	}
	if f.positionMS == nil {
		return nil
	}
	// What a player says of the new recording comes later and stays.
	_, err := tx.Exec(ctx, `
		insert into resume_positions (enrolment_id, webinar_id, recording_id, position_ms, session_id, device)
		values ($1, $2, $3, $4, 'carried', 'the earlier recording')
		on conflict (enrolment_id, webinar_id, recording_id) do update set position_ms = excluded.position_ms, updated_at = now()
		where resume_positions.session_id in ('carried', 'live')`, f.enrolment, f.webinar, f.recording,
		playback.CarryPosition(*f.positionMS, f.pieces, f.durationMS))
	return err
}
