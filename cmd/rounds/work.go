package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgxpool"
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
	WorkDir     string         `env:"ROUNDS_WORK_DIR" help:"Scratch folder of this process alone; needs room for the sources below and for some recordings' renditions. Default: a folder below the system's temporary one."`
	Encodes     int            `default:"1" env:"ROUNDS_ENCODES" help:"Pieces of recordings with pictures that are encoded at the same time; one uses all cores. One sound is encoded beside them."`
	CacheBytes  int64          `default:"20000000000" env:"ROUNDS_CACHE_BYTES" help:"Bytes of presenters' files that are kept in the scratch folder, so that a recording is fetched once for all of its pieces; what is in use stays beyond that."`
	SpotNotice  bool           `env:"ROUNDS_SPOT_NOTICE" help:"Ask the EC2 instance metadata service every few seconds whether this spot instance is about to be taken away, and stop in good order then."`
	MetadataURL string         `name:"metadata-url" env:"ROUNDS_METADATA_URL" help:"Address of the EC2 instance metadata service; empty means the usual one."`
	Preset      string         `default:"veryfast" enum:"ultrafast,superfast,veryfast,faster,fast,medium,slow" env:"ROUNDS_PRESET" help:"Preset of the H.264 encoder: slower ones make smaller files."`
	Trace       traceConfig    `embed:""`
	AdminListen string         `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
}

// Run works until ctx ends, then hands back what is in hand.
func (c *workRun) Run(ctx context.Context, log *slog.Logger) error {
	sight, err := c.Trace.sight(ctx, "work", log)
	if err != nil {
		return err
	}
	defer sight.close(ctx, log)
	db, err := c.Database.open(ctx, sight.database)
	if err != nil {
		return err
	}
	defer db.Close()
	sealer, err := c.Seal.sealer()
	if err != nil {
		return err
	}
	outbox, err := notify.NewOutbox(db, sealer, log, jobs.Carrying(sight.trace, nil))
	if err != nil {
		return err
	}
	client, err := c.Storage.client(ctx, sight.storage())
	if err != nil {
		return err
	}
	store := catalogdb.New(db, catalogdb.Hooks{Send: outbox.Put})
	registry := sight.registry
	registry.MustRegister(poolCollector{db}, chunkQueueOf(store.ChunkQueue))
	does, err := c.transcoder(ctx, log, store, client, sealer, sight)
	if err != nil {
		return err
	}
	defer does.folder.Close() //nolint:errcheck // nothing is written to it
	workers, err := c.workers(log, db, store, does, sight)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	if c.SpotNotice {
		group.Go(func() error {
			defer stop()
			return newSpotWatch(c.MetadataURL, log).wait(ctx)
		})
	}
	group.Go(func() error { return patiently(ctx, log, "queues", workers.Run) })
	group.Go(func() error {
		c.lookAfter(ctx, log, store, client, newUpkeepMetrics(registry))
		return nil
	})
	group.Go(func() error {
		return listen(ctx, log, listener{name: "worker admin", address: c.AdminListen, handler: metricsHandler(registry)})
	})
	log.Info("working", "encodes", c.Encodes, "work_dir", does.pipeline.WorkDir, "worker", does.encoder.Name)
	return group.Wait()
}

// workers joins the transcoder to its queues.
func (c *workRun) workers(log *slog.Logger, db *pgxpool.Pool, store *catalogdb.Store, does transcoder, sight *sight) (*jobs.Workers, error) {
	hints, err := jobs.NewInserter(db, log, jobs.Carrying(sight.trace, nil))
	if err != nil {
		return nil, err
	}
	does.pipeline.Hint = func(ctx context.Context, pictures, sounds int) {
		if err := hints.HintChunks(ctx, pictures, sounds); err != nil {
			log.WarnContext(ctx, "no hint at pieces, left to the reaper", "error", err)
		}
	}
	return jobs.NewWorkers(jobs.Config{
		Pool: db, Processor: does.pipeline, Encoder: does.encoder, Recordings: store, Chunks: store, Encodes: c.Encodes, Logger: log,
		Trace: sight.trace, Observe: countJobs(sight.registry),
	})
}

// upkeep joins what clears away.
func (c *workRun) upkeep(log *slog.Logger, store *catalogdb.Store, client *s3.Client, metrics *upkeepMetrics) *upkeep {
	uploads := ingest.New(ingest.Config{Client: client, Bucket: c.Storage.UploadBucket, Store: store})
	u := newUpkeep(store, uploads, objects.NewStore(client, c.Storage.MediaBucket), objects.NewParts(client, c.Storage.UploadBucket), log)
	u.metrics = metrics
	return u
}

// transcoder is what a worker does: attempts at recordings, and encoding pieces.
type transcoder struct {
	pipeline *transcode.Pipeline
	encoder  *transcode.ChunkWorker
	folder   *os.File // the lock of the scratch folder; closing it gives the folder up
}

// transcoder joins the transcoder's parts in a scratch folder that it clears.
func (c *workRun) transcoder(ctx context.Context, log *slog.Logger, store *catalogdb.Store, client *s3.Client, sealer *catalog.Sealer, sight *sight) (transcoder, error) {
	tool, err := ffmpeg.New(ctx, log)
	if err != nil {
		return transcoder{}, err
	}
	tool.Runner.Trace, tool.Runner.Observe = sight.trace, countPrograms(sight.registry)
	dir, lock, err := c.scratch()
	if err != nil {
		return transcoder{}, fmt.Errorf("ROUNDS_WORK_DIR: %w", err)
	}
	countDisk(sight.registry, "work", dir)
	sources := &transcode.SourceCache{
		Sources: objects.NewSources(client, c.Storage.UploadBucket), Dir: dir, Bytes: c.CacheBytes, Reserve: diskReserve,
	}
	parts := objects.NewParts(client, c.Storage.UploadBucket)
	pipeline := &transcode.Pipeline{
		Recordings: store, Layouts: store, Sources: sources, Parts: parts, Media: tool, Joiner: tool,
		Packager: hls.New(log), Store: objects.NewStore(client, c.Storage.MediaBucket), Sealer: sealer,
		WorkDir: dir, Options: transcode.PlanOptions{Preset: c.Preset}, Logger: log,
		Trace: sight.trace, Observe: newRecordingMetrics(sight.registry).observe,
	}
	encoder := &transcode.ChunkWorker{
		Chunks: store, Sources: sources, Media: tool, Parts: parts, WorkDir: dir, Name: workerName(), Logger: log,
		Trace: sight.trace, Observe: newEncodingMetrics(sight.registry).observe,
	}
	return transcoder{pipeline, encoder, lock}, nil
}

// diskReserve is left free in the scratch folder for what is made of sources.
const diskReserve = 1 << 30

// scratch makes the scratch folder, takes it for this process alone and clears
// what an earlier one left.
func (c *workRun) scratch() (dir string, lock *os.File, err error) {
	dir = c.WorkDir
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "rounds-work")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return "", nil, fmt.Errorf("%s is in use by another worker, give each a folder of its own (%w)", dir, err)
	}
	return dir, lock, transcode.Sweep(dir)
}

// workerName tells this process from all others, and people where it runs.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), catalog.NewToken()[:6])
}
