package playback

import (
	"cmp"
	"slices"
)

// Range is a stretch of a recording in whole milliseconds: From is in it, To is not.
type Range struct{ From, To int64 }

// Len is the length of r in milliseconds; 0 for an empty or backward range.
func (r Range) Len() int64 { return max(0, r.To-r.From) }

// Ranges is a set of milliseconds: sorted, disjoint, not touching, none empty.
// Build it with [NewRanges]; every function here returns that form. The zero
// value is the empty set. The functions never change their arguments.
type Ranges []Range

// NewRanges returns the union of any ranges, in any order, overlapping or not.
// Empty and backward ranges add nothing.
func NewRanges(ranges ...Range) Ranges {
	sorted := slices.DeleteFunc(slices.Clone(ranges), func(r Range) bool { return r.To <= r.From })
	slices.SortFunc(sorted, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	var out Ranges
	for _, r := range sorted {
		if n := len(out); n > 0 && r.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

// Union returns what is in a, in b or in both.
func (a Ranges) Union(b Ranges) Ranges {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	return NewRanges(slices.Concat(a, b)...)
}

// Intersect returns what is in both.
func (a Ranges) Intersect(b Ranges) Ranges {
	var out Ranges
	for i, j := 0, 0; i < len(a) && j < len(b); {
		if both := (Range{max(a[i].From, b[j].From), min(a[i].To, b[j].To)}); both.Len() > 0 {
			out = append(out, both)
		}
		if a[i].To < b[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

// Subtract returns what is in a and not in b.
func (a Ranges) Subtract(b Ranges) Ranges {
	if len(a) == 0 {
		return nil
	}
	return a.Intersect(b.Gaps(a[0].From, a[len(a)-1].To))
}

// Clip returns what lies in [from, to).
func (a Ranges) Clip(from, to int64) Ranges { return a.Intersect(NewRanges(Range{from, to})) }

// Gaps returns what is in [from, to) and not in a.
func (a Ranges) Gaps(from, to int64) Ranges {
	var out Ranges
	for _, r := range a {
		if r.To <= from {
			continue
		}
		if r.From >= to {
			break
		}
		if r.From > from {
			out = append(out, Range{from, r.From})
		}
		from = r.To
	}
	if from < to {
		out = append(out, Range{from, to})
	}
	return out
}

// Total is the length of the set in milliseconds.
func (a Ranges) Total() int64 {
	var sum int64
	for _, r := range a {
		sum += r.Len()
	}
	return sum
}

// First returns the earliest ms milliseconds of the set, all of it when it is shorter.
func (a Ranges) First(ms int64) Ranges {
	var out Ranges
	for _, r := range a {
		if ms <= 0 {
			break
		}
		r.To = min(r.To, r.From+ms)
		out, ms = append(out, r), ms-r.Len()
	}
	return out
}

// Contains tells whether at is in the set.
func (a Ranges) Contains(at int64) bool {
	return slices.ContainsFunc(a, func(r Range) bool { return r.From <= at && at < r.To })
}
