package playback_test

import (
	"strings"
	"testing"
	"time"

	"rounds/catalog"
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

func TestJudge(t *testing.T) {
	t.Parallel()
	rule := catalog.DefaultRule()
	live, replay := rule, rule
	live.Counts, replay.Counts = catalog.CountsLive, catalog.CountsReplay
	both := playback.Coverage{Live: seconds(0, 40), Replay: seconds(30, 100)}
	tests := map[string]struct {
		rule     catalog.Rule
		coverage playback.Coverage
		done     *playback.Completion
		state    playback.RequirementState
		have     float64
		says     string
	}{
		"nothing":                  {rule, playback.Coverage{}, nil, playback.Unmet, 0, "1 min 30 s still to watch"},
		"a millisecond short":      {rule, playback.Coverage{Replay: seconds(0, 89.999)}, nil, playback.Unmet, 89.99, "1 s still"},
		"exactly the threshold":    {rule, playback.Coverage{Replay: seconds(10, 100)}, nil, playback.Met, 90, "90 %"},
		"live and replay together": {rule, both, nil, playback.Met, 100, "100 %"},
		"only live counts":         {live, both, nil, playback.Unmet, 40, "live session"},
		"only replay counts":       {replay, both, nil, playback.Unmet, 70, "recording"},
		"completed under an older rule": {
			live, both, &playback.Completion{RuleVersion: 1, At: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)},
			playback.Met, 40, "2026-02-03",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := playback.Judge(tt.rule, tt.coverage, 100_000, tt.done)
			if len(got) != 1 || got[0].Kind != playback.KindWatched || got[0].State != tt.state || got[0].Have != tt.have || got[0].Need != 90 {
				t.Errorf("got %+v", got)
			}
			if !strings.Contains(got[0].Explanation, tt.says) {
				t.Errorf("explanation %q lacks %q", got[0].Explanation, tt.says)
			}
			if playback.Completed(got) != (tt.state == playback.Met) {
				t.Error("completed disagrees with the requirement")
			}
		})
	}
	if playback.Completed(nil) {
		t.Error("nothing required counts as completed")
	}
}

func TestARecordingWithoutLengthIsNotCompleted(t *testing.T) {
	t.Parallel()
	if playback.Completed(playback.Judge(catalog.DefaultRule(), playback.Coverage{}, 0, nil)) {
		t.Error("completed without anything to watch")
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
