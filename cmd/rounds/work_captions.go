package main

import (
	"context"
	"log/slog"
	"time"

	"rounds/catalog/catalogdb"
)

// captionsEvery is how often copies of captions are looked after; pages do not
// wait for it, they read the database.
const captionsEvery = 5 * time.Second

// captionsLimit bounds one look: a row is held while its object is written.
const captionsLimit = time.Minute

// followCaptions keeps the copies of captions in the media bucket in step until
// ctx ends. Every worker process may do so; what fails is tried again.
func followCaptions(ctx context.Context, log *slog.Logger, store *catalogdb.Store, objects catalogdb.CaptionObjects) {
	again := time.NewTicker(captionsEvery)
	defer again.Stop()
	for {
		look, cancel := context.WithTimeout(ctx, captionsLimit)
		changed, err := store.FollowCaptions(look, objects)
		cancel()
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "captions not copied, trying again", "copied", changed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}
