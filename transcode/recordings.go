package transcode

import (
	"context"
	"time"

	"rounds/catalog"
)

// Recordings is the row of truth about each recording's processing. A job in a
// queue is only a hint that a row may need work: delivering it twice, late or
// never does no harm.
//
// Every method that takes an Attempt is guarded by its fencing token: it
// returns catalog.ErrLeaseLost, and changes nothing, when a newer attempt
// exists or the recording is gone.
type Recordings interface {
	// Begin starts an attempt: state uploaded → processing, or processing whose
	// lease has expired. The fencing token grows by one, the attempt gets a fresh
	// Token to write under, the lease is set. catalog.ErrConflict when the state
	// does not allow it or another attempt holds a live lease.
	Begin(ctx context.Context, id catalog.RecordingID, lease time.Duration) (catalog.Attempt, catalog.Recording, error)
	// Heartbeat renews the lease and stores progress.
	Heartbeat(ctx context.Context, a catalog.Attempt, lease time.Duration, p catalog.Progress) error
	// Release hands the recording back after a graceful stop: state → uploaded,
	// lease cleared.
	Release(ctx context.Context, a catalog.Attempt) error
	// Fail ends processing: state → failed with the failure shown to the presenter.
	Fail(ctx context.Context, a catalog.Attempt, f catalog.Failure) error
	// Publish stores renditions, duration, sealed key and token, sets the state
	// to ready and, if webinar.auto_publish, makes the recording its webinar's
	// current one: all in one transaction.
	Publish(ctx context.Context, a catalog.Attempt, p catalog.Publication) error
	// Abandoned lists recordings that should be worked on and are not: uploaded
	// for longer than olderThan, or processing with an expired lease.
	Abandoned(ctx context.Context, olderThan time.Duration) ([]catalog.RecordingID, error)
}
