package main

import (
	"context"
	"log/slog"
	"time"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/ingest"
	"rounds/transcode"
)

// upkeep clears away what nobody needs any more. Every worker process runs one;
// the database sees to it that one of them works at a time and that each piece
// is done as often as it should be, not as often as there are workers.
type upkeep struct {
	store   *catalogdb.Store
	uploads *ingest.Uploads
	media   transcode.Bucket[catalog.MediaFolder]
	parts   transcode.Bucket[catalog.PartsFolder]
	log     *slog.Logger
	metrics *upkeepMetrics // nil: not counted

	look          time.Duration // how often to see whether something is due
	unfinishedAge time.Duration // of uploads that nobody continues
	orphanAge     time.Duration // of media that no recording needs
}

// newUpkeep has the intervals and ages of production.
func newUpkeep(store *catalogdb.Store, uploads *ingest.Uploads, media transcode.Bucket[catalog.MediaFolder], parts transcode.Bucket[catalog.PartsFolder], log *slog.Logger) *upkeep {
	return &upkeep{
		store: store, uploads: uploads, media: media, parts: parts, log: log,
		look: 5 * time.Minute, unfinishedAge: ingest.DefaultUnfinishedLife, orphanAge: transcode.OrphanAge,
	}
}

// chore is one piece of upkeep. It returns numbers to log, as key and value in
// turn, also when it fails half-way.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) ([]any, error)
}

// chores are all pieces. Orphans are looked for once a day: it costs a request
// to the storage for each recording.
func (u *upkeep) chores() []chore {
	return []chore{
		{"kept_answers", time.Hour, u.forget},
		{"unfinished_uploads", time.Hour, u.giveUpUploads},
		{"purge", time.Hour, u.purge},
		{"lists_of_people", time.Hour, u.forgetImports},
		{"unwanted_materials", time.Hour, u.removeMaterials},
		{"orphaned_media", 24 * time.Hour, u.removeOrphans},
		{"orphaned_parts", 24 * time.Hour, u.removeParts},
	}
}

// run keeps up until ctx ends.
func (u *upkeep) run(ctx context.Context) { u.repeat(ctx, u.chores()) }

// repeat does the chores that are due, now and at each look until ctx ends. What
// fails is tried again at the next look.
func (u *upkeep) repeat(ctx context.Context, chores []chore) {
	for _, c := range chores {
		u.metrics.plans(c.name, c.every)
	}
	again := time.NewTicker(u.look)
	defer again.Stop()
	for {
		for _, c := range chores {
			u.once(ctx, c)
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// once does a piece if it is due and logs one line about it.
func (u *upkeep) once(ctx context.Context, c chore) {
	var numbers []any
	began := time.Now()
	done, err := u.store.Upkeep(ctx, c.name, c.every, func(ctx context.Context) (err error) {
		numbers, err = c.do(ctx)
		return err
	})
	line := append([]any{"chore", c.name, "took", time.Since(began).Round(time.Millisecond)}, numbers...)
	switch {
	case err != nil && ctx.Err() == nil:
		u.metrics.fails(c.name)
		u.log.WarnContext(ctx, "upkeep not done, trying again later", append(line, "error", err)...)
	case done:
		u.log.InfoContext(ctx, "upkeep done", line...)
	}
}

func (u *upkeep) forget(ctx context.Context) ([]any, error) {
	forgotten, err := u.store.ForgetAnswers(ctx)
	return []any{"answers", forgotten}, err
}

func (u *upkeep) giveUpUploads(ctx context.Context) ([]any, error) {
	swept, err := u.uploads.SweepAbandoned(ctx, u.unfinishedAge)
	return []any{"uploads", swept}, err
}

// importsAge is how long the lines of a list of people are kept for whoever sent it.
const importsAge = 30 * 24 * time.Hour

func (u *upkeep) forgetImports(ctx context.Context) ([]any, error) {
	forgotten, err := u.store.ForgetImports(ctx, time.Now().Add(-importsAge))
	return []any{"lists", forgotten}, err
}

// purge gives up the files of what was deleted so long ago that nobody undoes it.
func (u *upkeep) purge(ctx context.Context) ([]any, error) {
	purged, err := u.uploads.Purge(ctx, u.store, time.Now().Add(-catalog.DeletedLife))
	return []any{"purged", purged}, err
}

// materialAge is how long an announced material is waited for.
const materialAge = 24 * time.Hour

func (u *upkeep) removeMaterials(ctx context.Context) ([]any, error) {
	swept, err := u.uploads.SweepMaterials(ctx, u.store, materialAge)
	return []any{"materials", swept}, err
}

func (u *upkeep) removeOrphans(ctx context.Context) ([]any, error) {
	found, err := transcode.SweepOrphans(ctx, u.media, u.store.UnusedMedia, u.orphanAge)
	return []any{"looked", found.Looked, "removed", found.Removed}, err
}

func (u *upkeep) removeParts(ctx context.Context) ([]any, error) {
	found, err := transcode.SweepOrphans(ctx, u.parts, u.store.UnusedParts, u.orphanAge)
	return []any{"looked", found.Looked, "removed", found.Removed}, err
}
