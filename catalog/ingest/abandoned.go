package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"rounds/catalog"
)

// DefaultUnfinishedLife is how long an interrupted upload waits to be continued.
const DefaultUnfinishedLife = 14 * 24 * time.Hour

// errContinued: a part has arrived lately, so somebody is still at it.
var errContinued = errors.New("upload is being continued")

// SweepAbandoned gives up the uploads that nobody has touched and of which no
// part has arrived for longer than age, as Abort does, and returns how many
// there were. One that cannot be given up does not keep the others from it.
// Idempotent, and safe beside an upload that is continued or completed at the
// same moment: each is decided while its row is held.
func (u *Uploads) SweepAbandoned(ctx context.Context, age time.Duration) (swept int, err error) {
	before := time.Now().Add(-age)
	stale, err := u.Store.StaleUploads(ctx, age)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range stale {
		switch err := u.abandon(ctx, id, before); {
		case err == nil:
			swept++
		case errors.Is(err, errContinued), errors.Is(err, catalog.ErrUploadFinished), errors.Is(err, catalog.ErrNotFound):
		default:
			failures = append(failures, fmt.Errorf("give up upload of %s: %w", id, err))
		}
	}
	return swept, errors.Join(failures...)
}

// abandon gives one upload up unless a part of it has arrived since before.
func (u *Uploads) abandon(ctx context.Context, id catalog.RecordingID, before time.Time) error {
	return u.Store.DropUpload(ctx, id, func(upload catalog.Upload) error {
		parts, err := u.list(ctx, upload)
		if err != nil && !gone(err) {
			return storageError(err)
		}
		for _, part := range parts {
			if aws.ToTime(part.LastModified).After(before) {
				return errContinued
			}
		}
		return u.discard(ctx, upload)
	})
}
