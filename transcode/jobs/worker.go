package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"rounds/catalog"
)

// worker hands hints to the processor.
type worker struct {
	river.WorkerDefaults[TranscodeArgs]
	processor Processor
	logger    *slog.Logger
}

// Timeout is set on purpose, see jobTimeout.
func (w *worker) Timeout(*river.Job[TranscodeArgs]) time.Duration { return jobTimeout }

// Work processes one recording. What is left to do after a failure is in the
// recording's row and the reaper finds it, so a job ends here in any case; its
// error is kept with the job for an operator.
func (w *worker) Work(ctx context.Context, job *river.Job[TranscodeArgs]) error {
	ctx = catalog.WithLogAttrs(ctx, slog.String("recording", string(job.Args.RecordingID)))
	err := w.processor.Process(ctx, job.Args.RecordingID)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, catalog.ErrLeaseLost):
		w.logger.WarnContext(ctx, "recording taken over by another attempt")
	case ctx.Err() != nil:
		w.logger.InfoContext(ctx, "recording handed back")
	default:
		w.logger.ErrorContext(ctx, "attempt failed", "error", err)
	}
	return river.JobCancel(err)
}
