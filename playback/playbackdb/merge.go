package playbackdb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/evidence"
)

// MergeWatched gives all that the source account has in programs to the target:
// enrolments that only the source has, and of those that both have, what was
// watched. Every second counts once: the intervals of both are united, per
// source of coverage. What is on record stays as it is; records are added to the
// target's chains. It is for the transaction that merges the accounts, and holds
// the locks of attendance and of playing until that ends.
func (s *Store) MergeWatched(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) (outcome identity.MergeOutcome, err error) {
	defer wrap(&err, "merge what %q has watched into %q", o.Source, o.Target)
	if outcome.Programs, err = mergedPrograms(ctx, tx, o); err != nil {
		return outcome, err
	}
	for _, p := range outcome.Programs {
		for _, account := range []catalog.AccountID{o.Source, o.Target} {
			if err := s.freshen(ctx, account, "", p.ProgramID); err != nil {
				return outcome, err
			}
		}
	}
	webinars, err := lockMerge(ctx, tx, o)
	if err != nil {
		return outcome, err
	}
	before := mergeStandings{}
	if err := before.read(ctx, tx, outcome.Programs, o.Source, o.Target); err != nil {
		return outcome, err
	}
	if outcome.Overlap, err = playedTogether(ctx, tx, o); err != nil {
		return outcome, err
	}
	if err := unite(ctx, tx, o, webinars, outcome.Programs); err != nil {
		return outcome, err
	}
	after := mergeStandings{}
	if err := after.read(ctx, tx, outcome.Programs, o.Target); err != nil {
		return outcome, err
	}
	return outcome, compareMerge(ctx, tx, &outcome, o, before, after)
}

// mergedPrograms are those that either takes part in.
func mergedPrograms(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) ([]identity.MergeProgram, error) {
	rows, err := tx.Query(ctx, `
		select p.id, p.title, bool_or(e.account_id = $1), bool_or(e.account_id = $2), bool_or(e.withdrawn_at is not null)
		from enrolments e join programs p on p.id = e.program_id where e.account_id in ($1, $2)
		group by p.id order by min(e.created_at), p.id`, o.Source, o.Target)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p identity.MergeProgram, err error) {
		p.Webinars = []identity.MergeWebinar{}
		err = row.Scan(&p.ProgramID, &p.Title, &p.InSource, &p.InTarget, &p.Ended)
		return p, err
	})
}

// lockMerge takes the locks in the order of all writers: attendance of the
// webinars that the source attended, which it returns, playing, sessions.
func lockMerge(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) ([]catalog.WebinarID, error) {
	rows, err := tx.Query(ctx, `
		select distinct i.webinar_id from attendance a join attendance_imports i on i.id = a.import_id join enrolments e on e.id = a.enrolment_id
		where e.account_id = $1 order by 1`, o.Source)
	if err != nil {
		return nil, err
	}
	webinars, err := pgx.CollectRows(rows, pgx.RowTo[catalog.WebinarID])
	if err != nil {
		return nil, err
	}
	accounts := []catalog.AccountID{min(o.Source, o.Target), max(o.Source, o.Target)}
	for _, id := range webinars {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.attendance:' || $1, 0))`, id); err != nil {
			return nil, err
		}
	}
	for _, id := range accounts {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.playback:' || $1, 0))`, id); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec(ctx, `select from playback_sessions where account_id = any($1) order by id for no key update`, accounts)
	return webinars, err
}

// mergeStandings is where accounts stand with webinars.
type mergeStandings map[mergeKey]identity.MergeStanding

type mergeKey struct {
	account catalog.AccountID
	webinar catalog.WebinarID
}

