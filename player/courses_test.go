package player

import (
	"math"
	"testing"
	"time"
)

func TestSummarizeFindsWhatIsNextAndLeft(t *testing.T) {
	t.Parallel()
	view := summarize(demoProgram(), liveAt.Add(-time.Hour))
	if view.Next == nil || view.Next.ID != "web_2" {
		t.Errorf("next is %+v, want the webinar that was begun", view.Next)
	}
	if want := 1102.0 + 1805; math.Abs(view.LeftS-want) > 0.01 {
		t.Errorf("%f s left, want %f", view.LeftS, want)
	}
	if view.Done != 1 {
		t.Errorf("%d courses done, want 1", view.Done)
	}
	done := summarize(Program{Courses: []Course{{Completed: true, Webinars: []WebinarSummary{{Playable: true, Completed: true}}}}}, liveAt)
	if done.Next != nil || done.LeftS != 0 {
		t.Errorf("a completed program still asks for %+v", done)
	}
}

func TestSizesAreReadable(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{1: "1 kB", 31_000: "31 kB", 150_000: "0.1 MB", 4_200_000: "4 MB", 1_830_000_000: "1.8 GB"} {
		if got := loadLocales()["en"].size(bytes); got != want {
			t.Errorf("size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestPercentNeverPromisesTooMuch(t *testing.T) {
	t.Parallel()
	for p, want := range map[float64]int{0: 0, 99.99: 99, 100: 100, 100.4: 100, -1: 0} {
		if got := percent(p); got != want {
			t.Errorf("percent(%v) = %d, want %d", p, got, want)
		}
	}
}
