package playbackdb

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback/evidence"
)

// evidencePage is how many records are read at a time: an export of any length
// takes as much memory, and no transaction stays open for a slow reader.
const evidencePage = 200

// Evidence returns the database's time and all records of a program, also of
// one that was deleted: chain by chain, each in order. What was committed before
// that time is among them; what comes later may be.
// catalog.ErrNotFound when there never was such a program.
func (s *Store) Evidence(ctx context.Context, program catalog.ProgramID) (at time.Time, records iter.Seq2[evidence.Stored, error], err error) {
	defer wrap(&err, "evidence of program %q", program)
	if err := s.db.QueryRow(ctx, `select clock_timestamp() from programs where id = $1`, program).Scan(&at); err != nil {
		return at, nil, err
	}
	return at, func(yield func(evidence.Stored, error) bool) {
		var last evidence.Stored
		for {
			page, err := s.evidenceAfter(ctx, program, last.Enrolment, last.Number)
			if err != nil {
				yield(last, err)
				return
			}
			for _, e := range page {
				if e.Enrolment == last.Enrolment {
					e.Line.Previous = last.Line.Hash
				}
				if last = e; !yield(e, nil) {
					return
				}
			}
			if len(page) < evidencePage {
				return
			}
		}
	}, nil
}

// evidenceAfter reads the records after one, without the hash before each.
func (s *Store) evidenceAfter(ctx context.Context, program catalog.ProgramID, enrolment catalog.EnrolmentID, number int) (page []evidence.Stored, err error) {
	defer wrap(&err, "evidence after record %d of %q", number, enrolment)
	rows, err := s.db.Query(ctx, `
		select e.enrolment_id, e.number, e.hash, e.record, a.email
		from evidence_chains c
		join evidence e on e.enrolment_id = c.enrolment_id
		join enrolments n on n.id = c.enrolment_id
		join accounts a on a.id = n.account_id
		where c.program_id = $1 and c.enrolment_id >= $2 and (e.enrolment_id, e.number) > ($2, $3)
		order by c.enrolment_id, e.number limit $4`, program, enrolment, number, evidencePage)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e evidence.Stored, err error) {
		var hash []byte
		var record string
		err = row.Scan(&e.Enrolment, &e.Number, &hash, &record, &e.Email)
		copy(e.Line.Hash[:], hash)
		e.Line.Record = []byte(record)
		return e, err
	})
}
