package playback_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback"
)

// cut replaces a recording of 100 s: its first 10 s are gone, 5 s were put in
// at 40 s, and 60 to 70 s were cut.
var cut = []catalog.TimePiece{{FromS: 10, AtS: 0, LengthS: 30}, {FromS: 40, AtS: 35, LengthS: 20}, {FromS: 70, AtS: 55, LengthS: 30}}

func TestCarry(t *testing.T) {
	t.Parallel()
	got := playback.Carry(playback.NewRanges(playback.Range{From: 5_000, To: 65_000}), cut, 85_000)
	want := playback.Ranges{{From: 0, To: 30_000}, {From: 35_000, To: 55_000}}
	if !slices.Equal(got, want) {
		t.Errorf("carried %v, want %v", got, want)
	}
	same := []catalog.TimePiece{{LengthS: 604_800}}
	if got := playback.Carry(want, same, 50_000); !slices.Equal(got, playback.Ranges{{From: 0, To: 30_000}, {From: 35_000, To: 50_000}}) {
		t.Errorf("the same timing, shorter: %v", got)
	}
	for from, at := range map[int64]int64{0: 0, 9_999: 0, 12_000: 2_000, 39_999: 29_999, 40_000: 35_000, 65_000: 55_000, 99_000: 84_000, 200_000: 85_000} {
		if got := playback.CarryPosition(from, cut, 85_000); got != at {
			t.Errorf("position %d goes to %d, want %d", from, got, at)
		}
	}
}

// drawPieces draws a time map: parts are cut out and others put in.
func drawPieces(t *rapid.T) (pieces []catalog.TimePiece) {
	from, at := 0.0, 0.0
	for range rapid.IntRange(1, 6).Draw(t, "pieces") {
		from += float64(rapid.IntRange(0, 20).Draw(t, "cut"))
		at += float64(rapid.IntRange(0, 20).Draw(t, "put in"))
		p := catalog.TimePiece{FromS: from, AtS: at, LengthS: float64(rapid.IntRange(1, 40).Draw(t, "length"))}
		pieces, from, at = append(pieces, p), from+p.LengthS, at+p.LengthS
	}
	return pieces
}

// TestCarryNeverGives: nobody has more on the new recording than on the old,
// what is carried piece by piece is what is carried at once, and a position
// that was watched stays in what was watched.
func TestCarryNeverGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		watched := playback.NewRanges(drawRanges(t, "watched")...)
		pieces := drawPieces(t)
		const duration = 1 << 30
		carried := playback.Carry(watched, pieces, duration)
		if carried.Total() > watched.Total() {
			t.Fatalf("%v of %v became %v", pieces, watched, carried)
		}
		var apart playback.Ranges
		for _, p := range pieces {
			apart = apart.Union(playback.Carry(watched, []catalog.TimePiece{p}, duration))
		}
		if !slices.Equal(apart, carried) {
			t.Fatalf("piece by piece %v, at once %v", apart, carried)
		}
		for _, r := range carried {
			for _, p := range pieces {
				back := r.From - int64(p.AtS*1000) + int64(p.FromS*1000)
				if r.From >= int64(p.AtS*1000) && r.From < int64((p.AtS+p.LengthS)*1000) && playback.CarryPosition(back, pieces, duration) != r.From {
					t.Fatalf("position %d of %v does not go to %d", back, pieces, r.From)
				}
			}
		}
	})
}
