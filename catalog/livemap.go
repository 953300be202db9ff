package catalog

import (
	"time"
)

// LiveMap puts the live clock on a recording's timeline.
type LiveMap struct {
	Pieces    []LivePiece
	Confirmed bool // by a person; certificates wait for it
}

// LivePiece says that the live session from LiveAt on, for LengthS seconds, is
// what the recording shows from AtS on.
type LivePiece struct {
	LiveAt  time.Time `json:"live_at"`
	AtS     float64   `json:"at_s"`
	LengthS float64   `json:"length_s"`
}

// maxLivePieces bounds a map; a talk with more cuts than this is no talk.
const maxLivePieces = 1000

// Check tells whether the pieces are in order and overlap neither live nor on
// the recording. The error is a *FieldError on "pieces".
func (m LiveMap) Check() error {
	if len(m.Pieces) > maxLivePieces {
		return Invalid("pieces", "Please send at most %d pieces.", maxLivePieces)
	}
	for i, p := range m.Pieces {
		if !(p.AtS >= 0 && p.AtS <= maxMapSeconds && p.LengthS > 0 && p.LengthS <= maxMapSeconds) || p.LiveAt.Year() < 2000 || p.LiveAt.Year() > 2200 {
			return Invalid("pieces", "Piece %d needs a live_at, an at_s of 0 or more and a length_s above 0.", i+1)
		}
		if i == 0 {
			continue
		}
		before := m.Pieces[i-1]
		if p.AtS < before.AtS+before.LengthS || p.LiveAt.Before(before.LiveAt.Add(time.Duration(before.LengthS*float64(time.Second)))) {
			return Invalid("pieces", "Piece %d begins before the one in front of it ends.", i+1)
		}
	}
	return nil
}

// mapSlackS is how far a piece may reach beyond a recording: people write whole seconds.
const mapSlackS = 1

// Within tells whether the pieces lie on a recording of that length; one whose
// length is not known yet takes any. The error is a *FieldError on "pieces".
func (m LiveMap) Within(durationMS int64) error {
	length := float64(durationMS) / 1000
	for i, p := range m.Pieces {
		if durationMS > 0 && p.AtS+p.LengthS > length+mapSlackS {
			return Invalid("pieces", "Piece %d ends at %g s, but the recording is %g s long.", i+1, p.AtS+p.LengthS, length)
		}
	}
	return nil
}

const maxMapSeconds = 7 * 24 * 3600