func (m mergeStandings) read(ctx context.Context, tx pgx.Tx, programs []identity.MergeProgram, accounts ...catalog.AccountID) error {
	for _, p := range programs {
		for _, account := range accounts {
			err := readStandings(ctx, tx, "", p.ProgramID, account, func(v verdict) {
				had := v.judged.Coverage.Union().Clip(0, v.judged.DurationMS).Total()
				m[mergeKey{account, catalog.WebinarID(v.key.webinar)}] = identity.MergeStanding{
					WatchedMS: had, Percent: playback.Percent(had, v.judged.DurationMS), Completed: v.judged.Done != nil,
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// compareMerge fills in what the merge did, webinar by webinar.
func compareMerge(ctx context.Context, tx pgx.Tx, outcome *identity.MergeOutcome, o identity.MergeOrder, before, after mergeStandings) error {
	rows, err := tx.Query(ctx, `
		select c.program_id, w.id, w.title from courses c join webinars w on w.course_id = c.id
		where c.program_id in (select program_id from enrolments where account_id in ($1, $2)) and c.deleted_at is null and w.deleted_at is null
		order by c.position, c.id, w.position, w.id`, o.Source, o.Target)
	if err != nil {
		return err
	}
	var program catalog.ProgramID
	var w identity.MergeWebinar
	_, err = pgx.ForEachRow(rows, []any{&program, &w.WebinarID, &w.Title}, func() error {
		w.Source, w.Target = before[mergeKey{o.Source, w.WebinarID}], before[mergeKey{o.Target, w.WebinarID}]
		w.Union = after[mergeKey{o.Target, w.WebinarID}]
		none := identity.MergeStanding{}
		i := slices.IndexFunc(outcome.Programs, func(p identity.MergeProgram) bool { return p.ProgramID == program })
		if i >= 0 && (w.Source != none || w.Target != none || w.Union != none) {
			outcome.Programs[i].Webinars = append(outcome.Programs[i].Webinars, w)
		}
		return nil
	})
	return err
}

// playedTogether is for how long both accounts played at the same time.
func playedTogether(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) (time.Duration, error) {
	var seconds float64
	err := tx.QueryRow(ctx, `
		select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)::float8 from unnest(
			(select range_agg(tstzrange(started_at, last_beat_at)) from playback_sessions where account_id = $1 and last_beat_at > started_at)
			* (select range_agg(tstzrange(started_at, last_beat_at)) from playback_sessions where account_id = $2 and last_beat_at > started_at)) r`,
		o.Source, o.Target).Scan(&seconds)
	return time.Duration(seconds * float64(time.Second)).Round(time.Second), err
}

// unite does it. Rows are locked in the order of all writers: coverage, unions,
// positions, chains of evidence.
func unite(ctx context.Context, tx pgx.Tx, o identity.MergeOrder, attended []catalog.WebinarID, programs []identity.MergeProgram) error {
	if _, err := tx.Exec(ctx, `update playback_sessions set ended_at = clock_timestamp(), end_reason = 'taken_over' where account_id = $1 and ended_at is null`, o.Source); err != nil {
		return err
	}
	changes, err := mergedCompletions(ctx, tx, o)
	if err != nil {
		return err
	}
	for _, sql := range mergeSteps {
		if _, err := tx.Exec(ctx, sql, o.Source, o.Target); err != nil {
			return err
		}
	}
	for _, id := range attended {
		w, err := readLive(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := project(ctx, tx, w); err != nil {
			return err
		}
	}
	for _, p := range programs {
		completed, err := complete(ctx, tx, "", p.ProgramID, o.Target)
		if err != nil {
			return err
		}
		changes = append(changes, completed...)
	}
	return RecordEvidence(ctx, tx, changes...)
}

// mergedCompletions is what is to be put on record: what the source had
// completed is now the target's. The subject is where it was before: an
// enrolment, or for one that moves as a whole the account.
func mergedCompletions(ctx context.Context, tx pgx.Tx, o identity.MergeOrder) ([]Change, error) {
	rows, err := tx.Query(ctx, `
		select coalesce(t.id, f.id), coalesce(nullif(f.id, coalesce(t.id, f.id)), $1), done.webinar_id
		from enrolments f join completions done on done.enrolment_id = f.id
		left join enrolments t on t.account_id = $2 and t.program_id = f.program_id
		where f.account_id = $1 order by 1, done.completed_at, 3`, o.Source, o.Target)
	if err != nil {
		return nil, err
	}
	change := Change{Kind: evidence.Merged, By: cmp.Or(o.By, "system"), Reason: o.Reason}
	var changes []Change
	_, err = pgx.ForEachRow(rows, []any{&change.Enrolment, &change.Subject, &change.Webinar}, func() error {
		changes = append(changes, change)
		return nil
	})
	return changes, err
}

// pairs are the enrolments of both accounts ($1, $2) in one program.
const pairs = `(select f.id as src, t.id as dst, f.withdrawn_at is not null or t.withdrawn_at is not null as ended
	from enrolments f join enrolments t on t.program_id = f.program_id where f.account_id = $1 and t.account_id = $2) p`

// mergeSteps move everything from one account ($1) to the other ($2).
var mergeSteps = []string{
	// What both have: rows of one origin are united, the others move.
	`update playback_sessions s set enrolment_id = p.dst, account_id = $2, merged_from = coalesce(s.merged_from, $1) from ` + pairs + ` where s.enrolment_id = p.src`,
	`update attendance a set enrolment_id = p.dst, merged_from = coalesce(a.merged_from, p.src) from ` + pairs + ` where a.enrolment_id = p.src`,
	`insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges)
		select c.origin_id, p.dst, c.webinar_id, c.recording_id, c.source, c.ranges from coverage c join ` + pairs + ` on p.src = c.enrolment_id order by 1, 2, 3
		on conflict (origin_id, enrolment_id, webinar_id) do update set ranges = coverage.ranges + excluded.ranges`,
	`delete from coverage c using ` + pairs + ` where c.enrolment_id = p.src`,
	`insert into coverage_union as u (enrolment_id, webinar_id, recording_id, source, ranges)
		select p.dst, c.webinar_id, c.recording_id, c.source, c.ranges from coverage_union c join ` + pairs + ` on p.src = c.enrolment_id order by 1, 2, 3, 4
		on conflict (enrolment_id, webinar_id, recording_id, source) do update set ranges = u.ranges + excluded.ranges`,
	`delete from coverage_union c using ` + pairs + ` where c.enrolment_id = p.src`,
	`insert into resume_positions as r (enrolment_id, webinar_id, recording_id, position_ms, session_id, device, updated_at)
		select p.dst, c.webinar_id, c.recording_id, c.position_ms, c.session_id, c.device, c.updated_at
		from resume_positions c join ` + pairs + ` on p.src = c.enrolment_id order by 1, 2, 3
		on conflict (enrolment_id, webinar_id, recording_id) do update
		set position_ms = excluded.position_ms, session_id = excluded.session_id, device = excluded.device, updated_at = excluded.updated_at
		where excluded.updated_at > r.updated_at`,
	`delete from resume_positions c using ` + pairs + ` where c.enrolment_id = p.src`,
	`insert into carried (enrolment_id, webinar_id, recording_id, map_set_at, ranges, position_ms)
		select p.dst, c.webinar_id, c.recording_id, c.map_set_at, c.ranges, c.position_ms from carried c join ` + pairs + ` on p.src = c.enrolment_id on conflict do nothing`,
	`delete from carried c using ` + pairs + ` where c.enrolment_id = p.src`,
	`update waivers w set enrolment_id = p.dst from ` + pairs + ` where w.enrolment_id = p.src and (w.revoked_at is not null
		or not exists (select from waivers o where (o.enrolment_id, o.webinar_id) = (p.dst, w.webinar_id) and o.revoked_at is null))`,
	`insert into completions as k (enrolment_id, webinar_id, rule_version, recording_id, completed_at, exclusions_version, waiver_id)
		select p.dst, c.webinar_id, c.rule_version, c.recording_id, c.completed_at, c.exclusions_version, c.waiver_id
		from completions c join ` + pairs + ` on p.src = c.enrolment_id order by 1, 2
		on conflict (enrolment_id, webinar_id) do update
		set rule_version = excluded.rule_version, recording_id = excluded.recording_id, completed_at = excluded.completed_at,
			exclusions_version = excluded.exclusions_version, waiver_id = excluded.waiver_id
		where excluded.completed_at < k.completed_at`,
	`delete from completions c using ` + pairs + ` where c.enrolment_id = p.src`,
	`update certificates c set enrolment_id = p.dst from ` + pairs + ` where c.enrolment_id = p.src and not exists (select from certificates o where o.enrolment_id = p.dst)`,
	// An access that an administrator has ended does not come back by a merge.
	`update enrolments e set withdrawn_at = coalesce(e.withdrawn_at, f.withdrawn_at), withdraw_reason = coalesce(nullif(e.withdraw_reason, ''), f.withdraw_reason)
		from ` + pairs + `, enrolments f where e.id = p.dst and f.id = p.src and p.ended`,
	`update enrolments e set withdrawn_at = coalesce(e.withdrawn_at, now()), withdraw_reason = 'This account became part of another one.' from ` + pairs + ` where e.id = p.src`,
	// What only the source has.
	`update enrolments e set account_id = $2, merged_from = $1 where e.account_id = $1
		and not exists (select from enrolments t where t.account_id = $2 and t.program_id = e.program_id)`,
	`update playback_sessions s set account_id = $2, merged_from = coalesce(s.merged_from, $1) where s.account_id = $1`,
	`update play_reports set account_id = $2 where account_id = $1`,
	`update questions set account_id = $2 where account_id = $1`,
	// By what reports know her.
	`update attendance_names set account_id = $2 where account_id = $1`,
	`delete from attendance_claims f where f.account_id = $1 and f.state = 'pending' and exists (select from attendance_claims t
		where (t.webinar_id, t.email, t.name) = (f.webinar_id, f.email, f.name) and t.account_id = $2 and t.state = 'pending')`,
	`update attendance_claims set account_id = $2 where account_id = $1`,
}
