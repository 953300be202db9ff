package catalog

import (
	"time"
)

// TimeMap puts the timeline of an earlier recording of a webinar on that of the
// one that replaces it, so that resume points and what was watched move along.
type TimeMap struct {
	Replaces RecordingID
	Pieces   []TimePiece
}

// TimePiece says that what the earlier recording shows from FromS on, for
// LengthS seconds, is shown from AtS on. What lies in no piece was cut; what no
// piece leads to is new. A length may exceed the recordings.
type TimePiece struct {
	FromS   float64 `json:"from_s"`
	AtS     float64 `json:"at_s"`
	LengthS float64 `json:"length_s"`
}

// maxTimePieces bounds a map; a talk with more cuts than this is another talk.
const maxTimePieces = 1000

// halfMS forgives what adding decimal seconds loses: positions are whole milliseconds.
const halfMS = 0.0005

// Check tells whether the pieces are in order and overlap on neither side. The
// error is a *FieldError on "pieces".
func (m TimeMap) Check() error {
	if len(m.Pieces) == 0 || len(m.Pieces) > maxTimePieces {
		return Invalid("pieces", "Please send 1 to %d pieces; one from 0 to 0 says that the timing is the same.", maxTimePieces)
	}
	within := func(s float64) bool { return s >= 0 && s <= maxMapSeconds }
	for i, p := range m.Pieces {
		if !within(p.FromS) || !within(p.AtS) || !within(p.LengthS) || p.LengthS == 0 {
			return Invalid("pieces", "Piece %d needs a from_s and an at_s of 0 or more and a length_s above 0.", i+1)
		}
		if i == 0 {
			continue
		}
		if before := m.Pieces[i-1]; p.FromS < before.FromS+before.LengthS-halfMS || p.AtS < before.AtS+before.LengthS-halfMS {
			return Invalid("pieces", "Piece %d begins before the one in front of it ends.", i+1)
		}
	}
	return nil
}

// MoveLive puts the live clock on the replacing recording: the live pieces of
// the earlier one, moved. A piece that was cut in two becomes two.
func (m TimeMap) MoveLive(live []LivePiece) []LivePiece {
	var out []LivePiece
	for _, p := range m.Pieces {
		for _, l := range live {
			from, to := max(p.FromS, l.AtS), min(p.FromS+p.LengthS, l.AtS+l.LengthS)
			if to <= from {
				continue
			}
			into := time.Duration((from - l.AtS) * float64(time.Second)).Round(time.Millisecond)
			out = append(out, LivePiece{LiveAt: l.LiveAt.Add(into), AtS: p.AtS + from - p.FromS, LengthS: to - from})
		}
	}
	return out
}

// Move puts a second of the earlier recording on the replacing one; false when
// it was cut.
func (m TimeMap) Move(seconds float64) (float64, bool) {
	for _, p := range m.Pieces {
		if seconds >= p.FromS && seconds < p.FromS+p.LengthS {
			return p.AtS + seconds - p.FromS, true
		}
	}
	return 0, false
}
