package transcode

import "testing"

// TestChunksOfSparseKeys: an hour with one key frame is not decoded sixty times.
func TestChunksOfSparseKeys(t *testing.T) {
	t.Parallel()
	for lead, want := range map[float64]int{0: 60, 5: 60, 61: 59, 1800: 2, 7200: 2} {
		plan := Plan{Rate: Ratio{30, 1}, GOP: 60, Segment: 180, Frames: 30 * 3600, LeadS: lead}
		if got := len(plan.Chunks()); got != want {
			t.Errorf("%v s of lead: %d chunks, want %d", lead, got, want)
		}
	}
}

// TestChunks: whole segments, no gap, no overlap, 60 to 120 s where there is enough.
func TestChunks(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int]int{1: 1, 7: 1, 59: 1, 119: 1, 120: 2, 150: 2, 600: 10, 3600: 60, 3607: 60} {
		plan := Plan{Rate: Ratio{30, 1}, GOP: 60, Segment: 180, Frames: 30 * seconds}
		chunks := plan.Chunks()
		if len(chunks) != want {
			t.Errorf("%d s: %d chunks, want %d", seconds, len(chunks), want)
		}
		next := 0
		for i, c := range chunks {
			if c.Number != i || c.From != next || c.From%plan.Segment != 0 || c.Frames <= 0 || c.Frames >= 30*126 {
				t.Errorf("%d s: chunk %+v after frame %d", seconds, c, next)
			}
			next += c.Frames
		}
		if next != plan.Frames {
			t.Errorf("%d s: chunks end at frame %d of %d", seconds, next, plan.Frames)
		}
	}
}
