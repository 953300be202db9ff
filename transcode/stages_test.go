package transcode

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
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

// TestOutlook: progress counts what is done of each piece; the estimate is what
// those who work now need for all that is left, and unknown when nobody works.
func TestOutlook(t *testing.T) {
	t.Parallel()
	piece := func(n catalog.ChunkNumber, state catalog.ChunkState, done, speed float64) catalog.ChunkStatus {
		c := catalog.ChunkStatus{Number: n, State: state, Length: 100 * time.Second}
		c.Done, c.Speed = time.Duration(done*float64(time.Second)), speed
		return c
	}
	waiting, running, done := catalog.ChunkWaiting, catalog.ChunkRunning, catalog.ChunkDone
	tests := map[string]struct {
		pieces []catalog.ChunkStatus
		eta    float64 // -1: unknown
		done   int
		begun  bool
	}{
		"nobody has begun":         {[]catalog.ChunkStatus{piece(-1, waiting, 0, 0), piece(0, waiting, 0, 0)}, -1, 0, false},
		"begun, no speed yet":      {[]catalog.ChunkStatus{piece(-1, waiting, 0, 0), piece(0, running, 0, 0)}, -1, 0, true},
		"one worker":               {[]catalog.ChunkStatus{piece(-1, done, 100, 30), piece(0, running, 50, 2), piece(1, waiting, 0, 0)}, 75 + 6, 1, true},
		"two workers share it":     {[]catalog.ChunkStatus{piece(-1, done, 100, 30), piece(0, running, 50, 2), piece(1, running, 50, 2), piece(2, waiting, 0, 0)}, 50 + 9, 1, true},
		"the slower one is last":   {[]catalog.ChunkStatus{piece(-1, done, 100, 30), piece(0, running, 0, 1), piece(1, running, 90, 3)}, 100 + 6, 1, true},
		"only the sound is left":   {[]catalog.ChunkStatus{piece(-1, running, 40, 3), piece(0, done, 100, 2)}, 20 + 3, 1, true},
		"all is encoded":           {[]catalog.ChunkStatus{piece(-1, done, 100, 30), piece(0, done, 100, 2)}, 3, 2, true},
		"some are done, none runs": {[]catalog.ChunkStatus{piece(-1, done, 100, 30), piece(0, done, 100, 2), piece(1, waiting, 0, 0)}, -1, 2, true},
	}
	for name, c := range tests {
		o := outlookOf(c.pieces)
		if o.eta == nil != (c.eta < 0) || o.eta != nil && math.Abs(*o.eta-c.eta) > 1e-6 {
			t.Errorf("%s: %v, want %v", name, o.eta, c.eta)
		}
		if o.done != c.done || o.total != len(c.pieces) || o.begun != c.begun || o.fraction < 0 || o.fraction > 1 {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// TestPiecesAreTold: the encode runs when somebody is at a piece, with numbers.
func TestPiecesAreTold(t *testing.T) {
	t.Parallel()
	tracker := newTracker(time.Now, time.Now())
	tracker.await(stageEncode)
	tracker.encoding(outlook{total: 3})
	if s := tracker.snapshot().Stages[2]; s.State != stageWaiting || s.Chunks == nil || s.Chunks.Total != 3 {
		t.Errorf("before anybody begins: %+v", s)
	}
	tracker.encoding(outlook{begun: true, done: 1, total: 3, fraction: 0.5})
	if s := tracker.snapshot().Stages[2]; s.State != stageRunning || s.Chunks.Done != 1 || s.Progress != 0.5 {
		t.Errorf("afterwards: %+v", s)
	}
}

// TestWordsForAPart: a piece is named by its time.
func TestWordsForAPart(t *testing.T) {
	t.Parallel()
	g := &gathering{plan: Plan{Rate: Ratio{25, 1}, GOP: 50, Segment: 150, Frames: 2 * 3600 * 25}}
	for number, want := range map[catalog.ChunkNumber]string{
		0: "from 0:00 to 1:00", 65: "from 1:05:00 to 1:06:00", 119: "from 1:59:00 to 2:00:00", catalog.SoundChunk: "The sound of",
	} {
		if words := g.words(number); !strings.Contains(words, want) {
			t.Errorf("piece %d: %q", number, words)
		}
	}
}
