package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog/catalogdb"
	"rounds/transcode/objects"
)

// captionsEvery is how often copies of captions are looked after; pages do not
// wait for it, they read the database.
const captionsEvery = 5 * time.Second

// captionsLimit bounds one look: a row is held while its object is written.
const captionsLimit = time.Minute

// lookAfter does what goes on beside the queues until ctx ends: clearing away,
// and keeping copies of captions in step.
func (c *workRun) lookAfter(ctx context.Context, log *slog.Logger, store *catalogdb.Store, client *s3.Client, metrics *upkeepMetrics) {
	var both sync.WaitGroup
	both.Go(func() { c.upkeep(log, store, client, metrics).run(ctx) })
	both.Go(func() { followCaptions(ctx, log, store, objects.NewStore(client, c.Storage.MediaBucket)) })
	both.Wait()
}

// followCaptions keeps the copies of captions in the media bucket in step until
// ctx ends. Every worker process may do so; what fails is tried again.
func followCaptions(ctx context.Context, log *slog.Logger, store *catalogdb.Store, copies catalogdb.CaptionObjects) {
	again := time.NewTicker(captionsEvery)
	defer again.Stop()
	for {
		look, cancel := context.WithTimeout(ctx, captionsLimit)
		changed, err := store.FollowCaptions(look, copies)
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
