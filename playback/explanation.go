package playback

import (
	"time"

	"rounds/catalog"
)

// Explanation tells why an enrolled doctor has completed a program or not,
// webinar by webinar, from what is on record.
type Explanation struct {
	ProgramID catalog.ProgramID
	Title     string
	AccountID catalog.AccountID
	Name      string
	Email     string
	Zone      *time.Location // the doctor's; clock times are worded in it
	Rule      catalog.Rule   // in force
	RuleSince time.Time
	Webinars  []WebinarExplanation // in the order of courses and webinars
}

// Progress is where the doctor stands with the program.
func (e Explanation) Progress() ProgramProgress {
	p := ProgramProgress{ProgramID: e.ProgramID}
	for _, w := range e.Webinars {
		p.Webinars = append(p.Webinars, w.WebinarProgress)
	}
	return p
}

// MaxAccounts bounds the sessions and the stays that are told of one webinar:
// the latest.
const MaxAccounts = 50

// WebinarExplanation is one webinar of an explanation.
type WebinarExplanation struct {
	WebinarProgress
	Pieces   []catalog.LivePiece // that put the live session on the recording
	Sessions []SessionAccount    // the latest last
	Live     []LiveStay          // by time
	Carried  Ranges              // watched of an earlier recording and carried over to this one
}

// SessionAccount is what one playback session brought.
type SessionAccount struct {
	ID         catalog.PlaybackSessionID
	Device     string
	StartedAt  time.Time
	EndedAt    *time.Time // nil while it lasts
	LastBeatAt *time.Time // nil: it never reported
	TakenOver  bool       // another device ended it
	SpeedLimit int64      // percent
	Earlier    bool       // it played an earlier recording: its seconds are not on this timeline
	Watched    Ranges     // credited, on the timeline of its recording
	Refused    Refused
}

// LiveStay is a stretch of the live session that a report gives a doctor.
type LiveStay struct {
	ImportID    ImportID
	Platform    string
	ImportedAt  time.Time
	Joined      time.Time
	Left        time.Time
	OnRecording Ranges
}

// GapReason tells why a gap is one. The values are part of the API.
type GapReason string

// Why something was not watched.
const (
	GapNotReached GapReason = "not_reached" // nobody has come so far
	GapSkipped    GapReason = "skipped"     // a session went on behind it
	GapAbsent     GapReason = "absent"      // not in the live session then, though afterwards
)

// Gap is a stretch that counts and is missing.
type Gap struct {
	Range
	Reason  GapReason
	Session *SessionAccount // that skipped it
	Clock   []LiveTime      // when it was live; empty when that is not known
}

// LiveTime is a stretch of the live clock.
type LiveTime struct{ From, To time.Time }

// Gaps tells what is missing of the webinar, and why.
func (w WebinarExplanation) Gaps() []Gap {
	var gaps []Gap
	for _, r := range w.Case.Gaps() {
		gap := Gap{Range: r, Reason: GapNotReached, Clock: LiveClock(w.Pieces, r)}
		if s := w.skippedBy(r); s != nil {
			gap.Reason, gap.Session = GapSkipped, s
		} else if live := w.Coverage.Live; len(live) > 0 && live[len(live)-1].From >= r.To {
			gap.Reason = GapAbsent
		}
		gaps = append(gaps, gap)
	}
	return gaps
}

// skippedBy is the first session that watched something behind a gap.
func (w WebinarExplanation) skippedBy(gap Range) *SessionAccount {
	for i := range w.Sessions {
		s := &w.Sessions[i]
		if n := len(s.Watched); n > 0 && !s.Earlier && s.Watched[n-1].From >= gap.To {
			return s
		}
	}
	return nil
}

// LiveClock tells when a stretch of a recording was live: the way back of [OnRecording].
func LiveClock(pieces []catalog.LivePiece, r Range) []LiveTime {
	var out []LiveTime
	for _, p := range pieces {
		at := wholeMS(p.AtS)
		from, to := max(r.From, at), min(r.To, at+wholeMS(p.LengthS))
		if from >= to {
			continue
		}
		live := func(ms int64) time.Time { return p.LiveAt.Add(time.Duration(ms-at) * time.Millisecond) }
		out = append(out, LiveTime{live(from), live(to)})
	}
	return out
}

// RefusalReason tells why seconds were refused. The values are part of the API.
type RefusalReason string

// Why seconds were refused.
const (
	RefusedTakenOver   RefusalReason = "taken_over"   // play had begun on another device
	RefusedWithdrawn   RefusalReason = "withdrawn"    // the recording could no longer be watched
	RefusedTooFast     RefusalReason = "too_fast"     // faster than the rule allows
	RefusedBeyondClock RefusalReason = "beyond_clock" // more than can be watched in the time
)

// Refusal is time that a session claimed and was not credited.
type Refusal struct {
	Reason RefusalReason
	MS     int64
}

// Refusals lists what a session was refused, by reason.
func (s SessionAccount) Refusals() []Refusal {
	late := RefusedWithdrawn
	if s.TakenOver {
		late = RefusedTakenOver
	}
	var out []Refusal
	for _, r := range []Refusal{{late, s.Refused.LateMS}, {RefusedTooFast, s.Refused.FastMS}, {RefusedBeyondClock, s.Refused.ClockMS}} {
		if r.MS > 0 {
			out = append(out, r)
		}
	}
	return out
}
