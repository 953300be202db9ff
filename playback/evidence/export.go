package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"
	"time"

	"rounds/catalog"
)

// Header is the first line of an export.
type Header struct {
	Format     int               `json:"rounds_evidence"`
	Program    catalog.ProgramID `json:"program_id"`
	ExportedAt time.Time         `json:"exported_at"` // everything recorded before this is in it
}

// Line is one record of an export. Record holds its canonical form, verbatim.
type Line struct {
	Previous Sum             `json:"previous"`
	Hash     Sum             `json:"hash"`
	Record   json.RawMessage `json:"record"`
}

// trailer is the last line of an export. Digest is over all bytes before it.
type trailer struct {
	End        bool `json:"end"`
	Enrolments int  `json:"enrolments"`
	Records    int  `json:"records"`
	Digest     Sum  `json:"digest"`
}

// Writer writes an export: one line of JSON for the header, for each record and
// for the end. It holds one record in memory.
type Writer struct {
	to     io.Writer
	digest hash.Hash
	last   catalog.EnrolmentID
	count  trailer
}

// NewWriter writes the header of an export to w.
func NewWriter(w io.Writer, program catalog.ProgramID, at time.Time) (*Writer, error) {
	e := &Writer{to: w, digest: sha256.New(), count: trailer{End: true}}
	return e, e.line(Header{Format: formatVersion, Program: program, ExportedAt: at.UTC().Truncate(time.Microsecond)})
}

// Write adds a record. All records of an enrolment come after each other, in
// the order of their numbers.
func (e *Writer) Write(enrolment catalog.EnrolmentID, line Line) error {
	e.count.Records++
	if enrolment != e.last {
		e.last = enrolment
		e.count.Enrolments++
	}
	return e.line(line)
}

// Close writes the last line; an export without it was cut off.
func (e *Writer) Close() error {
	copy(e.count.Digest[:], e.digest.Sum(nil))
	return e.line(e.count)
}

func (e *Writer) line(v any) error {
	text, err := compact(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	e.digest.Write(text)
	_, err = e.to.Write(text)
	return err
}

// Stored is a record as it is kept, with its place.
type Stored struct {
	Enrolment catalog.EnrolmentID
	Number    int
	Line      Line
	Email     string // of the doctor as it is now; only for statements that are to tell it
}
