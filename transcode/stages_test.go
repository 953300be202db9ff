package transcode

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTracker: the fraction never goes back, whatever is reported, and ends at 1.
func TestTracker(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		tracker := newTracker(func() time.Time { now = now.Add(time.Second); return now }, now)
		last := tracker.snapshot().Fraction
		for _, s := range stageShares[1:] {
			tracker.begin(s.name)
			for range rapid.IntRange(0, 4).Draw(t, "reports") {
				tracker.advance(rapid.Float64Range(-1, 2).Draw(t, "fraction"))
				if f := tracker.snapshot().Fraction; f < last || f > 1 {
					t.Fatalf("fraction %v after %v", f, last)
				}
				last = tracker.snapshot().Fraction
			}
		}
		tracker.advance(1)
		if f := tracker.snapshot().Fraction; f < 0.9999 {
			t.Fatalf("ends at %v", f)
		}
		for _, s := range tracker.snapshot().Stages[:len(stageShares)-1] {
			if s.State != stageDone || s.FinishedAt == nil {
				t.Fatalf("stage %+v", s)
			}
		}
	})
}

// TestStageWaits: what waits for its turn is not shown as running, and what
// went before it is done.
func TestStageWaits(t *testing.T) {
	t.Parallel()
	tracker := newTracker(time.Now, time.Now())
	tracker.begin(stageProbe)
	<-tracker.news
	tracker.await(stageEncode)
	stages := tracker.snapshot().Stages
	if stages[1].State != stageDone || stages[2].State != stageWaiting || stages[2].StartedAt != nil {
		t.Errorf("stages %+v", stages)
	}
	select {
	case <-tracker.news:
	default:
		t.Error("waiting is no news")
	}
}

func TestETA(t *testing.T) {
	t.Parallel()
	if etaOf(100, EncodeProgress{}) != nil {
		t.Error("an estimate without a speed")
	}
	if eta := etaOf(100, EncodeProgress{Done: 50 * time.Second, Speed: 2}); *eta != 28 {
		t.Errorf("ETA %v s", *eta)
	}
}
