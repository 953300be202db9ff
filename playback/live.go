package playback

import (
	"math"
	"time"

	"rounds/catalog"
)

// ImportID names one import of live attendance ("att_…"). It is the origin of
// the coverage that the import gave.
type ImportID string

// NewImportID mints an identifier for an import.
func NewImportID() ImportID { return ImportID(catalog.NewID("att")) }

// Attended is a stretch of time that somebody was in the live session.
type Attended struct {
	Line   int    // of the report, or the number of the item; from 1
	Email  string // lower case; empty when the report has none
	Name   string // as the report spells it; may be empty
	Joined time.Time
	Left   time.Time // after Joined
}

// LivePieces are the pieces that put attendance on a recording: those that were
// set; else one from the scheduled start for the whole recording; none when
// there is no schedule, so that attendance is kept and waits.
func LivePieces(set catalog.LiveMap, startsAt *time.Time, durationMS int64) []catalog.LivePiece {
	switch {
	case len(set.Pieces) > 0:
		return set.Pieces
	case startsAt == nil || durationMS <= 0:
		return nil
	default:
		return []catalog.LivePiece{{LiveAt: *startsAt, LengthS: float64(durationMS) / 1000}}
	}
}

// OnRecording puts attendance on the timeline of a recording: what lies in no
// piece (before the start, in a pause, in what was cut) and what lies beyond
// the recording is left out. Its end is where the doctor left.
func OnRecording(pieces []catalog.LivePiece, attended []Attended, durationMS int64) Ranges {
	present := make([]Range, 0, len(attended))
	for _, a := range attended {
		present = append(present, Range{a.Joined.UnixMilli(), a.Left.UnixMilli()})
	}
	clock := NewRanges(present...)
	var out []Range
	for _, p := range pieces {
		live, at := p.LiveAt.UnixMilli(), wholeMS(p.AtS)
		for _, r := range clock.Clip(live, live+wholeMS(p.LengthS)) {
			out = append(out, Range{r.From - live + at, r.To - live + at})
		}
	}
	return NewRanges(out...).Clip(0, durationMS)
}

func wholeMS(seconds float64) int64 { return int64(math.Round(seconds * 1000)) }

// AttendanceImport is a batch of attendance that is to be stored.
type AttendanceImport struct {
	WebinarID catalog.WebinarID
	Platform  string // where the report is from; "api" for items
	By        string // who imports
	Rows      []Attended
	DryRun    bool // tell what would happen, change nothing
}

// AttendanceResult tells what an import gave, or would give.
type AttendanceResult struct {
	ID         ImportID // empty for a dry run
	Doctors    int      // enrolled, with at least one row
	AttendedMS int64    // of these doctors together, on the clock
	Unmatched  []Attended
	Mapping    Mapping
}

// Mapping tells whether attendance lies on a recording yet.
type Mapping string

// The states of mapping. The values are part of the API.
const (
	MappingNoRecording Mapping = "no_recording" // kept, and mapped when a recording is published
	MappingNoMap       Mapping = "no_live_map"  // kept, and mapped when there is a live map or a schedule
	MappingUnconfirmed Mapping = "unconfirmed"  // by the schedule, or by a map nobody has confirmed
	MappingConfirmed   Mapping = "confirmed"
)
