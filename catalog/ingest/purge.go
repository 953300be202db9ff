package ingest

import (
	"context"
	"time"

	"rounds/catalog"
)

// PurgeRows are the rows that Purge needs.
type PurgeRows interface {
	// PurgeableSources lists recordings of what was deleted before that time.
	PurgeableSources(ctx context.Context, before time.Time) ([]catalog.RecordingID, error)
	// Purge gives up the rest and returns how much it were.
	Purge(ctx context.Context, before time.Time) (int64, error)
}

// Purge removes the files of what was deleted before that time: uploaded files
// first, for they are found by rows that Purge of the rows lets go. Published
// media and materials go with the next sweep. Idempotent.
func (u *Uploads) Purge(ctx context.Context, rows PurgeRows, before time.Time) (purged int64, err error) {
	sources, err := rows.PurgeableSources(ctx, before)
	if err != nil {
		return 0, err
	}
	for _, id := range sources {
		if err := u.removeObject(ctx, id); err != nil {
			return 0, err
		}
	}
	return rows.Purge(ctx, before)
}
