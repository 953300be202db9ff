package playback_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback"
)

var liveStart = time.Date(2026, 9, 22, 14, 0, 0, 0, time.UTC)

// attended is a stay from one second of the live clock to another.
func attended(from, to int) playback.Attended {
	return playback.Attended{Joined: liveStart.Add(time.Duration(from) * time.Second), Left: liveStart.Add(time.Duration(to) * time.Second)}
}

func livePiece(live int, at, length float64) catalog.LivePiece {
	return catalog.LivePiece{LiveAt: liveStart.Add(time.Duration(live) * time.Second), AtS: at, LengthS: length}
}

func TestOnRecording(t *testing.T) {
	t.Parallel()
	whole := playback.LivePieces(catalog.LiveMap{}, &liveStart, 1_000_000)
	// Began 5 min late, paused for 100 s, and the recording lacks 50 s.
	cut := []catalog.LivePiece{livePiece(300, 0, 200), livePiece(600, 200, 300), livePiece(950, 500, 500)}
	for name, test := range map[string]struct {
		pieces   []catalog.LivePiece
		attended []playback.Attended
		want     playback.Ranges
	}{
		"left at 40 %":             {whole, []playback.Attended{attended(0, 400)}, playback.Ranges{{To: 400_000}}},
		"early and overtime":       {whole, []playback.Attended{attended(-600, 4000)}, playback.Ranges{{To: 1_000_000}}},
		"rejoined, overlapping":    {whole, []playback.Attended{attended(100, 300), attended(200, 250), attended(500, 600)}, playback.Ranges{{100_000, 300_000}, {500_000, 600_000}}},
		"gone before it began":     {cut, []playback.Attended{attended(0, 300)}, nil},
		"late start, pause, cut":   {cut, []playback.Attended{attended(0, 10_000)}, playback.Ranges{{To: 1_000_000}}},
		"only in the pause":        {cut, []playback.Attended{attended(500, 600)}, nil},
		"left in the pause":        {cut, []playback.Attended{attended(400, 550)}, playback.Ranges{{100_000, 200_000}}},
		"joined in what was cut":   {cut, []playback.Attended{attended(920, 960)}, playback.Ranges{{500_000, 510_000}}},
		"neither map nor schedule": {playback.LivePieces(catalog.LiveMap{}, nil, 1000), []playback.Attended{attended(0, 400)}, nil},
	} {
		if got := playback.OnRecording(test.pieces, test.attended, 1_000_000); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestOnRecordingKeepsToTheClock: attendance never gives more than the time
// that was attended, in any order and however it overlaps.
func TestOnRecordingKeepsToTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stays []playback.Attended
		var clock []playback.Range
		for range rapid.IntRange(0, 8).Draw(t, "stays") {
			from := rapid.IntRange(-100, 1500).Draw(t, "from")
			to := from + rapid.IntRange(1, 600).Draw(t, "length")
			stays = append(stays, attended(from, to))
			clock = append(clock, playback.Range{From: int64(from) * 1000, To: int64(to) * 1000})
		}
		var pieces []catalog.LivePiece
		live, at := 0, 0.0
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			live += rapid.IntRange(0, 100).Draw(t, "pause")
			length := rapid.IntRange(1, 300).Draw(t, "piece")
			pieces = append(pieces, livePiece(live, at, float64(length)))
			live, at = live+length, at+float64(length)
		}
		got := playback.OnRecording(pieces, stays, 800_000)
		if got.Total() > playback.NewRanges(clock...).Total() || len(got.Gaps(0, 0)) > 0 || len(got) > 0 && got[len(got)-1].To > 800_000 {
			t.Fatalf("%v from %v", got, stays)
		}
		if again := playback.OnRecording(pieces, append(stays, stays...), 800_000); !reflect.DeepEqual(got, again) {
			t.Fatalf("twice the same: %v, then %v", got, again)
		}
	})
}
