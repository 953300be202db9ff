package playbackdb

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/evidence"
)

// Change is something that credit hangs on, to be put on record. What it was
// judged by and what had been watched is read when it is recorded.
type Change struct {
	Kind      evidence.Kind
	Enrolment catalog.EnrolmentID
	Webinar   catalog.WebinarID
	Subject   string // the waiver or import it is about
	By        string // account or token of who did it
	Reason    string
}

// RecordEvidence adds a record for each change to the chain of its enrolment:
// in the transaction that makes the changes, after all its other writes. The
// ends of chains are locked in the order of enrolments, last of all locks; a
// chain gets its records in the order of changes.
func RecordEvidence(ctx context.Context, tx pgx.Tx, changes ...Change) error {
	if len(changes) == 0 {
		return nil
	}
	facts, err := readFacts(ctx, tx, changes)
	if err != nil {
		return err
	}
	records := make([]evidence.Record, 0, len(facts))
	for _, f := range facts {
		records = append(records, f.record())
	}
	return appendRecords(ctx, tx, records)
}

// facts are all that is known of one change.
type facts struct {
	Change
	account   catalog.AccountID
	program   catalog.ProgramID
	recording *catalog.RecordingID
	token     string
	by        judging
	judged    playback.Case
	origins   []evidence.Origin
}

// factsQuery reads by what a completion was reached, also when the rule, the
// exclusions or the recording have changed since; else what is in force.
const factsQuery = `
	select e.account_id, e.program_id, r.id, coalesce(r.token, ''), coalesce(r.duration_ms, 0), coalesce(m.confirmed, false),
		coalesce(rule.version, 0), coalesce(rule.threshold_percent, 0)::float8, coalesce(rule.counts, ''),
		coalesce(rule.max_rate, 0)::float8, coalesce(rule.rounding, ''), x.pieces
	from unnest($1::text[], $2::text[]) with ordinality as k(enrolment, webinar, n)
	join enrolments e on e.id = k.enrolment
	join webinars w on w.id = k.webinar
	left join completions done on (done.enrolment_id, done.webinar_id) = (e.id, w.id)
	left join recordings r on r.id = coalesce(nullif(done.recording_id, ''), w.current_recording_id)
	left join live_maps m on m.recording_id = r.id
	left join lateral (select * from program_rules where program_id = e.program_id
		and version = coalesce(done.rule_version, version) order by version desc limit 1) rule on true
	left join lateral (select pieces from excluded_ranges where recording_id = r.id
		and version <= coalesce(done.exclusions_version, version) order by version desc limit 1) x on true
	order by k.n`

func readFacts(ctx context.Context, tx pgx.Tx, changes []Change) ([]*facts, error) {
	enrolments, webinars := make([]string, len(changes)), make([]string, len(changes))
	for i, c := range changes {
		enrolments[i], webinars[i] = string(c.Enrolment), string(c.Webinar)
	}
	rows, err := tx.Query(ctx, factsQuery, enrolments, webinars)
	if err != nil {
		return nil, err
	}
	all := make([]*facts, 0, len(changes))
	var f facts
	var durationMS int64
	var confirmed bool
	_, err = pgx.ForEachRow(rows, []any{
		&f.account, &f.program, &f.recording, &f.token, &durationMS, &confirmed,
		&f.by.rule.Version, &f.by.rule.ThresholdPercent, &f.by.rule.Counts, &f.by.rule.MaxRate, &f.by.rule.Rounding, &f.by.excluded,
	}, func() error {
		one := f
		one.Change = changes[len(all)]
		one.judged = one.by.of(playback.Coverage{LiveConfirmed: confirmed}, durationMS)
		all = append(all, &one)
		return nil
	})
	if err == nil && len(all) != len(changes) {
		err = catalog.ErrNotFound // an enrolment or webinar that there is not
	}
	if err != nil {
		return nil, err
	}
	return all, readOrigins(ctx, tx, all)
}

