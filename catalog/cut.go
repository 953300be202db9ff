package catalog

import "cmp"

// Cut is the part of a presenter's file that a recording shows, in milliseconds
// of the recording that the whole file makes; ToMS 0 is its end. The zero value
// is all of it.
type Cut struct{ FromMS, ToMS int64 }

// minCutMS is the shortest recording that can be left of one.
const minCutMS = 1000

// Source is the recording under whose UploadKey the file lies.
func (r Recording) Source() RecordingID { return cmp.Or(r.SourceID, r.ID) }

// Trim gives the cut that shows r from fromMS to toMS, of the file that r is
// made from. An end that is not taken off stays open. A *FieldError when next
// to nothing is left.
func (r Recording) Trim(fromMS, toMS int64) (Cut, error) {
	if fromMS < 0 || fromMS >= r.DurationMS {
		return Cut{}, Invalid("from_s", "The start lies outside of the recording.")
	}
	if toMS = min(toMS, r.DurationMS); toMS-fromMS < minCutMS {
		return Cut{}, Invalid("to_s", "At least one second has to be left between the start and the end.")
	}
	cut := Cut{FromMS: r.Cut.FromMS + fromMS, ToMS: r.Cut.FromMS + toMS}
	if toMS == r.DurationMS {
		cut.ToMS = r.Cut.ToMS
	}
	return cut, nil
}

// Replace tells where what a recording with this cut shows is in one of the
// same file with another; false when they share nothing.
func (c Cut) Replace(next Cut) (TimePiece, bool) {
	const open = maxMapSeconds * 1000
	from, to := max(c.FromMS, next.FromMS), min(cmp.Or(c.ToMS, open), cmp.Or(next.ToMS, open))
	piece := TimePiece{FromS: float64(from-c.FromMS) / 1000, AtS: float64(from-next.FromMS) / 1000, LengthS: float64(to-from) / 1000}
	return piece, to > from
}
