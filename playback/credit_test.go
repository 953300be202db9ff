package playback_test

import (
	"testing"

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
