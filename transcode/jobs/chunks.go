package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
)

// ChunkQueue is the queue of encoding pieces of recordings.
const ChunkQueue = "chunks"

// ChunkArgs hints that there may be a piece to encode. Which one is decided
// when a worker is free, so the hint names none.
type ChunkArgs struct{}

// Kind is the job's name in the queue; jobs of older releases keep it.
func (ChunkArgs) Kind() string { return "chunk" }

// InsertOpts allows one attempt: what comes after a failure is decided by the row.
func (ChunkArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: ChunkQueue, MaxAttempts: 1}
}

// HintChunks hints that so many pieces wait. Doing it too often is harmless,
// and when it fails the reaper does it.
func (i *Inserter) HintChunks(ctx context.Context, pieces int) error {
	hints := make([]river.InsertManyParams, pieces)
	for n := range hints {
		hints[n].Args = ChunkArgs{}
	}
	if _, err := i.client.InsertMany(ctx, hints); err != nil {
		return fmt.Errorf("hint at %d chunks: %w", pieces, err)
	}
	return nil
}

// Encoder encodes the piece whose turn it is; *transcode.ChunkWorker does. It
// returns false when there is none.
type Encoder interface {
	Work(ctx context.Context) (bool, error)
}

// ChunkRows knows how many pieces wait.
type ChunkRows interface {
	ChunkQueue(ctx context.Context) (catalog.ChunkQueue, error)
}

// chunkWorker hands hints to the encoder.
type chunkWorker struct {
	river.WorkerDefaults[ChunkArgs]
	encoder Encoder
	hint    func(ctx context.Context, pieces int) error
	logger  *slog.Logger
}

// Timeout is set on purpose, see chunkTimeout.
func (w *chunkWorker) Timeout(*river.Job[ChunkArgs]) time.Duration { return chunkTimeout }

// Work encodes one piece. What is left to do after a failure is in the piece's
// row, so a job ends here in any case; a piece that went back is hinted at for
// other machines, for this one may be about to stop.
func (w *chunkWorker) Work(ctx context.Context, _ *river.Job[ChunkArgs]) error {
	_, err := w.encoder.Work(ctx)
	if err == nil {
		return nil
	}
	switch {
	case errors.Is(err, catalog.ErrLeaseLost):
		w.logger.WarnContext(ctx, "piece taken over, or no longer wanted", "error", err)
	case ctx.Err() != nil:
		w.logger.InfoContext(ctx, "piece handed back")
	default:
		w.logger.ErrorContext(ctx, "piece not encoded", "error", err)
	}
	hinting, cancel := context.WithTimeout(context.WithoutCancel(ctx), hintTimeout)
	defer cancel()
	if hinted := w.hint(hinting, 1); hinted != nil {
		w.logger.WarnContext(ctx, "no hint at a piece, left to the reaper", "error", hinted)
	}
	return river.JobCancel(err)
}

// reapChunks sees to it that there are as many hints as pieces that wait.
func (w *Workers) reapChunks(ctx context.Context) error {
	queue, err := w.config.Chunks.ChunkQueue(ctx)
	if err != nil || queue.Waiting == 0 {
		return err
	}
	list, err := w.client.JobList(ctx, river.NewJobListParams().Kinds(ChunkArgs{}.Kind()).First(hintsAtMost).
		States(rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled))
	if err != nil {
		return fmt.Errorf("list waiting jobs: %w", err)
	}
	if missing := min(queue.Waiting, hintsAtMost) - len(list.Jobs); missing > 0 {
		return w.hints.HintChunks(ctx, missing)
	}
	return nil
}

// hintsAtMost is how many hints the reaper sees to: more than there are
// machines, and no more than a list may have.
const hintsAtMost = 1000
