package playbackdb

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// verdict is where one enrolment stands with one webinar, for judging many.
type verdict struct {
	account catalog.AccountID
	key     unionKey // the recording is empty when the webinar has none
	judged  playback.Case
	by      judging
}

// standingsQuery reads everybody who has anything to be judged of the current
// recordings: of one webinar ($1) or of all of a program ($2); one is empty. Of
// one account ($3) unless it is empty.
const standingsQuery = `
	select e.account_id, e.id, w.id, coalesce(r.id, ''), coalesce(r.duration_ms, 0),
		l.ranges::text, u.ranges::text, coalesce(m.confirmed, false), ` + judgingColumns + `
	from webinars w
	join courses c on c.id = w.course_id and c.deleted_at is null
	join enrolments e on e.program_id = c.program_id and e.withdrawn_at is null
	left join recordings r on r.id = w.current_recording_id
	left join coverage_union l on (l.enrolment_id, l.webinar_id, l.recording_id, l.source) = (e.id, w.id, r.id, 'live')
	left join coverage_union u on (u.enrolment_id, u.webinar_id, u.recording_id, u.source) = (e.id, w.id, r.id, 'replay')
	left join live_maps m on m.recording_id = r.id
	` + judgingJoins + `
	where w.deleted_at is null and (w.id = $1 or c.program_id = $2) and ($3 = '' or e.account_id = $3)
		and (l.enrolment_id is not null or u.enrolment_id is not null or done.enrolment_id is not null or wv.id is not null)
	order by w.id collate "C", e.id collate "C"`

// readStandings calls each with everybody's standing, in order of webinar and
// enrolment. each must not use q.
func readStandings(ctx context.Context, q querier, webinar catalog.WebinarID, program catalog.ProgramID, account catalog.AccountID, each func(verdict)) error {
	rows, err := q.Query(ctx, standingsQuery, webinar, program, account)
	if err != nil {
		return err
	}
	var s verdict
	var coverage playback.Coverage
	var durationMS int64
	fields := slices.Concat([]any{
		&s.account, &s.key.enrolment, &s.key.webinar, &s.key.recording, &durationMS,
		rangesColumn{&coverage.Live},
		rangesColumn{&coverage.Replay},
		&coverage.LiveConfirmed,
	}, s.by.columns())
	_, err = pgx.ForEachRow(rows, fields, func() error {
		s.judged = s.by.of(coverage, durationMS)
		each(s)
		return nil
	})
	return err
}

// settle records the completions that somebody has reached and that no beat
// will come for: attendance was projected, or the rule or the exclusions
// changed. It takes none back.
func settle(ctx context.Context, tx pgx.Tx, webinar catalog.WebinarID, program catalog.ProgramID) error {
	changes, err := complete(ctx, tx, webinar, program, "")
	if err != nil {
		return err
	}
	return RecordEvidence(ctx, tx, changes...)
}

// complete writes the completions of settle, of one account unless it is empty,
// and returns what is to be put on record.
func complete(ctx context.Context, tx pgx.Tx, webinar catalog.WebinarID, program catalog.ProgramID, account catalog.AccountID) ([]Change, error) {
	all := map[unionKey]reached{}
	err := readStandings(ctx, tx, webinar, program, account, func(s verdict) {
		if by, ok := s.by.reaches(s.judged.Coverage, s.judged.DurationMS); ok {
			all[s.key] = by
		}
	})
	if err != nil {
		return nil, err
	}
	return insertCompletions(ctx, tx, all)
}

// SettleProgram records the completions that a program's doctors have reached
// under its rule in force: for the transaction that changed the rule.
func (s *Store) SettleProgram(ctx context.Context, tx pgx.Tx, program catalog.ProgramID) (err error) {
	defer wrap(&err, "settle program %q", program)
	return settle(ctx, tx, "", program)
}
