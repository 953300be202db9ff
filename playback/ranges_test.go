package playback_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/playback"
)

// span bounds the timeline of property tests, so that a plain array of
// booleans can be the model of a set of milliseconds.
const span = 60

type model [span]bool

func modelOf(ranges []playback.Range) model {
	var m model
	for _, r := range ranges {
		for at := max(0, r.From); at < min(span, r.To); at++ {
			m[at] = true
		}
	}
	return m
}

func drawRanges(t *rapid.T, label string) []playback.Range {
	one := rapid.Custom(func(t *rapid.T) playback.Range {
		return playback.Range{From: rapid.Int64Range(0, span).Draw(t, "from"), To: rapid.Int64Range(0, span).Draw(t, "to")}
	})
	return rapid.SliceOfN(one, 0, 8).Draw(t, label)
}

// TestRangesAgainstModel checks every operation, exactly, against sets of single milliseconds.
func TestRangesAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rawA, rawB := drawRanges(t, "a"), drawRanges(t, "b")
		a, b := playback.NewRanges(rawA...), playback.NewRanges(rawB...)
		ma, mb := modelOf(rawA), modelOf(rawB)
		from, to := rapid.Int64Range(0, span).Draw(t, "clip from"), rapid.Int64Range(0, span).Draw(t, "clip to")
		inside := func(at int) bool { return from <= int64(at) && int64(at) < to }
		for name, c := range map[string]struct {
			got  playback.Ranges
			want func(at int) bool
		}{
			"new":       {a, func(at int) bool { return ma[at] }},
			"union":     {a.Union(b), func(at int) bool { return ma[at] || mb[at] }},
			"intersect": {a.Intersect(b), func(at int) bool { return ma[at] && mb[at] }},
			"subtract":  {a.Subtract(b), func(at int) bool { return ma[at] && !mb[at] }},
			"clip":      {a.Clip(from, to), func(at int) bool { return ma[at] && inside(at) }},
			"gaps":      {a.Gaps(from, to), func(at int) bool { return !ma[at] && inside(at) }},
		} {
			checkForm(t, name, c.got)
			var want int64
			for at, got := range modelOf(c.got) {
				if got != c.want(at) {
					t.Fatalf("%s: millisecond %d is %v", name, at, got)
				}
				if got {
					want++
				}
			}
			if c.got.Total() != want {
				t.Fatalf("%s: total %d, want %d", name, c.got.Total(), want)
			}
		}
	})
}

// checkForm holds a set to its form: sorted, disjoint, not touching, none empty.
func checkForm(t *rapid.T, name string, s playback.Ranges) {
	for i, r := range s {
		if r.To <= r.From || i > 0 && r.From <= s[i-1].To {
			t.Fatalf("%s: not in form: %v", name, s)
		}
	}
}

func TestFirstTakesTheEarliest(t *testing.T) {
	t.Parallel()
	s := playback.NewRanges(playback.Range{From: 10, To: 20}, playback.Range{From: 30, To: 40})
	for ms, want := range map[int64]playback.Ranges{
		-1: nil, 0: nil, 3: {{10, 13}}, 10: {{10, 20}}, 12: {{10, 20}, {30, 32}}, 99: {{10, 20}, {30, 40}},
	} {
		if got := s.First(ms); !slices.Equal(got, want) {
			t.Errorf("First(%d) = %v, want %v", ms, got, want)
		}
	}
}
