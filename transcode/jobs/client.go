package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
	"rounds/transcode"
)

// Times of River, set on purpose.
const (
	// jobTimeout ends an attempt that hangs (River's default: one minute). The
	// longest accepted recording on a slow machine stays below it. It must not
	// be −1: River never rescues jobs without a time limit.
	jobTimeout = 24 * time.Hour
	// rescueAfter tidies up jobs of dead workers; it must exceed jobTimeout, or
	// running jobs would be taken for dead.
	rescueAfter = jobTimeout + time.Hour
	// stopTimeout is how long a stopping process waits for its attempts to hand
	// their recordings back.
	stopTimeout = 30 * time.Second
	// chunkTimeout is the last resort against an encode that hangs; the encoder
	// has a limit of its own below it, after which the try counts as failed.
	chunkTimeout = 4 * time.Hour
	hintTimeout  = 5 * time.Second
	reapEvery    = 5 * time.Second
)

// NewInserter makes an insert-only client; middleware may be Carrying.
func NewInserter(pool *pgxpool.Pool, logger *slog.Logger, middleware ...rivertype.Middleware) (*Inserter, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet(logger), Middleware: middleware})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	return &Inserter{client: client, pool: pool}, nil
}

// Processor processes a recording; *transcode.Pipeline does.
type Processor interface {
	Process(ctx context.Context, id catalog.RecordingID) error
}

// Config is what a worker process needs.
type Config struct {
	Pool       *pgxpool.Pool
	Processor  Processor
	Encoder    Encoder
	Recordings transcode.Recordings // for the reaper
	Chunks     ChunkRows            // for the reaper
	// Concurrent is how many recordings are in hand at once, default 64. One
	// that waits for its pieces costs next to nothing, and so the verdict on a
	// file never waits behind others' encodes.
	Concurrent int
	Encodes    int           // pieces with pictures that are encoded at once, default 1, and one sound beside them
	ReapEvery  time.Duration // default 5 s
	// Overdue is how long an uploaded recording may wait before it is hinted at
	// again, default 10 s.
	Overdue time.Duration
	Logger  *slog.Logger
	Trace   catalog.Tracer // may be nil
	Observe func(Outcome)  // is told of each job that has ended; may be nil
}

// Workers processes recordings until it is stopped.
type Workers struct {
	config Config
	client *river.Client[pgx.Tx]
	hints  *Inserter
}

// NewWorkers makes a worker client. Nothing happens until Run.
func NewWorkers(c Config) (*Workers, error) {
	c.ReapEvery = cmp.Or(c.ReapEvery, reapEvery)
	c.Overdue = cmp.Or(c.Overdue, 2*reapEvery)
	c.Concurrent = cmp.Or(c.Concurrent, 64)
	c.Encodes = cmp.Or(c.Encodes, 1)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	kinds := river.NewWorkers()
	if err := river.AddWorkerSafely(kinds, &worker{processor: c.Processor, logger: c.Logger}); err != nil {
		return nil, err
	}
	carrying := Carrying(c.Trace, c.Observe)
	hints, err := NewInserter(c.Pool, c.Logger, carrying)
	if err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(kinds, &chunkWorker{encoder: c.Encoder, hint: hints.HintChunks, logger: c.Logger}); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		Logger:     quiet(c.Logger),
		Middleware: []rivertype.Middleware{carrying},
		Queues: map[string]river.QueueConfig{
			Queue: {MaxWorkers: c.Concurrent}, ChunkQueue: {MaxWorkers: c.Encodes}, SoundQueue: {MaxWorkers: 1},
		},
		Workers:              kinds,
		FetchOnlyKnownKinds:  true, // other queues' kinds are their workers' business
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		MaxAttempts:          1,
	})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	return &Workers{config: c, client: client, hints: hints}, nil
}

// Run works until ctx ends, then ends all attempts, which hand their
// recordings back, and returns when they have or a time limit passed.
func (w *Workers) Run(ctx context.Context) error {
	running := context.WithoutCancel(ctx)
	if err := w.client.Start(running); err != nil {
		return fmt.Errorf("start river: %w", err)
	}
	w.reap(ctx)
	stopping, cancel := context.WithTimeout(running, stopTimeout)
	defer cancel()
	if err := w.client.StopAndCancel(stopping); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stop river: %w", err)
	}
	return nil
}

// quiet keeps River's own chatter to what an operator must see.
func quiet(logger *slog.Logger) *slog.Logger {
	return slog.New(warnings{cmp.Or(logger, slog.Default()).Handler()})
}

// warnings is a handler that drops what is below a warning.
type warnings struct{ slog.Handler }

func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(attrs)}
}

func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }
