package playback

import "rounds/catalog"

// Carry moves what was watched of an earlier recording onto the timeline of the
// one that replaces it. What was cut is gone; what is new was not watched. The
// pieces are those of a catalog.TimeMap that passes its Check.
func Carry(watched Ranges, pieces []catalog.TimePiece, durationMS int64) Ranges {
	var out []Range
	for _, p := range pieces {
		from, at := wholeMS(p.FromS), wholeMS(p.AtS)
		for _, r := range watched.Clip(from, from+wholeMS(p.LengthS)) {
			out = append(out, Range{r.From - from + at, r.To - from + at})
		}
	}
	return NewRanges(out...).Clip(0, durationMS)
}

// CarryPosition moves a position. One in what was cut goes to what followed the
// cut, one after everything to the end.
func CarryPosition(positionMS int64, pieces []catalog.TimePiece, durationMS int64) int64 {
	var end int64
	for _, p := range pieces {
		from, at, length := wholeMS(p.FromS), wholeMS(p.AtS), wholeMS(p.LengthS)
		if positionMS < from+length {
			return min(durationMS, at+max(0, positionMS-from))
		}
		end = at + length
	}
	return min(durationMS, end)
}
