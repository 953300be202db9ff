package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"rounds/catalog"
)

// Queue is the queue of transcoding.
const Queue = "transcode"

// TranscodeArgs hints that a recording may need work.
type TranscodeArgs struct {
	RecordingID catalog.RecordingID `json:"recording_id"`
}

// Kind is the job's name in the queue; jobs of older releases keep it.
func (TranscodeArgs) Kind() string { return "transcode" }

// InsertOpts allows one attempt: what comes after a failure is decided by the row.
func (TranscodeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 1}
}

// Inserter puts hints into the queue. Its client is never started.
type Inserter struct {
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
}

// Enqueue hints at a recording in the caller's transaction: the job becomes
// visible when that commits. Doing it twice is harmless.
func (i *Inserter) Enqueue(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) error {
	if _, err := i.client.InsertTx(ctx, tx, TranscodeArgs{RecordingID: id}, nil); err != nil {
		return fmt.Errorf("enqueue %s: %w", id, err)
	}
	return nil
}
