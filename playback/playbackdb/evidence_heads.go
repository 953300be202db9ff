package playbackdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/playback/evidence"
)

// HeadVault is the second place, which the owner of the database cannot change.
type HeadVault interface {
	// Put stores the head of a day unless there is one, durably, and returns
	// what is stored then: body, or what was there first.
	Put(ctx context.Context, day evidence.Day, body []byte) ([]byte, error)
}

// ErrHeadMismatch is that the stored heads and the database do not belong together. An
// older state of the database was restored, or one of them was tampered with.
var ErrHeadMismatch = errors.New("the stored heads and the evidence in the database do not match")

// headGrace is how long after midnight a day's head is written, so that what
// was recorded in its last moments is mostly in it. What is not comes with the
// next day's.
const headGrace = 10 * time.Minute

// WriteHeads stores the head of every day that is over and has none yet, oldest
// first, and returns how many. It may be ended at any point and called by
// several at once: what is stored first holds, and the rest follows from it.
func (s *Store) WriteHeads(ctx context.Context, vault HeadVault, now time.Time) (written int, err error) {
	defer wrap(&err, "write heads of evidence")
	last := evidence.DayOf(now.Add(-headGrace).AddDate(0, 0, -1))
	for {
		day, previous, err := s.nextHead(ctx, last)
		if err != nil || day > last {
			return written, err
		}
		if err := s.writeHead(ctx, vault, day, previous, now); err != nil {
			return written, fmt.Errorf("%s: %w", day, err)
		}
		written++
	}
}

// nextHead is the day after the last one with a head; the first of all is the
// day of the first record, or last.
func (s *Store) nextHead(ctx context.Context, last evidence.Day) (evidence.Day, evidence.Sum, error) {
	var sum evidence.Sum
	var day time.Time
	var hash []byte
	err := s.db.QueryRow(ctx, `select day, hash from evidence_heads order by day desc limit 1`).Scan(&day, &hash)
	if err == nil {
		copy(sum[:], hash)
		return evidence.DayOf(day).Next(), sum, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return "", sum, err
	}
	var first *time.Time
	if err := s.db.QueryRow(ctx, `select min(recorded_at) from evidence`).Scan(&first); err != nil || first == nil {
		return last, sum, err
	}
	return min(last, evidence.DayOf(*first)), sum, nil
}

// writeHead stores one head. Ended between the vault and the database, it finds
// its own head there the next time and goes on with that.
func (s *Store) writeHead(ctx context.Context, vault HeadVault, day evidence.Day, previous evidence.Sum, now time.Time) error {
	entries, err := s.dueEntries(ctx, day)
	if err != nil {
		return err
	}
	body, err := evidence.Head{Day: day, WrittenAt: now, Previous: previous, Entries: entries}.Encode()
	if err != nil {
		return err
	}
	stored, err := vault.Put(ctx, day, body)
	if err != nil {
		return err
	}
	head, err := evidence.ReadHead(stored)
	if err != nil || head.Day != day || head.Previous != previous {
		return errors.Join(ErrHeadMismatch, err)
	}
	if !bytes.Equal(stored, body) {
		if err := s.sameRecords(ctx, head); err != nil {
			return err
		}
	}
	return s.noteHead(ctx, head)
}

// dueEntries are the chains that grew until the end of day and since the head before.
func (s *Store) dueEntries(ctx context.Context, day evidence.Day) ([]evidence.Entry, error) {
	rows, err := s.db.Query(ctx, `
		select c.program_id, c.enrolment_id, e.number, e.hash from evidence_chains c
		join lateral (select number, hash from evidence
			where enrolment_id = c.enrolment_id and number > c.headed and recorded_at < $1 order by number desc limit 1) e on true
		where c.number > c.headed order by c.enrolment_id`, day.Next().Start())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e evidence.Entry, err error) {
		var hash []byte
		err = row.Scan(&e.Program, &e.Enrolment, &e.Number, &hash)
		copy(e.Hash[:], hash)
		return e, err
	})
}

// sameRecords tells whether the database has what a head vouches for that it
// did not write just now.
func (s *Store) sameRecords(ctx context.Context, head evidence.StoredHead) error {
	enrolments, numbers, hashes := headColumns(head)
	var found int
	err := s.db.QueryRow(ctx, `
		select count(*) from unnest($1::text[], $2::int[], $3::bytea[]) as u(enrolment, number, hash)
		join evidence e on (e.enrolment_id, e.number, e.hash) = (u.enrolment, u.number, u.hash)`, enrolments, numbers, hashes).Scan(&found)
	if err == nil && found != len(enrolments) {
		err = ErrHeadMismatch
	}
	return err
}

// noteHead remembers what is vouched for.
func (s *Store) noteHead(ctx context.Context, head evidence.StoredHead) error {
	enrolments, numbers, _ := headColumns(head)
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into evidence_heads (day, hash) values ($1, $2) on conflict do nothing`, head.Day.Start(), head.Sum[:]); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `select from evidence_chains where enrolment_id = any($1) order by enrolment_id collate "C" for no key update`, enrolments)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update evidence_chains c set headed = greatest(c.headed, u.number)
			from unnest($1::text[], $2::int[]) as u(enrolment, number) where c.enrolment_id = u.enrolment`, enrolments, numbers)
		return err
	})
}

func headColumns(head evidence.StoredHead) (enrolments []string, numbers []int, hashes [][]byte) {
	for _, e := range head.Entries {
		enrolments, numbers, hashes = append(enrolments, string(e.Enrolment)), append(numbers, e.Number), append(hashes, e.Hash[:])
	}
	return enrolments, numbers, hashes
}
