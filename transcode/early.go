package transcode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"rounds/catalog"
)

// Previewer makes the first part of a recording watchable before the rest is
// encoded. A Joiner may implement it.
type Previewer interface {
	// Preview copies the only rung of job.Plan of the job's first chunks, with
	// their sound, into one MP4 whose index comes first.
	Preview(ctx context.Context, job JoinJob, chunks int, path string) error
}

// early shows a presenter what is encoded so far: as soon as the sound and the
// first chunk are here, and again whenever twice as much is, so that all of it
// together is copied about twice. It runs beside the gathering and nothing
// hangs on it: what goes wrong is logged.
type early struct {
	shown  int // chunks
	making bool
	made   chan struct{}
}

// showEarly begins a preview if it is time for one.
func (g *gathering) showEarly(ctx context.Context, beside *sync.WaitGroup) {
	previewer, ok := g.Joiner.(Previewer)
	n := g.inARow()
	if !ok || g.early.making || n == 0 || n < 2*g.early.shown || n >= g.total-1 || g.state[catalog.SoundChunk] != fetchDone {
		return
	}
	g.early.making, g.early.shown = true, n
	job := g.job()
	job.Plan.Rungs = []PlannedRung{previewRung(g.plan)}
	beside.Go(func() {
		if err := g.preview(ctx, previewer, job, n); err != nil && ctx.Err() == nil {
			g.logger().WarnContext(ctx, "no preview", "recording", g.attempt.RecordingID, "chunks", n, "error", err)
		}
		g.early.made <- struct{}{} // has room
	})
}

// inARow is how many chunks from the first on are here without a gap.
func (g *gathering) inARow() (n int) {
	for g.state[catalog.ChunkNumber(n)] == fetchDone {
		n++
	}
	return n
}

func (g *gathering) preview(ctx context.Context, previewer Previewer, job JoinJob, chunks int) error {
	path := filepath.Join(g.dir, "preview.mp4")
	defer os.Remove(path) //nolint:errcheck // goes with the scratch folder
	if err := previewer.Preview(ctx, job, chunks, path); err != nil {
		return fmt.Errorf("join %d chunks: %w", chunks, err)
	}
	return g.Parts.PutPreview(ctx, g.attempt.RecordingID, path)
}

// previewRung is the largest rung that is quickly loaded.
func previewRung(plan Plan) PlannedRung {
	for _, r := range plan.Rungs {
		if r.Lines <= weakLines {
			return r
		}
	}
	return plan.Rungs[len(plan.Rungs)-1]
}
