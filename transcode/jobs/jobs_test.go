package jobs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema/schematest"
	"rounds/transcode"
	"rounds/transcode/ffmpeg"
	"rounds/transcode/hls"
	"rounds/transcode/jobs"
	"rounds/transcode/objects"
)

// testBundle is the whole transcoder with every real part: database, queue,
// S3 gateway, ffmpeg, packager.
type testBundle struct {
	t        *testing.T
	pool     *pgxpool.Pool
	store    *catalogdb.Store
	s3       *s3.Client
	bucket   string
	pipeline *transcode.Pipeline
	encoder  *transcode.ChunkWorker
	inserter *jobs.Inserter
	webinar  catalog.WebinarID
	done     chan error // what Process returned, one a job
	begun    chan struct{}
}

var tool = sync.OnceValues(func() (*ffmpeg.Tool, error) {
	return ffmpeg.New(context.Background(), slog.New(slog.DiscardHandler))
})

// bundle is all but the transcoder's own parts.
func bundle(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{t: t, pool: schematest.New(t), webinar: catalog.NewWebinarID(), done: make(chan error, 100), begun: make(chan struct{}, 100)}
	b.s3, b.bucket = s3test.Bucket(t)
	b.store = catalogdb.New(b.pool, catalogdb.Hooks{})
	var err error
	b.inserter, err = jobs.NewInserter(b.pool, slog.New(slog.DiscardHandler))
	b.ok(err)
	program, course := catalog.NewProgramID(), catalog.NewCourseID()
	b.exec(`insert into programs (id, title) values ($1, 'Cardiology')`, program)
	b.exec(`insert into courses (id, program_id, title) values ($1, $2, 'Arrhythmia')`, course, program)
	b.exec(`insert into webinars (id, course_id, title) values ($1, $2, 'Atrial fibrillation')`, b.webinar, course)
	return b
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b, logger := bundle(t), slog.New(slog.DiscardHandler)
	made, err := tool()
	b.ok(err)
	sealer, err := catalog.NewSealer(make([]byte, 32))
	b.ok(err)
	dir, parts := t.TempDir(), objects.NewParts(b.s3, b.bucket)
	sources := &transcode.SourceCache{Sources: objects.NewSources(b.s3, b.bucket), Dir: dir}
	b.pipeline = &transcode.Pipeline{
		Recordings: b.store, Layouts: b.store, Sources: sources, Parts: parts, Media: made, Joiner: made,
		Packager: hls.New(logger), Store: objects.NewStore(b.s3, b.bucket), Sealer: sealer,
		WorkDir: dir, Options: transcode.PlanOptions{Preset: "ultrafast"}, Poll: 50 * time.Millisecond,
		Lease: 10 * time.Second, Renew: time.Second, Logger: logger,
	}
	b.pipeline.Hint = func(ctx context.Context, pictures, sounds int) { b.ok(b.inserter.HintChunks(ctx, pictures, sounds)) }
	b.encoder = &transcode.ChunkWorker{
		Chunks: b.store, Sources: sources, Media: made, Parts: parts, WorkDir: dir, Name: "here",
		Lease: 10 * time.Second, Renew: time.Second, Pause: 10 * time.Millisecond, Logger: logger,
	}
	return b
}

func (b *testBundle) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *testBundle) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(context.Background(), sql, args...)
	b.ok(err)
}

// upload stores a source and its row as a completed upload leaves them.
func (b *testBundle) upload(body io.ReadSeeker, size int64) catalog.RecordingID {
	b.t.Helper()
	id := catalog.NewRecordingID()
	key := catalog.UploadKey(id)
	_, err := b.s3.PutObject(b.t.Context(), &s3.PutObjectInput{Bucket: &b.bucket, Key: &key, Body: body})
	b.ok(err)
	b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state) values ($1, $2, 'talk.mp4', $3, 8388608, 'uploaded')`, id, b.webinar, size)
	return id
}

func (b *testBundle) uploadFile(path string) catalog.RecordingID {
	b.t.Helper()
	f, err := os.Open(path)
	b.ok(err)
	defer f.Close()
	info, err := f.Stat()
	b.ok(err)
	return b.upload(f, info.Size())
}

// Process implements jobs.Processor and tells the test what happens.
func (b *testBundle) Process(ctx context.Context, id catalog.RecordingID) error {
	b.begun <- struct{}{}
	err := b.pipeline.Process(ctx, id)
	b.done <- err
	return err
}

// work runs a worker process until the returned function is called.
func (b *testBundle) work() (stop func()) {
	b.t.Helper()
	workers, err := jobs.NewWorkers(jobs.Config{
		Pool: b.pool, Processor: b, Encoder: b.encoder, Recordings: b.store, Chunks: b.store, Logger: slog.New(slog.DiscardHandler),
		ReapEvery: 100 * time.Millisecond, Overdue: time.Hour,
	})
	b.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- workers.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("workers: %v", err)
		}
	})
	b.t.Cleanup(stop)
	return stop
}

func (b *testBundle) enqueue(id catalog.RecordingID) {
	b.t.Helper()
	tx, err := b.pool.Begin(b.t.Context())
	b.ok(err)
	b.ok(b.inserter.Enqueue(b.t.Context(), tx, id))
	b.ok(tx.Commit(b.t.Context()))
}

func (b *testBundle) wait() error {
	b.t.Helper()
	select {
	case err := <-b.done:
		return err
	case <-time.After(3 * time.Minute):
		b.t.Fatal("no attempt ended within three minutes")
		return nil
	}
}

func (b *testBundle) recording(id catalog.RecordingID) catalog.Recording {
	b.t.Helper()
	r, err := b.store.Recording(context.Background(), id)
	b.ok(err)
	return r
}

// objects lists the media objects of a recording.
func (b *testBundle) objects(id catalog.RecordingID) (keys []string) {
	b.t.Helper()
	return b.below(catalog.RecordingPrefix(id))
}

// below lists the bucket.
func (b *testBundle) below(prefix string) (keys []string) {
	b.t.Helper()
	list, err := b.s3.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: &prefix})
	b.ok(err)
	for _, o := range list.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// talk generates a short recording.
func talk(t *testing.T, seconds string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "talk.mp4")
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=r=25:s=640x360:d="+seconds,
		"-f", "lavfi", "-i", "sine=d="+seconds, "-c:v", "libx264", "-preset", "ultrafast", path).CombinedOutput()
	if err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	return path
}

func TestReady(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.uploadFile(talk(t, "7"))
	b.work()
	b.enqueue(id)
	b.ok(b.wait())
	r := b.recording(id)
	if r.State != catalog.StateReady || r.DurationMS != 7000 || len(r.Renditions) != 4 || r.PublishedAt == nil {
		t.Errorf("recording %+v", r)
	}
	keys := strings.Join(b.objects(id), "\n")
	prefix := catalog.MediaPrefix(id, r.Token)
	for _, name := range []string{"master.m3u8", "poster.jpg", "v360/init.mp4", "v360/index.m3u8", "v240/seg_00001.m4s"} {
		if !strings.Contains(keys, prefix+name) {
			t.Errorf("%s is missing in\n%s", name, keys)
		}
	}
	left, err := filepath.Glob(filepath.Join(b.pipeline.WorkDir, "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("scratch left: %v %v", left, err)
	}
	if left := b.below(catalog.PartsRoot(id)); len(left) != 0 {
		t.Errorf("parts left: %v", left)
	}
}

func TestUnusable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.work()
	for text, code := range map[string]catalog.FailureCode{
		"this is a letter, not a talk":                 catalog.FailNotMedia,
		"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n":    catalog.FailUnsafeReference,
		"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom": catalog.FailTruncated,
	} {
		id := b.upload(strings.NewReader(text), int64(len(text)))
		b.enqueue(id)
		b.ok(b.wait())
		r := b.recording(id)
		if r.State != catalog.StateFailed || r.Failure == nil || r.Failure.Code != code || r.Failure.Message == "" {
			t.Errorf("%q: state %s, failure %+v, want %s", text, r.State, r.Failure, code)
		}
	}
}

// TestDeadWorker: an attempt that was killed leaves a lease that runs out; the
// recording becomes ready without anybody's help.
func TestDeadWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.uploadFile(talk(t, "2"))
	dead, _, err := b.store.Begin(t.Context(), id, 300*time.Millisecond)
	b.ok(err)
	b.work()
	for b.recording(id).State != catalog.StateReady { // the reaper may hint twice
		b.ok(b.wait())
	}
	if r := b.recording(id); r.Token == dead.Token {
		t.Errorf("recording %+v", r)
	}
	if err := b.store.Publish(t.Context(), dead, catalog.Publication{}); !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("the dead attempt could publish: %v", err)
	}
}

// TestGracefulStop: a stopping worker hands its recording back at once and
// leaves no objects; the next worker finishes it.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := &gated{ChunkMedia: b.encoder.Media, entered: make(chan struct{}, 1)}
	b.encoder.Media = gate
	id := b.uploadFile(talk(t, "2"))
	stop := b.work()
	b.enqueue(id)
	<-gate.entered
	stop()
	if err := b.wait(); err == nil {
		t.Error("a stopped attempt reports success")
	}
	if r := b.recording(id); r.State != catalog.StateUploaded {
		t.Errorf("state %s", r.State)
	}
	if keys := b.objects(id); len(keys) != 0 {
		t.Errorf("objects left: %v", keys)
	}
	b.encoder.Media = gate.ChunkMedia
	b.work()
	b.enqueue(id)
	for b.recording(id).State != catalog.StateReady { // River may hint a second time
		b.ok(b.wait())
	}
}

// gated is a media tool whose encodes never end by themselves.
type gated struct {
	transcode.ChunkMedia
	entered chan struct{}
}

func (g *gated) EncodeSound(ctx context.Context, _ transcode.SoundJob, _ func(transcode.EncodeProgress)) (transcode.Loudness, error) {
	g.entered <- struct{}{}
	<-ctx.Done()
	return transcode.Loudness{}, ctx.Err()
}

// TestPoison: an attempt that fails again and again ends as internal, with words.
func TestPoison(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.pipeline.Lease = 300 * time.Millisecond
	b.pipeline.Renew = 50 * time.Millisecond
	b.pipeline.Joiner = broken{}
	id := b.uploadFile(talk(t, "1"))
	b.work()
	b.enqueue(id)
	for b.recording(id).State != catalog.StateFailed { // a busy machine may lose a lease this short
		if err := b.wait(); err != nil {
			t.Logf("attempt: %v", err)
		}
	}
	r := b.recording(id)
	if r.Failure.Code != catalog.FailInternal || r.Failure.Message == "" {
		t.Errorf("failure %+v", r.Failure)
	}
}

// broken cannot join pieces.
type broken struct{}

func (broken) Join(context.Context, transcode.JoinJob) ([]transcode.EncodedRendition, error) {
	return nil, errors.New("disk full")
}

// TestLeaseLost: when a newer attempt exists, the older one stops and removes
// what it wrote.
func TestLeaseLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	waits := make(chan struct{}, 1)
	b.pipeline.Hint = func(context.Context, int, int) { waits <- struct{}{} }
	id := b.uploadFile(talk(t, "1"))
	ended := make(chan error, 1)
	go func() { ended <- b.pipeline.Process(context.Background(), id) }()
	<-waits
	b.exec(`update recordings set fencing_token = fencing_token + 1 where id = $1`, id)
	if err := <-ended; !errors.Is(err, catalog.ErrLeaseLost) {
		t.Errorf("attempt ended with %v", err)
	}
	if keys := b.objects(id); len(keys) != 0 {
		t.Errorf("objects left: %v", keys)
	}
}
