package catalog

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTimeMapCheck(t *testing.T) {
	t.Parallel()
	good := [][]TimePiece{
		{{0, 0, maxMapSeconds}},
		{{10, 0, 20}, {30, 20, 5}, {50, 100, 1}},
	}
	for _, pieces := range good {
		if err := (TimeMap{Pieces: pieces}).Check(); err != nil {
			t.Errorf("%v: %v", pieces, err)
		}
	}
	bad := map[string][]TimePiece{
		"1 to 1000": nil,
		"Piece 1":   {{-1, 0, 2}},
		"Piece 2":   {{0, 0, 10}, {9, 20, 5}},
		"Piece 3":   {{0, 0, 10}, {10, 10, 5}, {20, 14, 5}},
		"above 0":   {{0, 0, 0}},
		"of 0":      {{math.NaN(), 0, 5}},
	}
	for says, pieces := range bad {
		var field *FieldError
		if err := (TimeMap{Pieces: pieces}).Check(); !errors.As(err, &field) || field.Field != "pieces" || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want words with %q", pieces, err, says)
		}
	}
}

func TestMoveLive(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 9, 22, 14, 30, 0, 0, time.UTC)
	m := TimeMap{Pieces: []TimePiece{{10, 0, 30}, {40, 35, 20}, {70, 55, 30}}}
	got := m.MoveLive([]LivePiece{{LiveAt: start, AtS: 20, LengthS: 45}})
	want := []LivePiece{{start, 10, 20}, {start.Add(20 * time.Second), 35, 20}}
	if !slices.Equal(got, want) {
		t.Errorf("moved %v, want %v", got, want)
	}
	for from, to := range map[float64]float64{9: -1, 10: 0, 39.5: 29.5, 40: 35, 60: -1, 70: 55, 100: -1} {
		if got, ok := m.Move(from); ok != (to >= 0) || ok && got != to {
			t.Errorf("%g s moved to %g, %v, want %g", from, got, ok, to)
		}
	}
}

func TestMoveChaptersAndCaptions(t *testing.T) {
	t.Parallel()
	m := TimeMap{Pieces: []TimePiece{{10, 0, 30}, {40, 35, 20}, {70, 55, 30}}}
	got := m.MoveChapters([]Chapter{{0, "Welcome"}, {5_000, "Case"}, {61_000, "Gone"}, {65_000, "Cut into"}, {80_000, "End"}})
	want := []Chapter{{0, "Case"}, {55_000, "Cut into"}, {65_000, "End"}}
	if !slices.Equal(got, want) {
		t.Errorf("chapters %v, want %v", got, want)
	}
	track := CaptionTrack{Lang: "en", Cues: 4, WebVTT: "WEBVTT\n\n1\n00:00:02.000 --> 00:00:04.000\ngone\n\n2\n00:00:08.000 --> 00:00:12.000 align:start\nhalf\n\n" +
		"3\n00:00:39.000 --> 00:00:41.000\nover the insert\n\n4\n00:00:55.000 --> 00:01:11.500\nover the cut\nin two lines\n"}
	moved := m.MoveCaptions(track)
	text := "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000 align:start\nhalf\n\n2\n00:00:29.000 --> 00:00:30.000\nover the insert\n\n" +
		"3\n00:00:35.000 --> 00:00:36.000\nover the insert\n\n4\n00:00:50.000 --> 00:00:56.500\nover the cut\nin two lines\n"
	if moved.WebVTT != text || moved.Cues != 4 || moved.EndsMS != 56_500 || moved.Lang != "en" {
		t.Errorf("captions %+v, want\n%s", moved, text)
	}
	same := TimeMap{Pieces: []TimePiece{{0, 0, maxMapSeconds}}}
	if again := same.MoveCaptions(track); again.WebVTT != track.WebVTT || again.Cues != track.Cues {
		t.Errorf("the same timing changes captions to\n%s", again.WebVTT)
	}
}
