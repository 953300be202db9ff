package playback_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/playback"
)

func TestMoveExcluded(t *testing.T) {
	t.Parallel()
	opening, questions := playback.Excluded{FromMS: 0, ToMS: 15_000, Label: "opening"}, playback.Excluded{FromMS: 35_000, ToMS: 100_000, Label: "questions"}
	for duration, want := range map[int64][]playback.Excluded{
		85_000: {{FromMS: 0, ToMS: 5_000, Label: "opening"}, {FromMS: 25_000, ToMS: 30_000, Label: "questions"}, {FromMS: 35_000, ToMS: 85_000, Label: "questions"}},
		40_000: {{FromMS: 0, ToMS: 5_000, Label: "opening"}, {FromMS: 25_000, ToMS: 30_000, Label: "questions"}, {FromMS: 35_000, ToMS: 40_000, Label: "questions"}},
		0:      {{FromMS: 0, ToMS: 5_000, Label: "opening"}, {FromMS: 25_000, ToMS: 30_000, Label: "questions"}, {FromMS: 35_000, ToMS: 85_000, Label: "questions"}},
	} {
		if got := playback.MoveExcluded([]playback.Excluded{opening, questions}, cut, duration); !slices.Equal(got, want) {
			t.Errorf("on %d ms: %+v", duration, got)
		}
	}
	if got := playback.MoveExcluded([]playback.Excluded{{FromMS: 0, ToMS: 10_000}}, cut, 0); got == nil || len(got) > 0 {
		t.Errorf("what was cut: %+v", got)
	}
}

// TestTheSameContentStaysExcluded: whatever is cut and put in, a moment that is
// shown on both recordings is excluded on both or on none, and what is new counts.
func TestTheSameContentStaysExcluded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var excluded []playback.Excluded
		for _, r := range playback.NewRanges(drawRanges(t, "excluded")...) {
			excluded = append(excluded, playback.Excluded{FromMS: r.From, ToMS: r.To})
		}
		pieces := drawPieces(t)
		var shown []playback.Range // on the new one, of the earlier one
		for _, p := range pieces {
			shown = append(shown, playback.Range{From: int64(p.AtS * 1000), To: int64((p.AtS + p.LengthS) * 1000)})
		}
		const duration = 1 << 30
		moved := playback.ExcludedRanges(playback.MoveExcluded(excluded, pieces, duration))
		counting := playback.NewRanges(playback.Range{From: 0, To: duration}).Subtract(playback.ExcludedRanges(excluded))
		kept := playback.NewRanges(shown...)
		if got, want := kept.Subtract(moved), playback.Carry(counting, pieces, duration); !slices.Equal(got, want) {
			t.Fatalf("%v: %v counts of what was kept, want %v", pieces, got, want)
		}
		if extra := moved.Subtract(kept); len(extra) > 0 {
			t.Fatalf("%v: what is new is excluded: %v", pieces, extra)
		}
	})
}
