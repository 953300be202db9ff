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

// ChunkQueue and SoundQueue are the queues of encoding pieces of recordings.
const (
	ChunkQueue = "chunks"
	SoundQueue = "sounds"
)

// ChunkArgs hints that there may be a piece to encode. Which one is decided
// when a worker is free, so the hint names none.
type ChunkArgs struct {
	Sound bool `json:"sound,omitempty"` // the sound of a recording
}

// Kind is the job's name in the queue; jobs of older releases keep it.
func (ChunkArgs) Kind() string { return "chunk" }

// InsertOpts allows one attempt: what comes after a failure is decided by the row.
func (a ChunkArgs) InsertOpts() river.InsertOpts {
	if a.Sound {
		return river.InsertOpts{Queue: SoundQueue, MaxAttempts: 1}
	}
	return river.InsertOpts{Queue: ChunkQueue, MaxAttempts: 1}
}

// HintChunks hints that so many pieces with pictures and so many sounds wait.
// Doing it too often is harmless, and when it fails the reaper does it.
func (i *Inserter) HintChunks(ctx context.Context, pictures, sounds int) error {
	hints := make([]river.InsertManyParams, pictures+sounds)
	for n := range hints {
		hints[n].Args = ChunkArgs{Sound: n >= pictures}
	}
	if len(hints) == 0 {
		return nil
	}
	if _, err := i.client.InsertMany(ctx, hints); err != nil {
		return fmt.Errorf("hint at %d chunks: %w", len(hints), err)
	}
	return nil
}

// Encoder encodes the piece whose turn it is; *transcode.ChunkWorker does. It
// returns false when there is none.
type Encoder interface {
	Work(ctx context.Context) (bool, error)
	WorkSound(ctx context.Context) (bool, error) // sounds only
}

// ChunkRows knows how many pieces wait.
type ChunkRows interface {
	ChunkQueue(ctx context.Context) (catalog.ChunkQueue, error)
}

// chunkWorker hands hints to the encoder.
type chunkWorker struct {
	river.WorkerDefaults[ChunkArgs]
	encoder Encoder
	hint    func(ctx context.Context, pictures, sounds int) error
	logger  *slog.Logger
}

// Timeout is set on purpose, see chunkTimeout.
func (w *chunkWorker) Timeout(*river.Job[ChunkArgs]) time.Duration { return chunkTimeout }

// Work encodes one piece. What is left to do after a failure is in the piece's
// row, so a job ends here in any case; a piece that went back is hinted at for
// other machines, for this one may be about to stop.
func (w *chunkWorker) Work(ctx context.Context, job *river.Job[ChunkArgs]) error {
	work, pictures, sounds := w.encoder.Work, 1, 0
	if job.Args.Sound {
		work, pictures, sounds = w.encoder.WorkSound, 0, 1
	}
	_, err := work(ctx)
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
	if hinted := w.hint(hinting, pictures, sounds); hinted != nil {
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
	pictures, err := w.unhinted(ctx, ChunkQueue, queue.Waiting-queue.Sounds)
	if err != nil {
		return err
	}
	sounds, err := w.unhinted(ctx, SoundQueue, queue.Sounds)
	if err != nil {
		return err
	}
	return w.hints.HintChunks(ctx, pictures, sounds)
}

// unhinted is how many of so many waiting pieces have no hint in a queue.
func (w *Workers) unhinted(ctx context.Context, queue string, waiting int) (int, error) {
	if waiting == 0 {
		return 0, nil
	}
	list, err := w.client.JobList(ctx, river.NewJobListParams().Kinds(ChunkArgs{}.Kind()).Queues(queue).First(hintsAtMost).
		States(rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled))
	if err != nil {
		return 0, fmt.Errorf("list waiting jobs: %w", err)
	}
	return max(0, min(waiting, hintsAtMost)-len(list.Jobs)), nil
}

// hintsAtMost is how many hints the reaper sees to: more than there are
// machines, and no more than a list may have.
const hintsAtMost = 1000
