package main

import (
	"testing"
)

// A player that stops in one run, with or without data, must not look good.
func TestASilentStopShows(t *testing.T) {
	t.Parallel()
	seen := trace{samples{}, samples{}, samples{}}
	for _, line := range []string{
		`{"player":"rounds","stood_s":0,"silent_s":0,"moved_s":54,"lines":220}`,
		`{"player":"rounds","stood_s":0,"silent_s":45,"moved_s":9,"lines":220}`,
		`{"player":"rounds","stood_s":0,"silent_s":0,"moved_s":54,"lines":220}`,
		`{"player":"hls.js","stood_s":1,"silent_s":0,"moved_s":51,"lines":220}`,
		`{"player":"hls.js","stood_s":1,"silent_s":0,"moved_s":51,"lines":220}`,
		`{"player":"hls.js","stood_s":1,"silent_s":0,"moved_s":51,"lines":220}`,
	} {
		if err := seen.add([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	figures := seen.figures(60)
	stood, moved := figures[0], figures[1]
	if stood.Value != 0 || stood.Runs[1] != 45 {
		t.Errorf("rebuffer %+v", stood)
	}
	if moved.Name != "rebuffer_moved" || moved.Value != 9 || moved.Peer != 51 || moved.Value >= moved.Floor {
		t.Errorf("a run that moved for 9 s passes: %+v", moved)
	}
}
