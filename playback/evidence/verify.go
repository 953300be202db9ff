package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"rounds/catalog"
)

// maxLine bounds a line of an export.
const maxLine = 16 << 20

// Report tells what was proved.
type Report struct {
	Header
	Enrolments int
	Records    int
	Heads      int
	LastHead   Day // of those that were there when the export was made; empty without
	Unheaded   int // records that no head vouches for (yet)
}

// Broken is the first thing in an export that is not as it was recorded.
type Broken struct {
	Line      int                 // of the export, from 1; 0 when it is about a head
	Enrolment catalog.EnrolmentID // empty when it is about the export as a whole
	Number    int                 // of the record; 0 when it is about the chain
	Reason    string
}

// Error implements error.
func (b *Broken) Error() string {
	text := b.Reason
	if b.Number > 0 {
		text = fmt.Sprintf("record %d: %s", b.Number, text)
	}
	if b.Enrolment != "" {
		text = fmt.Sprintf("enrolment %s: %s", b.Enrolment, text)
	}
	if b.Line > 0 {
		text = fmt.Sprintf("line %d: %s", b.Line, text)
	}
	return text
}

// Verify reads an export to its end and holds it to its own hashes and to the
// heads. It returns a *Broken for the first thing that is wrong: a changed
// byte, a record or a chain that is missing, added, repeated or in another
// place, an export that was cut. With [NoHeads] it proves only that the export
// is consistent in itself.
func Verify(export io.Reader, heads Heads) (Report, error) {
	v := &verifier{lines: newLines(export), seen: map[catalog.EnrolmentID]bool{}}
	if err := v.header(); err != nil {
		return v.report, err
	}
	var err error
	if v.vouched, err = readHeads(heads, v.report.Header); err != nil {
		return v.report, err
	}
	v.report.Heads, v.report.LastHead = v.vouched.count, v.vouched.last
	for {
		text, err := v.lines.next()
		if err != nil {
			return v.report, err
		}
		if bytes.HasPrefix(text, []byte(`{"end":`)) {
			return v.report, v.end(text)
		}
		if err := v.record(text); err != nil {
			return v.report, err
		}
	}
}

// verifier holds one chain at a time.
type verifier struct {
	lines   *lines
	report  Report
	vouched vouched
	seen    map[catalog.EnrolmentID]bool // chains that began

	enrolment catalog.EnrolmentID // of the chain at hand
	number    int
	hash      Sum
	headed    int // the last record of it that a head vouches for
}

func (v *verifier) broken(number int, format string, args ...any) error {
	return &Broken{Line: v.lines.number, Enrolment: v.enrolment, Number: number, Reason: fmt.Sprintf(format, args...)}
}

func (v *verifier) header() error {
	text, err := v.lines.next()
	if err != nil {
		return err
	}
	if err := strictly(text, &v.report.Header); err != nil || v.report.Format != formatVersion {
		return v.broken(0, "this is not an export of evidence")
	}
	return nil
}

func (v *verifier) record(text []byte) error {
	var line Line
	if err := strictly(text, &line); err != nil {
		return v.broken(0, "this line is not as it was written: %v", err)
	}
	var r Record
	if err := json.Unmarshal(line.Record, &r); err != nil {
		return v.broken(0, "this record cannot be read: %v", err)
	}
	if r.Enrolment != v.enrolment {
		if err := v.endChain(); err != nil {
			return err
		}
		if v.enrolment = r.Enrolment; v.seen[r.Enrolment] {
			return v.broken(r.Number, "it stands apart from its chain")
		}
		v.seen[r.Enrolment] = true
		v.number, v.hash, v.headed = 0, Sum{}, 0
		v.report.Enrolments++
	}
	v.report.Records++
	return v.link(line, r)
}

