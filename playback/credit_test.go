package playback_test

import (
	"testing"
	"time"

	"rounds/playback"
)

func TestPercentIsNeverRoundedUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		covered, duration int64
		want              float64
	}{
		{0, 0, 0},
		{5, 0, 0},
		{0, 1000, 0},
		{1000, 1000, 100},
		{2000, 1000, 100},
		{-1, 1000, 0},
		{7_199_999, 7_200_000, 99.99},
		{899_999, 1_000_000, 89.99},
		{1, 3, 33.33},
		{2, 3, 66.66},
	} {
		if got := playback.Percent(tt.covered, tt.duration); got != tt.want {
			t.Errorf("Percent(%d, %d) = %v, want %v", tt.covered, tt.duration, got, tt.want)
		}
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		position, duration int64
		want               playback.ResumeAt
	}{
		{0, 7_200_000, playback.ResumeAt{}},
		{2_999, 7_200_000, playback.ResumeAt{}},
		{3_000, 7_200_000, playback.ResumeAt{PositionMS: 3_000}},
		{1_930_417, 7_200_000, playback.ResumeAt{PositionMS: 1_930_417}},
		{7_194_999, 7_200_000, playback.ResumeAt{PositionMS: 7_194_999}},
		{7_195_000, 7_200_000, playback.ResumeAt{WatchAgain: true}},
		{9_000_000, 7_200_000, playback.ResumeAt{WatchAgain: true}},
		{18_000, 30_000, playback.ResumeAt{PositionMS: 18_000}},
		{28_499, 30_000, playback.ResumeAt{PositionMS: 28_499}},
		{28_500, 30_000, playback.ResumeAt{WatchAgain: true}},
		{1_499, 30_000, playback.ResumeAt{}},
	} {
		if got := playback.Resume(tt.position, tt.duration); got != tt.want {
			t.Errorf("Resume(%d, %d) = %+v, want %+v", tt.position, tt.duration, got, tt.want)
		}
	}
}

// TestTheServersClockMayStep: a clock that is put back or on takes nothing that
// was credited, and credits no more than the time it shows; how a device's clock
// stands is not even asked.
func TestTheServersClockMayStep(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_767_290_000, 0)
	clock := playback.Clock{StartedAt: start, Speed: playback.NormalSpeed}
	a := playback.Account{Clock: clock, SpeedLimit: playback.FastestSpeed}
	beat := func(seq, from, to int64) playback.Beat {
		return playback.Beat{Seq: seq, Speed: playback.NormalSpeed, Watched: playback.NewRanges(playback.Range{From: from * 1000, To: to * 1000})}
	}
	a, first := playback.Apply(a, beat(1, 0, 60), 3_600_000, start.Add(time.Minute))
	a, back := playback.Apply(a, beat(2, 60, 120), 3_600_000, start.Add(-time.Hour))
	if first.AcceptedMS != 60_000 || back.AcceptedMS != 0 || a.Covered.Total() != 60_000 {
		t.Errorf("put back: %+v, then %+v, covered %d", first, back, a.Covered.Total())
	}
	a, again := playback.Apply(a, beat(3, 60, 120), 3_600_000, start.Add(2*time.Minute))
	if again.AcceptedMS != 60_000 || a.Covered.Total() != 120_000 {
		t.Errorf("right again: %+v, covered %d", again, a.Covered.Total())
	}
}
