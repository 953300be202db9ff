package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/ingest"
	"rounds/catalog/notify"
	"rounds/transcode"
	"rounds/transcode/ffmpeg"
	"rounds/transcode/hls"
	"rounds/transcode/jobs"
	"rounds/transcode/objects"
)

// workCommand is `rounds work`; without a further word it is the worker.
type workCommand struct {
	Run    workRun    `cmd:"" default:"withargs" help:"Transcode recordings until stopped (the default)."`
	Plan   workPlan   `cmd:"" help:"Show how a file would be transcoded, and why."`
	Verify workVerify `cmd:"" help:"Check a stream against the HLS rules."`
}

// workRun is the worker.
type workRun struct {
	Database    databaseConfig `embed:""`
	Storage     storageConfig  `embed:""`
	Seal        sealConfig     `embed:""`
	WorkDir     string         `env:"ROUNDS_WORK_DIR" help:"Scratch folder; needs room for some sources and their renditions. Default: a folder below the system's temporary one."`
	Encodes     int            `default:"1" env:"ROUNDS_ENCODES" help:"Encodes at the same time; one uses all cores. A recording much shorter than all that run is encoded beside them, so leave memory for one more."`
	Preset      string         `default:"veryfast" enum:"ultrafast,superfast,veryfast,faster,fast,medium,slow" env:"ROUNDS_PRESET" help:"Preset of the H.264 encoder: slower ones make smaller files."`
	AdminListen string         `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
}

// Run works until ctx ends, then hands back what is in hand.
func (c *workRun) Run(ctx context.Context, log *slog.Logger) error {
	db, err := c.Database.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	sealer, err := c.Seal.sealer()
	if err != nil {
		return err
	}
	outbox, err := notify.NewOutbox(db, sealer, log)
	if err != nil {
		return err
	}
	client, err := c.Storage.client(ctx)
	if err != nil {
		return err
	}
	store := catalogdb.New(db, catalogdb.Hooks{Send: outbox.Put})
	pipeline, err := c.pipeline(ctx, log, store, client, sealer)
	if err != nil {
		return err
	}
	if err := pipeline.Sweep(); err != nil {
		return err
	}
	workers, err := jobs.NewWorkers(jobs.Config{Pool: db, Processor: pipeline, Recordings: store, Logger: log})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return workers.Run(ctx) })
	group.Go(func() error {
		c.upkeep(log, store, client).run(ctx)
		return nil
	})
	group.Go(func() error {
		followCaptions(ctx, log, store, objects.NewStore(client, c.Storage.MediaBucket))
		return nil
	})
	group.Go(func() error {
		return listen(ctx, log, listener{name: "worker admin", address: c.AdminListen, handler: metricsHandler(newRegistry())})
	})
	log.Info("working", "encodes", c.Encodes, "work_dir", pipeline.WorkDir)
	return group.Wait()
}

// upkeep joins what clears away.
func (c *workRun) upkeep(log *slog.Logger, store *catalogdb.Store, client *s3.Client) *upkeep {
	uploads := ingest.New(ingest.Config{Client: client, Bucket: c.Storage.UploadBucket, Store: store})
	return newUpkeep(store, uploads, objects.NewStore(client, c.Storage.MediaBucket), log)
}

// pipeline joins the transcoder's parts.
func (c *workRun) pipeline(ctx context.Context, log *slog.Logger, store *catalogdb.Store, client *s3.Client, sealer *catalog.Sealer) (*transcode.Pipeline, error) {
	tool, err := ffmpeg.New(ctx, log)
	if err != nil {
		return nil, err
	}
	dir := c.WorkDir
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "rounds-work")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &transcode.Pipeline{
		Recordings: store,
		Sources:    objects.NewSources(client, c.Storage.UploadBucket),
		Media:      tool,
		Packager:   hls.New(log),
		Store:      objects.NewStore(client, c.Storage.MediaBucket),
		Sealer:     sealer,
		WorkDir:    dir,
		Options:    transcode.PlanOptions{Preset: c.Preset},
		Encodes:    c.Encodes,
		Logger:     log,
	}, nil
}