// readOrigins adds where the seconds came from.
func readOrigins(ctx context.Context, tx pgx.Tx, all []*facts) error {
	var keys keyColumns
	for _, f := range all {
		recording := ""
		if f.recording != nil {
			recording = string(*f.recording)
		}
		keys.add(unionKey{string(f.Enrolment), string(f.Webinar), recording})
	}
	rows, err := tx.Query(ctx, `
		select k.n, c.origin_id, c.source, c.ranges::text, coalesce(s.started_at, a.first), coalesce(s.ended_at, a.last), s.last_beat_at,
			coalesce(s.speed, 0), coalesce(s.accepted_ms, 0), coalesce(s.refused_ms, 0), coalesce(s.device, ''),
			coalesce(i.platform, ''), coalesce(i.created_by, '')
		from unnest($1::text[], $2::text[], $3::text[]) with ordinality as k(enrolment, webinar, recording, n)
		join coverage c on (c.enrolment_id, c.webinar_id, c.recording_id) = (k.enrolment, k.webinar, k.recording)
		left join playback_sessions s on s.id = c.origin_id
		left join attendance_imports i on i.id = c.origin_id
		left join lateral (select min(joined_at) as first, max(left_at) as last from attendance
			where import_id = i.id and enrolment_id = k.enrolment) a on true
		order by k.n, coalesce(s.started_at, a.first), c.origin_id`, keys.enrolments, keys.webinars, keys.recordings)
	if err != nil {
		return err
	}
	var n int
	var ranges playback.Ranges
	var o evidence.Origin
	_, err = pgx.ForEachRow(rows, []any{
		&n, &o.ID, &o.Source,
		rangesColumn{&ranges},
		&o.StartedAt, &o.EndedAt, &o.LastBeatAt,
		&o.Speed, &o.AcceptedMS, &o.RefusedMS, &o.Device, &o.Platform, &o.By,
	}, func() error {
		all[n-1].add(o, ranges)
		return nil
	})
	return err
}

func (f *facts) add(o evidence.Origin, ranges playback.Ranges) {
	o.Ranges = spans(ranges)
	for _, at := range []**time.Time{&o.StartedAt, &o.EndedAt, &o.LastBeatAt} { // the row's buffers are used again
		if *at != nil {
			own := **at
			*at = &own
		}
	}
	f.origins = append(f.origins, o)
	if c := &f.judged.Coverage; playback.Source(o.Source) == playback.SourceLive {
		c.Live = c.Live.Union(ranges)
	} else {
		c.Replay = c.Replay.Union(ranges)
	}
}

// maxEvidencePieces bounds what one record lists. Nobody who watches comes near
// it; a player that claims every other second must not make records that
// cannot be handled. Beyond it totals stand for ranges.
const maxEvidencePieces = 50_000

func (f *facts) record() evidence.Record {
	r := evidence.Record{
		Kind: f.Kind, Enrolment: f.Enrolment, Account: f.account, Program: f.program, Webinar: f.Webinar,
		Rule: f.rule(), Subject: f.Subject, By: f.By, Reason: f.Reason,
	}
	if f.recording == nil {
		return r
	}
	r.Recording = &evidence.Recording{ID: *f.recording, Token: f.token, DurationMS: f.judged.DurationMS}
	certain := f.judged.Certain()
	counted, counting := certain.Have().Total(), certain.Counting().Total()
	coverage := f.judged.Coverage
	r.Watched = &evidence.Watched{
		Live: spans(coverage.Live), Replay: spans(coverage.Replay), Union: spans(coverage.Union()),
		CountedMS: counted, Hundredths: int64(math.Round(playback.Percent(counted, counting) * 100)),
	}
	r.Origins = f.origins
	pieces := len(r.Watched.Union)
	for _, o := range r.Origins {
		pieces += len(o.Ranges)
	}
	if pieces > maxEvidencePieces {
		for i := range r.Origins {
			r.Origins[i].Ranges = evidence.Spans{}
		}
		r.Watched.Live, r.Watched.Replay, r.Watched.Union = nil, nil, evidence.Spans{}
	}
	return r
}

func (f *facts) rule() *evidence.Rule {
	rule := f.judged.Rule
	return &evidence.Rule{
		Version: rule.Version, ThresholdHundredths: int64(math.Round(rule.ThresholdPercent * 100)), Counts: rule.Counts,
		MaxRatePercent: int64(math.Round(rule.MaxRate * 100)), Rounding: string(rule.Rounding), Excluded: spans(f.judged.Excluded),
	}
}

// spans spells ranges for a record; never nil.
func spans(ranges playback.Ranges) evidence.Spans {
	out := make(evidence.Spans, 0, len(ranges))
	for _, r := range ranges {
		out = append(out, [2]int64{r.From, r.To})
	}
	return out
}

