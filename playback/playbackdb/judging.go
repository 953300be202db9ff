package playbackdb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// judgingColumns and judgingJoins add to any query on enrolments e, webinars w
// and recordings r what the completion of e in w on r is judged by; scan them
// with [judging.columns].
const (
	judgingColumns = `
		coalesce(rule.version, 0), coalesce(rule.threshold_percent, 0)::float8, coalesce(rule.counts, ''),
		coalesce(rule.max_rate, 0)::float8, coalesce(rule.rounding, ''),
		coalesce(x.version, 0), x.pieces, done.rule_version, done.exclusions_version, done.completed_at,
		wv.id, wv.reason, wv.created_by, wv.created_at`
	judgingJoins = `
		left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, w.id)
		left join waivers wv on (wv.enrolment_id, wv.webinar_id) = (e.id, w.id) and wv.revoked_at is null
		left join lateral (select * from program_rules where program_id = e.program_id order by version desc limit 1) rule on true
		left join lateral (select version, pieces from excluded_ranges where recording_id = r.id order by version desc limit 1) x on true`
)

// judging is what a completion is judged by, as it was read.
type judging struct {
	rule              catalog.Rule
	exclusionsVersion int
	excluded          []playback.Excluded
	doneRule          *int
	doneExclusions    *int
	doneAt            *time.Time
	waiverID          *playback.WaiverID
	waiverReason      *string
	waiverBy          *string
	waiverAt          *time.Time
}

// columns are the targets of judgingColumns.
func (j *judging) columns() []any {
	return []any{
		&j.rule.Version, &j.rule.ThresholdPercent, &j.rule.Counts, &j.rule.MaxRate, &j.rule.Rounding,
		&j.exclusionsVersion, &j.excluded, &j.doneRule, &j.doneExclusions, &j.doneAt,
		&j.waiverID, &j.waiverReason, &j.waiverBy, &j.waiverAt,
	}
}

// of is the case of somebody with that coverage of a recording.
func (j *judging) of(coverage playback.Coverage, durationMS int64) playback.Case {
	c := playback.Case{Rule: j.rule, DurationMS: durationMS, Excluded: playback.ExcludedRanges(j.excluded), Coverage: coverage}
	if c.Rule.Version == 0 {
		c.Rule = catalog.DefaultRule()
	}
	if j.doneAt != nil {
		c.Done = &playback.Completion{RuleVersion: *j.doneRule, ExclusionsVersion: *j.doneExclusions, At: *j.doneAt}
	}
	if j.waiverID != nil {
		c.Waiver = &playback.Waiver{ID: *j.waiverID, Reason: *j.waiverReason, By: *j.waiverBy, At: *j.waiverAt}
	}
	return c
}

// records tells whether a completion is to be recorded that was not yet.
func (j *judging) records(coverage playback.Coverage, durationMS int64) bool {
	return j.doneAt == nil && playback.Completed(playback.Judge(j.of(coverage, durationMS).Certain()))
}

// insertCompletions records completions, with their evidence; one that is
// recorded stays as it is.
func insertCompletions(ctx context.Context, tx pgx.Tx, reached map[unionKey]judging) error {
	if len(reached) == 0 {
		return nil
	}
	var keys keyColumns
	var rules, exclusions []int
	for _, key := range slices.SortedFunc(maps.Keys(reached), unionKey.compare) {
		keys.add(key)
		by := reached[key]
		rules, exclusions = append(rules, max(1, by.rule.Version)), append(exclusions, by.exclusionsVersion)
	}
	rows, err := tx.Query(ctx, `
		insert into completions (enrolment_id, webinar_id, recording_id, rule_version, exclusions_version)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[]) as u(enrolment, webinar, recording, rule, exclusions)
		order by 1, 2
		on conflict (enrolment_id, webinar_id) do nothing
		returning enrolment_id, webinar_id, recording_id`, keys.enrolments, keys.webinars, keys.recordings, rules, exclusions)
	if err != nil {
		return err
	}
	var inserted []unionKey
	var key unionKey
	_, err = pgx.ForEachRow(rows, []any{&key.enrolment, &key.webinar, &key.recording}, func() error {
		inserted = append(inserted, key)
		return nil
	})
	if err != nil {
		return err
	}
	return recordCompleted(ctx, tx, inserted)
}
