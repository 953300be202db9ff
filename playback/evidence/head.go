package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"rounds/catalog"
)

// Day is a day in UTC, as 2026-11-22.
type Day string

// DayOf is the day that a moment lies in.
func DayOf(at time.Time) Day { return Day(at.UTC().Format(time.DateOnly)) }

// Start is the first moment of the day; the zero time for what is no day.
func (d Day) Start() time.Time {
	at, _ := time.Parse(time.DateOnly, string(d))
	return at
}

// Next is the day after.
func (d Day) Next() Day { return DayOf(d.Start().AddDate(0, 0, 1)) }

// Head vouches for the chains as they were at the end of a day: it holds the
// ends of those that grew since the head before. Together, all heads hold every
// chain.
type Head struct {
	Format    int       `json:"rounds_evidence_head"`
	Day       Day       `json:"day"`
	WrittenAt time.Time `json:"written_at"`
	Previous  Sum       `json:"previous"` // of the stored bytes of the head before; zero for the first
	Entries   []Entry   `json:"entries"`
}

// Entry is the end of a chain.
type Entry struct {
	Program   catalog.ProgramID   `json:"program_id"`
	Enrolment catalog.EnrolmentID `json:"enrolment_id"`
	Number    int                 `json:"number"` // of the last record
	Hash      Sum                 `json:"hash"`   // of the last record
}

// Encode returns the bytes to be stored.
func (h Head) Encode() ([]byte, error) {
	h.Format, h.WrittenAt = formatVersion, h.WrittenAt.UTC().Truncate(time.Microsecond)
	if h.Entries == nil {
		h.Entries = []Entry{}
	}
	text, err := compact(h)
	return append(text, '\n'), err
}

// StoredHead is a head with the bytes that were stored.
type StoredHead struct {
	Head
	Sum Sum // of the bytes
}

// ReadHead reads stored bytes back. It is an error when they are not exactly
// what Encode writes.
func ReadHead(stored []byte) (StoredHead, error) {
	h := StoredHead{Sum: sha256.Sum256(stored)}
	if err := json.Unmarshal(stored, &h.Head); err != nil {
		return h, fmt.Errorf("head: %w", err)
	}
	again, err := h.Encode()
	if err == nil && (!bytes.Equal(again, stored) || h.Format != formatVersion || h.Day.Start().IsZero()) {
		err = errors.New("head is not in the form that Rounds writes")
	}
	return h, err
}

// Heads are the stored heads in the order of their days.
type Heads iter.Seq2[StoredHead, error]

// NoHeads stands for none at hand.
func NoHeads(func(StoredHead, error) bool) {}

// vouch is an entry of a head. A later one is of a head that was written after
// the export was made, so the export need not reach as far.
type vouch struct {
	Entry
	day   Day
	later bool
}

// vouched is what the heads say of one program.
type vouched struct {
	count   int
	last    Day // of the heads that were there when the export was made
	entries map[catalog.EnrolmentID][]vouch
}

// readHeads checks that the heads form one chain without a gap and collects
// what they say of a program.
func readHeads(heads Heads, header Header) (vouched, error) {
	v := vouched{entries: map[catalog.EnrolmentID][]vouch{}}
	var before StoredHead
	for h, err := range heads {
		switch {
		case err != nil:
			return v, err
		case v.count > 0 && h.Day != before.Day.Next():
			return v, &Broken{Reason: fmt.Sprintf("there is no head of %s", before.Day.Next())}
		case h.Previous != before.Sum:
			return v, &Broken{Reason: fmt.Sprintf("the head of %s does not follow the one before it", h.Day)}
		}
		v.count, before = v.count+1, h
		v.add(h, header)
	}
	return v, nil
}

func (v *vouched) add(h StoredHead, header Header) {
	later := h.WrittenAt.After(header.ExportedAt)
	if !later {
		v.last = h.Day
	}
	for _, e := range h.Entries {
		if e.Program == header.Program {
			v.entries[e.Enrolment] = append(v.entries[e.Enrolment], vouch{e, h.Day, later})
		}
	}
}