// chainEnd is where a chain ends.
type chainEnd struct {
	number int
	hash   evidence.Sum
	now    time.Time // of the database, with the chain locked
}

// appendRecords locks the ends of the chains and adds the records.
func appendRecords(ctx context.Context, tx pgx.Tx, records []evidence.Record) error {
	slices.SortStableFunc(records, func(a, b evidence.Record) int { return compareIDs(a.Enrolment, b.Enrolment) })
	ends, err := lockChains(ctx, tx, records)
	if err != nil {
		return err
	}
	var enrolments, texts []string
	var numbers []int
	var times []time.Time
	var hashes [][]byte
	for _, r := range records {
		end := ends[r.Enrolment]
		end.number++
		r.Number, r.At = end.number, end.now
		text, err := evidence.Encode(r)
		if err != nil {
			return err
		}
		end.hash = evidence.Hash(end.hash, text)
		enrolments, numbers, times = append(enrolments, string(r.Enrolment)), append(numbers, r.Number), append(times, r.At)
		texts, hashes = append(texts, string(text)), append(hashes, slices.Clone(end.hash[:]))
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		insert into evidence (enrolment_id, number, recorded_at, record, hash)
		select * from unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[], $5::bytea[])`, enrolments, numbers, times, texts, hashes)
	batch.Queue(`
		update evidence_chains c set number = u.number, hash = u.hash
		from (select distinct on (enrolment) * from unnest($1::text[], $2::int[], $3::bytea[]) as u(enrolment, number, hash)
			order by enrolment, number desc) u
		where c.enrolment_id = u.enrolment`, enrolments, numbers, hashes)
	return tx.SendBatch(ctx, batch).Close()
}

func compareIDs(a, b catalog.EnrolmentID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// lockChains makes the chains that are missing and locks them, in the order of
// their enrolments; what it returns was read after that.
func lockChains(ctx context.Context, tx pgx.Tx, records []evidence.Record) (map[catalog.EnrolmentID]*chainEnd, error) {
	var enrolments, programs []string
	for _, r := range records {
		if n := len(enrolments); n == 0 || enrolments[n-1] != string(r.Enrolment) {
			enrolments, programs = append(enrolments, string(r.Enrolment)), append(programs, string(r.Program))
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		insert into evidence_chains (enrolment_id, program_id, hash)
		select u.enrolment, u.program, $3 from unnest($1::text[], $2::text[]) as u(enrolment, program)
		order by u.enrolment collate "C" on conflict do nothing`, enrolments, programs, make([]byte, len(evidence.Sum{})))
	batch.Queue(`select from evidence_chains where enrolment_id = any($1) order by enrolment_id collate "C" for no key update`, enrolments)
	batch.Queue(`select enrolment_id, number, hash, clock_timestamp() from evidence_chains where enrolment_id = any($1)`, enrolments)
	results := tx.SendBatch(ctx, batch)
	defer results.Close() //nolint:errcheck // errors come with the results
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return nil, err
		}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	ends := make(map[catalog.EnrolmentID]*chainEnd, len(enrolments))
	var id catalog.EnrolmentID
	var end chainEnd
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &end.number, &hash, &end.now}, func() error {
		one := end
		copy(one.hash[:], hash)
		ends[id] = &one
		return nil
	})
	return ends, err
}

// recordRetracted puts on record that an import was undone, for everybody whom
// it concerned and who had completed the webinar: the completion stands, and
// what is left of the seconds is told.
func recordRetracted(ctx context.Context, tx pgx.Tx, id playback.ImportID, by, reason string) error {
	rows, err := tx.Query(ctx, `
		select distinct a.enrolment_id, i.webinar_id from attendance_imports i
		join attendance a on a.import_id = i.id
		join completions done on (done.enrolment_id, done.webinar_id) = (a.enrolment_id, i.webinar_id)
		where i.id = $1`, id)
	if err != nil {
		return err
	}
	change := Change{Kind: evidence.Retracted, Subject: string(id), By: by, Reason: reason}
	var changes []Change
	_, err = pgx.ForEachRow(rows, []any{&change.Enrolment, &change.Webinar}, func() error {
		changes = append(changes, change)
		return nil
	})
	if err != nil {
		return err
	}
	return RecordEvidence(ctx, tx, changes...)
}
