package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
)

// traceparent is the key of a job's metadata that holds the span it was put
// into the queue by (W3C Trace Context). It is written with the job, in the
// transaction that makes the work.
const traceparent = "traceparent"

// carrying writes the span of whoever inserts a job into its metadata, and
// puts whoever works on it below that span.
type carrying struct {
	river.MiddlewareDefaults
	trace   catalog.Tracer
	observe func(Outcome)
}

// Carrying is what a client of River needs so that its jobs belong to the trace
// of whoever put them there, and that are told of: observe may be nil. Lines that
// are logged by a job name it.
func Carrying(trace catalog.Tracer, observe func(Outcome)) rivertype.Middleware {
	if observe == nil {
		observe = func(Outcome) {}
	}
	return &carrying{trace: catalog.Traced(trace), observe: observe}
}

// Outcome is how a job ended, for the figures of an operator.
type Outcome struct {
	Kind   string
	Result string        // done, lease_lost, handed_back, failed
	Waited time.Duration // from when it was due until it was taken
	Took   time.Duration
}

// InsertMany implements rivertype.JobInsertMiddleware.
func (c *carrying) InsertMany(ctx context.Context, many []*rivertype.JobInsertParams, insert func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	if carried := c.trace.Carry(ctx); carried != "" {
		for _, job := range many {
			job.Metadata = withTraceparent(job.Metadata, carried)
		}
	}
	return insert(ctx)
}

// withTraceparent adds to metadata, a JSON object or nothing.
func withTraceparent(metadata []byte, carried string) []byte {
	all := map[string]any{}
	if len(metadata) > 0 && json.Unmarshal(metadata, &all) != nil {
		return metadata
	}
	all[traceparent] = carried
	added, err := json.Marshal(all)
	if err != nil {
		return metadata
	}
	return added
}

// Work implements rivertype.WorkerMiddleware.
func (c *carrying) Work(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	var metadata struct {
		Traceparent string `json:"traceparent"`
	}
	_ = json.Unmarshal(job.Metadata, &metadata) // without it, a trace begins here
	ctx = catalog.WithLogAttrs(c.trace.Under(ctx, metadata.Traceparent), slog.Int64("job", job.ID))
	began := time.Now()
	ctx, span := c.trace.Begin(ctx, "job "+job.Kind, slog.Int64("job.id", job.ID), slog.String("job.queue", job.Queue), slog.Int("job.attempt", job.Attempt))
	err := work(ctx)
	result := resultOf(ctx, err)
	span.Note(slog.String("job.result", result))
	if result == resultFailed {
		span.End(err)
	} else {
		span.End(nil)
	}
	c.observe(Outcome{Kind: job.Kind, Result: result, Waited: max(0, began.Sub(job.ScheduledAt)), Took: time.Since(began)})
	return err
}

// resultFailed is the Result of a job that ended in an error of its own.
const resultFailed = "failed"

func resultOf(ctx context.Context, err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, catalog.ErrLeaseLost):
		return "lease_lost"
	case ctx.Err() != nil:
		return "handed_back"
	default:
		return resultFailed
	}
}
