package playback

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"rounds/catalog"
)

// Excluded is a stretch of a recording that is neither had nor needed.
type Excluded struct {
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	Label  string `json:"label"` // what it is: "opening", "questions"
}

// Exclusions are one version of what does not count of a recording.
type Exclusions struct {
	RecordingID catalog.RecordingID
	DurationMS  int64
	Version     int // 0: nothing was ever excluded
	Pieces      []Excluded
	Reason      string
	By          string
	At          time.Time // zero for version 0
	// Moved tells that the time map brought them here from the recording that
	// this one replaces. They move again with it, until somebody sets others.
	Moved bool
}

// Limits of exclusions.
const (
	maxExcluded   = 100
	leastCounting = 1000 // ms of a recording that must be left
)

// ExcludedRanges is what pieces exclude together.
func ExcludedRanges(pieces []Excluded) Ranges {
	ranges := make([]Range, 0, len(pieces))
	for _, p := range pieces {
		ranges = append(ranges, Range{p.FromMS, p.ToMS})
	}
	return NewRanges(ranges...)
}

// MoveExcluded moves what is excluded of a recording onto the timeline of the
// one that replaces it, so that the same content stays excluded: what was cut is
// gone, what was put in counts. durationMS is of the new one; 0: not known yet.
func MoveExcluded(pieces []Excluded, m []catalog.TimePiece, durationMS int64) []Excluded {
	if durationMS <= 0 {
		durationMS = math.MaxInt64
	}
	moved := []Excluded{}
	for _, p := range pieces {
		for _, r := range Carry(Ranges{{p.FromMS, p.ToMS}}, m, durationMS) {
			moved = append(moved, Excluded{FromMS: r.From, ToMS: r.To, Label: p.Label})
		}
	}
	return moved
}

// CheckExcluded returns pieces in order, or a *catalog.FieldError that names
// the one that cannot be meant on a recording of that length. They may not
// overlap, and something must be left to watch.
func CheckExcluded(pieces []Excluded, durationMS int64) ([]Excluded, error) {
	if len(pieces) > maxExcluded {
		return nil, catalog.Invalid("ranges", "Please exclude at most %d ranges.", maxExcluded)
	}
	for i, p := range pieces {
		if p.FromMS < 0 || p.ToMS <= p.FromMS || p.ToMS > durationMS {
			return nil, catalog.Invalid(fmt.Sprintf("ranges[%d]", i), "Range %d needs 0 ≤ from_s < to_s, and to_s within the recording of %g s.", i+1, float64(durationMS)/1000)
		}
	}
	sorted := append([]Excluded{}, pieces...)
	slices.SortFunc(sorted, func(a, b Excluded) int { return cmp.Compare(a.FromMS, b.FromMS) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].FromMS < sorted[i-1].ToMS {
			return nil, catalog.Invalid("ranges", "The range from %g s begins before the one in front of it ends.", float64(sorted[i].FromMS)/1000)
		}
	}
	if len(pieces) > 0 && durationMS-ExcludedRanges(sorted).Total() < leastCounting {
		return nil, catalog.Invalid("ranges", "Something of the recording must be left to count.")
	}
	return sorted, nil
}
