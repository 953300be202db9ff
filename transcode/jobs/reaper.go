package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
)

// reap hints again and again at abandoned recordings and waiting pieces until
// ctx ends.
func (w *Workers) reap(ctx context.Context) {
	ticker := time.NewTicker(w.config.ReapEvery)
	defer ticker.Stop()
	for {
		if err := errors.Join(w.reapOnce(ctx), w.reapChunks(ctx)); err != nil && ctx.Err() == nil {
			w.config.Logger.WarnContext(ctx, "reaper could not look", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// reapOnce inserts a job for each abandoned recording that has none waiting.
// Two processes doing it at once insert one too many, which is harmless.
func (w *Workers) reapOnce(ctx context.Context) error {
	abandoned, err := w.config.Recordings.Abandoned(ctx, w.config.Overdue)
	if err != nil || len(abandoned) == 0 {
		return err
	}
	waiting, err := w.waiting(ctx)
	if err != nil {
		return err
	}
	for _, id := range abandoned {
		if waiting[id] {
			continue
		}
		if _, err := w.client.Insert(ctx, TranscodeArgs{RecordingID: id}, nil); err != nil {
			return fmt.Errorf("enqueue %s: %w", id, err)
		}
		w.config.Logger.InfoContext(ctx, "abandoned recording taken up", "recording", id)
	}
	return nil
}

// waiting are the recordings that a job waits for.
func (w *Workers) waiting(ctx context.Context) (map[catalog.RecordingID]bool, error) {
	list, err := w.client.JobList(ctx, river.NewJobListParams().Kinds(TranscodeArgs{}.Kind()).First(10_000).
		States(rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled))
	if err != nil {
		return nil, fmt.Errorf("list waiting jobs: %w", err)
	}
	ids := map[catalog.RecordingID]bool{}
	for _, job := range list.Jobs {
		var args TranscodeArgs
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return nil, fmt.Errorf("job %d: %w", job.ID, err)
		}
		ids[args.RecordingID] = true
	}
	return ids, nil
}
