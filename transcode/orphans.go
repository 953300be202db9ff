package transcode

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Folder names what one attempt, or one claim, has written.
type Folder interface{ Prefix() string }

// Bucket is a bucket as its sweeper sees it: objects.Store the media,
// objects.Parts the encoded pieces.
type Bucket[F Folder] interface {
	// Folders hands over what has been left, some at a time.
	Folders(ctx context.Context, use func([]F) error) error
	// Newest tells when the newest object below a prefix was written; the zero
	// time when there is none.
	Newest(ctx context.Context, prefix string) (time.Time, error)
	// Delete removes everything below one folder's prefix.
	Delete(ctx context.Context, prefix string) error
}

// Orphans says what SweepOrphans came across.
type Orphans struct{ Looked, Removed int }

// OrphanAge is how old an orphan must be before it is removed. It is a second
// line of defence, and leaves an operator time to look; that a prefix is in use
// is known from the database.
const OrphanAge = 24 * time.Hour

// SweepOrphans removes what attempts and encoders have written that nobody
// needs: what a killed worker left, what belonged to a recording that is gone.
// unused returns those folders that nobody uses and nobody ever will; it is
// asked after they were listed. Only prefixes are touched in which nothing was
// written for longer than age. It is idempotent and safe while attempts run,
// also with an age of zero. One prefix that cannot be removed does not keep the
// others from it.
func SweepOrphans[F Folder](ctx context.Context, bucket Bucket[F], unused func(context.Context, []F) ([]F, error), age time.Duration) (Orphans, error) {
	var found Orphans
	before := time.Now().Add(-age)
	var failures []error
	err := bucket.Folders(ctx, func(folders []F) error {
		found.Looked += len(folders)
		left, err := unused(ctx, folders)
		if err != nil {
			return err
		}
		for _, folder := range left {
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

func removeOrphan[F Folder](ctx context.Context, bucket Bucket[F], prefix string, before time.Time) (bool, error) {
	newest, err := bucket.Newest(ctx, prefix)
	if err != nil || newest.After(before) {
		return false, err
	}
	if err := bucket.Delete(ctx, prefix); err != nil {
		return false, err
	}
	return true, nil
}