// link checks one record against the one before it and against the heads.
func (v *verifier) link(line Line, r Record) error {
	switch {
	case r.Number != v.number+1:
		return v.broken(v.number+1, "it is missing; record %d follows", r.Number)
	case line.Previous != v.hash:
		return v.broken(r.Number, "it does not follow the record before it")
	case Hash(v.hash, line.Record) != line.Hash:
		return v.broken(r.Number, "its content does not have its hash")
	case r.Program != v.report.Program:
		return v.broken(r.Number, "it is of another program")
	}
	v.number, v.hash = r.Number, line.Hash
	for _, e := range v.vouched.entries[v.enrolment] {
		if e.Number != r.Number {
			continue
		}
		if e.Hash != line.Hash {
			return v.broken(v.headed+1, "the chain from here to record %d is not the one that the head of %s vouches for", r.Number, e.day)
		}
		v.headed = r.Number
	}
	return v.notNew(r)
}

// notNew finds what was added later and dated back: everything that was
// recorded before the day of the last head began has a head.
func (v *verifier) notNew(r Record) error {
	if v.vouched.last == "" || !r.At.Before(v.vouched.last.Start()) {
		return nil
	}
	for _, e := range v.vouched.entries[v.enrolment] {
		if e.Number >= r.Number {
			return nil
		}
	}
	return v.broken(r.Number, "it says that it was recorded on %s, but no head up to %s vouches for it", r.At.Format(time.DateOnly), v.vouched.last)
}

// endChain checks that the chain at hand reaches as far as the heads say.
func (v *verifier) endChain() error {
	for _, e := range v.vouched.entries[v.enrolment] {
		if e.Number > v.number && !e.later {
			return v.broken(v.number+1, "it is missing; the head of %s vouches for %d records", e.day, e.Number)
		}
	}
	v.report.Unheaded += v.number - v.headed
	return nil
}

func (v *verifier) end(text []byte) error {
	if err := v.endChain(); err != nil {
		return err
	}
	v.enrolment = ""
	var t trailer
	switch err := strictly(text, &t); {
	case err != nil || !t.End:
		return v.broken(0, "the last line is not as it was written")
	case t.Records != v.report.Records || t.Enrolments != v.report.Enrolments:
		return v.broken(0, "the export holds %d records of %d enrolments, its last line says %d of %d", v.report.Records, v.report.Enrolments, t.Records, t.Enrolments)
	case t.Digest != v.lines.before:
		return v.broken(0, "the export is not as it was written")
	}
	if _, err := v.lines.next(); !errors.Is(err, errCut) {
		return v.broken(0, "something follows the end")
	}
	return v.allThere()
}

// allThere finds chains that were left out as a whole.
func (v *verifier) allThere() error {
	for enrolment, entries := range v.vouched.entries {
		if !v.seen[enrolment] && !entries[0].later {
			return &Broken{Enrolment: enrolment, Reason: fmt.Sprintf("its %d records are missing; the head of %s vouches for them", entries[0].Number, entries[0].day)}
		}
	}
	return nil
}

// strictly decodes text, which must be exactly what the package writes for it.
func strictly(text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	again, err := compact(into)
	if err == nil && !bytes.Equal(again, text) {
		err = errors.New("not in the canonical form")
	}
	return err
}

// lines reads an export line by line and keeps its digest.
type lines struct {
	from   *bufio.Reader
	number int
	digest hash.Hash
	before Sum // the digest of all lines before the last one
}

func newLines(r io.Reader) *lines {
	return &lines{from: bufio.NewReaderSize(r, 64<<10), digest: sha256.New()}
}

// errCut: there is no further line.
var errCut = errors.New("the export was cut off: its last line is missing")

// next returns a line without its end.
func (l *lines) next() ([]byte, error) {
	var text []byte
	for {
		part, err := l.from.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case err == nil:
			l.number++
			copy(l.before[:], l.digest.Sum(nil))
			l.digest.Write(text)
			return text[:len(text)-1], nil
		case errors.Is(err, io.EOF) && len(text) > 0:
			return nil, &Broken{Line: l.number + 1, Reason: "the export was cut off in this line"}
		case errors.Is(err, io.EOF):
			return nil, errCut
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(text) > maxLine:
			return nil, &Broken{Line: l.number + 1, Reason: "this line is too long"}
		}
	}
}
