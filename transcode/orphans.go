package transcode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rounds/catalog"
)

// Bucket is the media bucket as its sweeper sees it.
type Bucket interface {
	// Folders hands over what attempts have left, some at a time.
	Folders(ctx context.Context, use func([]catalog.MediaFolder) error) error
	// Newest tells when the newest object below a prefix was written; the zero
	// time when there is none.
	Newest(ctx context.Context, prefix string) (time.Time, error)
	// Delete removes everything below one attempt's prefix.
	Delete(ctx context.Context, prefix string) error
}

// MediaUse knows which media are needed.
type MediaUse interface {
	// UnusedMedia returns those of folders that nobody plays from or writes to,
	// and nobody ever will.
	UnusedMedia(ctx context.Context, folders []catalog.MediaFolder) ([]catalog.MediaFolder, error)
}

// Orphans says what SweepOrphans came across.
type Orphans struct{ Looked, Removed int }

// OrphanAge is how old an orphan must be before it is removed. It is a second
// line of defence, and leaves an operator time to look; that a prefix is in use
// is known from the database.
const OrphanAge = 24 * time.Hour

// SweepOrphans removes what attempts have written that nobody needs: what a
// killed worker left, what belonged to a recording that is gone. Only prefixes
// are touched in which nothing was written for longer than age. It is
// idempotent and safe while attempts run, also with an age of zero. One prefix
// that cannot be removed does not keep the others from it.
func SweepOrphans(ctx context.Context, bucket Bucket, use MediaUse, age time.Duration) (Orphans, error) {
	var found Orphans
	before := time.Now().Add(-age)
	var failures []error
	err := bucket.Folders(ctx, func(folders []catalog.MediaFolder) error {
		found.Looked += len(folders)
		unused, err := use.UnusedMedia(ctx, folders)
		if err != nil {
			return err
		}
		for _, folder := range unused {
			removed, err := removeOrphan(ctx, bucket, folder.Prefix(), before)
			if err != nil {
				failures = append(failures, err)
			}
			if removed {
				found.Removed++
			}
		}
		return nil
	})
	if err = errors.Join(append(failures, err)...); err != nil {
		return found, fmt.Errorf("sweep orphans: %w", err)
	}
	return found, nil
}

func removeOrphan(ctx context.Context, bucket Bucket, prefix string, before time.Time) (bool, error) {
	newest, err := bucket.Newest(ctx, prefix)
	if err != nil || newest.After(before) {
		return false, err
	}
	if err := bucket.Delete(ctx, prefix); err != nil {
		return false, err
	}
	return true, nil
}
