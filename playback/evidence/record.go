package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"rounds/catalog"
)

// Kind tells what happened. The values are part of the format.
type Kind string

// The kinds of record.
const (
	Completed     Kind = "completed"      // all requirements of a webinar were met, or waived: then the subject is the waiver
	Waived        Kind = "waived"         // an administrator let it pass, with a reason
	WaiverRevoked Kind = "waiver_revoked" // and took that back
	TakenBack     Kind = "taken_back"     // with it the completion that had been by the waiver
	Retracted     Kind = "retracted"      // an attendance import that had given seconds was undone
	Merged        Kind = "merged"         // of two accounts
)

// formatVersion is of the canonical form.
const formatVersion = 1

// Record is one entry of a chain. The order of its fields is the canonical
// order of keys: new fields go to the end.
type Record struct {
	Version   int                 `json:"v"`
	Kind      Kind                `json:"kind"`
	At        time.Time           `json:"at"` // by the database's clock, in microseconds
	Enrolment catalog.EnrolmentID `json:"enrolment_id"`
	Number    int                 `json:"number"` // in the chain, from 1 without gaps
	Account   catalog.AccountID   `json:"account_id"`
	Program   catalog.ProgramID   `json:"program_id"`
	Webinar   catalog.WebinarID   `json:"webinar_id"`
	Recording *Recording          `json:"recording,omitempty"` // the content that was watched
	Rule      *Rule               `json:"rule,omitempty"`      // in force at that time
	Watched   *Watched            `json:"watched,omitempty"`
	Origins   []Origin            `json:"origins,omitempty"` // where the seconds came from
	Subject   string              `json:"subject,omitempty"` // the waiver or import it is about
	By        string              `json:"by,omitempty"`      // account or token of who did it
	Reason    string              `json:"reason,omitempty"`
}

// Recording is the version of the content.
type Recording struct {
	ID         catalog.RecordingID `json:"id"`
	Token      string              `json:"token"` // of the stored media: another encoding has another
	DurationMS int64               `json:"duration_ms"`
}

// Rule is the rule of completion with its parameters.
type Rule struct {
	Version             int            `json:"version"`
	ThresholdHundredths int64          `json:"threshold_hundredths"` // of a percent
	Counts              catalog.Counts `json:"counts"`
	MaxRatePercent      int64          `json:"max_rate_percent"`
	Rounding            string         `json:"rounding,omitempty"`
	Excluded            Spans          `json:"excluded,omitempty"` // of the recording: neither had nor needed
}

// Spans are stretches of a recording in milliseconds: sorted, disjoint, the
// first is in it, the second is not.
type Spans [][2]int64

// Total is the length of all spans.
func (s Spans) Total() (ms int64) {
	for _, span := range s {
		ms += span[1] - span[0]
	}
	return ms
}

// Watched is what was covered, by source, and the share the rule counted.
type Watched struct {
	Live       Spans `json:"live,omitempty"`
	Replay     Spans `json:"replay,omitempty"`
	Union      Spans `json:"union"`
	CountedMS  int64 `json:"counted_ms"`
	Hundredths int64 `json:"percent_hundredths"` // counted, of what counts of the recording; cut
}

// Origin is one playback session or attendance import with what it gave, and
// the clock it was held to. The id of the recording itself stands for what was
// carried over from an earlier recording of the webinar.
type Origin struct {
	ID         string     `json:"id"`
	Source     string     `json:"source"` // "live" or "replay"
	Ranges     Spans      `json:"ranges"`
	StartedAt  *time.Time `json:"started_at,omitempty"` // of the session; of the first attendance
	EndedAt    *time.Time `json:"ended_at,omitempty"`   // of the session; of the last attendance
	LastBeatAt *time.Time `json:"last_beat_at,omitempty"`
	Speed      int64      `json:"speed_percent,omitempty"` // the fastest that counted
	AcceptedMS int64      `json:"accepted_ms,omitempty"`
	RefusedMS  int64      `json:"refused_ms,omitempty"` // claimed beyond the clock
	Device     string     `json:"device,omitempty"`
	Platform   string     `json:"platform,omitempty"` // of an import
	By         string     `json:"by,omitempty"`       // who imported
}

// Sum is a SHA-256. The zero value stands before the first of a chain.
type Sum [sha256.Size]byte

// MarshalText implements encoding.TextMarshaler: 64 hexadecimal digits.
func (s Sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler. Only lower-case digits are taken.
func (s *Sum) UnmarshalText(text []byte) error {
	n, err := hex.Decode(s[:], text[:min(len(text), 2*len(s))])
	if err != nil || n != len(s) || len(text) != 2*len(s) || !bytes.Equal(bytes.ToLower(text), text) {
		return fmt.Errorf("%.80q is not a SHA-256 in hexadecimal", text)
	}
	return nil
}

// String returns the hexadecimal digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Encode returns the canonical form of a record. It sets the version of the
// format and brings times to UTC and microseconds.
func Encode(r Record) ([]byte, error) {
	r.Version, r.At = formatVersion, r.At.UTC().Truncate(time.Microsecond)
	for i := range r.Origins {
		o := &r.Origins[i]
		for _, at := range []**time.Time{&o.StartedAt, &o.EndedAt, &o.LastBeatAt} {
			if *at != nil {
				exact := (*at).UTC().Truncate(time.Microsecond)
				*at = &exact
			}
		}
	}
	return compact(r)
}

// Hash chains a record, in its canonical form, to the one before.
func Hash(previous Sum, record []byte) Sum {
	h := sha256.New()
	h.Write([]byte("rounds evidence record 1\n")) // never the hash of anything else
	h.Write(previous[:])
	h.Write(record)
	return Sum(h.Sum(nil))
}

// compact is JSON without white space and without escapes for HTML.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
