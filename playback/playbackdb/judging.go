package playbackdb

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/evidence"
)

// judgingColumns and judgingJoins add to any query on enrolments e, courses c,
// webinars w and recordings r what the completion of e in w on r is judged by;
// scan them with [judging.columns]. They come in two parts: what is so for
// everybody, and what is of one person.
const (
	judgingColumns = ruleColumns + ", " + personColumns
	judgingJoins   = ruleJoins + `
		left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, w.id)
		left join waivers wv on (wv.enrolment_id, wv.webinar_id) = (e.id, w.id) and wv.revoked_at is null`

	ruleColumns = `
		coalesce(rule.version, 0), coalesce(rule.threshold_percent, 0)::float8, coalesce(rule.counts, ''),
		coalesce(rule.max_rate, 0)::float8, coalesce(rule.rounding, ''),
		coalesce(x.version, 0), x.pieces`
	personColumns = `
		done.rule_version, done.exclusions_version, done.completed_at, done.waiver_id,
		wv.id, wv.reason, wv.created_by, wv.created_at`
	ruleJoins = `
		left join lateral (select * from program_rules where program_id = c.program_id order by version desc limit 1) rule on true
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
	doneWaiver        *playback.WaiverID
	waiverID          *playback.WaiverID
	waiverReason      *string
	waiverBy          *string
	waiverAt          *time.Time
}

// columns are the targets of judgingColumns.
func (j *judging) columns() []any { return slices.Concat(j.ruleColumns(), j.personColumns()) }

func (j *judging) ruleColumns() []any {
	return []any{
		&j.rule.Version, &j.rule.ThresholdPercent, &j.rule.Counts, &j.rule.MaxRate, &j.rule.Rounding,
		&j.exclusionsVersion, &j.excluded,
	}
}

func (j *judging) personColumns() []any {
	return []any{
		&j.doneRule, &j.doneExclusions, &j.doneAt, &j.doneWaiver,
		&j.waiverID, &j.waiverReason, &j.waiverBy, &j.waiverAt,
	}
}

// by takes what is so for everybody from another.
func (j *judging) by(everybody judging) {
	j.rule, j.exclusionsVersion, j.excluded = everybody.rule, everybody.exclusionsVersion, everybody.excluded
}

// of is the case of somebody with that coverage of a recording.
func (j *judging) of(coverage playback.Coverage, durationMS int64) playback.Case {
	c := playback.Case{Rule: j.rule, DurationMS: durationMS, Excluded: playback.ExcludedRanges(j.excluded), Coverage: coverage}
	if c.Rule.Version == 0 {
		c.Rule = catalog.DefaultRule()
	}
	if j.doneAt != nil {
		c.Done = &playback.Completion{RuleVersion: *j.doneRule, ExclusionsVersion: *j.doneExclusions, At: *j.doneAt}
		if j.doneWaiver != nil {
			c.Done.Waiver = *j.doneWaiver
		}
	}
	if j.waiverID != nil {
		c.Waiver = &playback.Waiver{ID: *j.waiverID, Reason: *j.waiverReason, By: *j.waiverBy, At: *j.waiverAt}
	}
	return c
}

// reached is by what a completion is recorded.
type reached struct {
	rule, exclusions int              // versions
	waiver           *playback.Waiver // nil: by watching
}

// reaches tells whether a completion is to be recorded that was not yet, and by what.
func (j *judging) reaches(coverage playback.Coverage, durationMS int64) (reached, bool) {
	if j.doneAt != nil {
		return reached{}, false
	}
	requirements := playback.Judge(j.of(coverage, durationMS).Certain())
	by := reached{rule: max(1, j.rule.Version), exclusions: j.exclusionsVersion}
	for _, r := range requirements {
		if r.State == playback.Waived {
			by.waiver = r.Waiver
		}
	}
	return by, playback.Completed(requirements)
}

// insertCompletions writes completions down and returns what is to be put on
// record, last of all; one that was written before stays as it is. A rehearsal
// completes nothing: all that credit is goes through here.
func insertCompletions(ctx context.Context, tx pgx.Tx, all map[unionKey]reached) ([]Change, error) {
	if len(all) == 0 {
		return nil, nil
	}
	var keys keyColumns
	var rules, exclusions []int
	var waivers []*string
	for _, key := range slices.SortedFunc(maps.Keys(all), unionKey.compare) {
		keys.add(key)
		by := all[key]
		rules, exclusions, waivers = append(rules, by.rule), append(exclusions, by.exclusions), append(waivers, by.waiverID())
	}
	rows, err := tx.Query(ctx, `
		insert into completions (enrolment_id, webinar_id, recording_id, rule_version, exclusions_version, waiver_id)
		select u.* from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[]) as u(enrolment, webinar, recording, rule, exclusions, waiver)
		where not exists (select from enrolments e join programs p on p.id = e.program_id where e.id = u.enrolment and p.rehearsal_of is not null)
		order by 1, 2
		on conflict (enrolment_id, webinar_id) do nothing
		returning enrolment_id, webinar_id, recording_id`, keys.enrolments, keys.webinars, keys.recordings, rules, exclusions, waivers)
	if err != nil {
		return nil, err
	}
	var changes []Change
	var key unionKey
	_, err = pgx.ForEachRow(rows, []any{&key.enrolment, &key.webinar, &key.recording}, func() error {
		changes = append(changes, all[key].change(key))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changes, tellCompleted(ctx, tx, changes)
}

func (r reached) waiverID() *string {
	if r.waiver == nil {
		return nil
	}
	id := string(r.waiver.ID)
	return &id
}

// change is the completion as it is put on record: one by a waiver names it.
func (r reached) change(key unionKey) Change {
	c := Change{Kind: evidence.Completed, Enrolment: catalog.EnrolmentID(key.enrolment), Webinar: catalog.WebinarID(key.webinar)}
	if r.waiver != nil {
		c.Subject, c.By, c.Reason = string(r.waiver.ID), r.waiver.By, r.waiver.Reason
	}
	return c
}
