package transcode

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTilesOfChunks: together the encoders keep every tile once, each at its time.
func TestTilesOfChunks(t *testing.T) {
	t.Parallel()
	for _, rate := range []Ratio{{Num: 30000, Den: 1001}, {Num: 25, Den: 1}, {Num: 24000, Den: 1001}, {Num: 12, Den: 1}, {Num: 1, Den: 1}, {Num: 7, Den: 3}} {
		for _, seconds := range []float64{0.1, 3, 60, 119, 130.1, 3599, 21600} {
			plan := Plan{Rate: rate, Frames: max(1, int(seconds*rate.Float())), GOP: gopFrames(rate), Rungs: []PlannedRung{{Rung: Rung{Width: 426, Height: 240}}}}
			plan.Segment = gopsPerSegment * plan.GOP
			kept := map[int]bool{}
			for _, c := range plan.Chunks() {
				for _, key := range plan.TilesOf(c) {
					if key < 0 || key >= plan.KeysOf(c) || kept[plan.keysBefore(c.From)+key] {
						t.Fatalf("%s, %g s: chunk %d keeps %d of %d", rate, seconds, c.Number, key, plan.KeysOf(c))
					}
					kept[plan.keysBefore(c.From)+key] = true
				}
			}
			gop := float64(plan.GOP) / rate.Float()
			for tile := range plan.Storyboard().Tiles() {
				key := plan.tileKey(tile)
				late := float64(key)*gop - float64(tile)*tileEvery.Seconds()
				last := key == plan.keysBefore(plan.Frames)-1
				if !kept[key] || late > gop || late < -keySlack-1e-6 && !last {
					t.Errorf("%s, %g s: tile %d shows what is %.1f s away, kept: %v", rate, seconds, tile, late, kept[key])
				}
			}
		}
	}
}

// surveyor is a ChunkMedia that decodes what it is told to.
type surveyor struct {
	ChunkMedia
	decoded    Decoded
	noPictures error
	alone      int // how often it only decoded
}

func (s *surveyor) SurveyChunk(_ context.Context, job ChunkJob) (Decoded, error) {
	return s.decoded, errors.Join(s.noPictures, os.WriteFile(filepath.Join(job.Dir, ChunkTiles), []byte("half"), 0o600))
}

func (s *surveyor) DecodeChunk(context.Context, ChunkJob) (Decoded, error) {
	s.alone++
	return s.decoded, nil
}

// TestEncodersHandOverWhatDecodes: a chunk that does not is tried again; one
// whose pictures cannot be kept is handed over without them.
func TestEncodersHandOverWhatDecodes(t *testing.T) {
	t.Parallel()
	plan, _ := threeRungs()
	chunk := plan.Chunks()[0]
	for name, test := range map[string]struct {
		media surveyor
		want  error
		left  int
	}{
		"all":                     {surveyor{decoded: Decoded{Frames: 330}}, nil, 1},
		"one missing":             {surveyor{decoded: Decoded{Frames: 329}}, ErrUndecodable, 1},
		"damaged":                 {surveyor{decoded: Decoded{Frames: 330, Complaints: 1}}, ErrUndecodable, 1},
		"no pictures":             {surveyor{decoded: Decoded{Frames: 330}, noPictures: errors.New("no")}, nil, 0},
		"no pictures and damaged": {surveyor{decoded: Decoded{Frames: 3}, noPictures: errors.New("no")}, ErrUndecodable, 0},
	} {
		c := &chunkWork{ChunkWorker: &ChunkWorker{Media: &test.media}, dir: t.TempDir()}
		if err := c.survey(t.Context(), ChunkJob{Dir: c.dir, Plan: plan, Chunk: chunk}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		left, err := os.ReadDir(c.dir)
		if err != nil || len(left) != test.left || (test.media.alone == 1) != (test.media.noPictures != nil) {
			t.Errorf("%s: %v is left, decoded alone %d times: %v", name, left, test.media.alone, err)
		}
	}
}

// TestGlimpsesOfAllChunks: they come in order, at their times.
func TestGlimpsesOfAllChunks(t *testing.T) {
	t.Parallel()
	plan, _ := threeRungs()
	chunks := []string{t.TempDir(), t.TempDir()}
	see(t, plan, chunks)
	all, err := gatherSeen(plan, chunks)
	if err != nil || len(all.glimpses) != 66 || len(all.tiles) != 14*plan.Storyboard().TileBytes() {
		t.Fatalf("%d glimpses, %d bytes of tiles: %v", len(all.glimpses), len(all.tiles), err)
	}
	for n, g := range all.glimpses {
		if g.At != time.Duration(n)*2*time.Second || g.Luma[GlimpseWidth] != byte(n) {
			t.Errorf("glimpse %d is at %v and shows %d", n, g.At, g.Luma[GlimpseWidth])
		}
	}
	if err := os.Truncate(filepath.Join(chunks[1], ChunkTiles), 7); err != nil {
		t.Fatal(err)
	}
	if _, err := gatherSeen(plan, chunks); err == nil {
		t.Error("a cut file was taken")
	}
}
