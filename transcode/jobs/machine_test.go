package jobs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/transcode"
	"rounds/transcode/jobs"
	"rounds/transcode/objects"
)

// The fault tests have a real database, queue and storage, and several worker
// machines in one process. Their media tool only pretends, and notices when a
// piece is missing, out of place or not what was encoded: the faults are what
// these tests are about, and they want recordings of an hour in no time.

// farm is a bundle whose recordings are encoded by pretence.
type farm struct {
	*testBundle
	mu      sync.Mutex
	encoded map[catalog.ChunkNumber]int // pieces whose encoding was begun
	decoded int                         // pictures that come out of the decoder for each piece
	// before runs before a piece is encoded; an error is what its encode ends with.
	before func(ctx context.Context, machine string, number catalog.ChunkNumber) error
}

func newFarm(t *testing.T) *farm {
	t.Helper()
	f := &farm{testBundle: bundle(t), encoded: map[catalog.ChunkNumber]int{}, decoded: 60 * 25}
	f.before = func(context.Context, string, catalog.ChunkNumber) error { return nil }
	return f
}

// machine is one worker machine.
type machine struct {
	*farm
	name     string
	pool     *pgxpool.Pool
	store    *catalogdb.Store
	pipeline *transcode.Pipeline
	encoder  *transcode.ChunkWorker
	idle     bool // encodes nothing
	stop     func()
}

// machine sets up a worker machine; change spoils its parts before it starts.
func (f *farm) machine(name string, change func(m *machine)) *machine {
	f.t.Helper()
	m := &machine{farm: f, name: name, pool: f.pool}
	m.wire(f.s3)
	change(m)
	m.start()
	return m
}

// wire gives the machine all of its parts; it may be done again with others.
func (m *machine) wire(client *s3.Client) {
	m.t.Helper()
	logger := slog.New(slog.DiscardHandler)
	m.store = catalogdb.New(m.pool, catalogdb.Hooks{})
	dir, parts := m.t.TempDir(), objects.NewParts(client, m.bucket)
	sources := &transcode.SourceCache{Sources: objects.NewSources(client, m.bucket), Dir: dir, Bytes: 1 << 20}
	sealer, err := catalog.NewSealer(make([]byte, 32))
	m.ok(err)
	media := &pretence{m: m}
	const lease, renew = 10 * time.Second, time.Second
	m.pipeline = &transcode.Pipeline{
		Recordings: m.store, Layouts: m.store, Sources: sources, Parts: parts, Media: media, Joiner: media, Packager: media,
		Store: objects.NewStore(client, m.bucket), Sealer: sealer, WorkDir: dir,
		Poll: 20 * time.Millisecond, Lease: lease, Renew: renew, Logger: logger,
	}
	m.encoder = &transcode.ChunkWorker{
		Chunks: m.store, Sources: sources, Media: media, Parts: parts, WorkDir: dir, Name: m.name,
		Lease: lease, Renew: renew, Pause: 5 * time.Millisecond, Logger: logger,
	}
}

// start runs the machine until the test ends or it is stopped.
func (m *machine) start() {
	m.t.Helper()
	config := jobs.Config{
		Pool: m.pool, Processor: m.pipeline, Encoder: m.encoder, Recordings: m.store, Chunks: m.store, Encodes: 2,
		Logger: slog.New(slog.DiscardHandler), ReapEvery: 50 * time.Millisecond, Overdue: 50 * time.Millisecond,
	}
	if m.idle {
		config.Encoder = idle{}
	}
	workers, err := jobs.NewWorkers(config)
	m.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- workers.Run(ctx) }()
	m.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			m.t.Errorf("workers: %v", err)
		}
	})
	m.t.Cleanup(m.stop)
}

// idle is an encoder that never does anything.
type idle struct{}

func (idle) Work(context.Context) (bool, error)      { return false, nil }
func (idle) WorkSound(context.Context) (bool, error) { return false, nil }

// uploadPieces uploads a pretended recording of that many pieces.
func (f *farm) uploadPieces(pieces int) catalog.RecordingID {
	f.t.Helper()
	text := fmt.Sprintf("%d seconds", 60*pieces)
	return f.upload(strings.NewReader(text), int64(len(text)))
}

// ended waits until a recording is ready or has failed, checks that nothing but
// the source, and the media of a ready one, is left, and returns it.
func (f *farm) ended(id catalog.RecordingID) catalog.Recording {
	f.t.Helper()
	f.until("the recording has ended", func() bool { return f.recording(id).State.Final() })
	r := f.recording(id)
	f.until("no parts are left", func() bool { return len(f.below(catalog.PartsRoot(id))) == 0 })
	want := 0
	if r.State == catalog.StateReady {
		want = len(f.below(catalog.MediaPrefix(id, r.Token)))
		if want == 0 {
			f.t.Error("a ready recording has no objects")
		}
	}
	f.until("only the published objects are left", func() bool { return len(f.objects(id)) == want })
	return r
}

// until asks again and again, for as long as a crowded machine may take.
func (f *farm) until(what string, holds func() bool) {
	f.t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	limit := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-again.C:
		case <-limit:
			f.t.Fatalf("it is not so that %s", what)
		}
	}
}

// times counts how often a piece was begun.
func (f *farm) times(number catalog.ChunkNumber) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.encoded[number]
}

// pretence is the media tool and packager of one machine.
type pretence struct {
	transcode.Media
	m *machine
}

var (
	_ transcode.Media      = (*pretence)(nil)
	_ transcode.ChunkMedia = (*pretence)(nil)
	_ transcode.Packager   = (*pretence)(nil)
)

// Probe implements transcode.Media: the source says how long it is.
func (p *pretence) Probe(_ context.Context, path string) (transcode.Probe, error) {
	content, err := os.ReadFile(path)
	var seconds int
	if _, err := fmt.Sscanf(string(content), "%d seconds", &seconds); err != nil {
		return transcode.Probe{}, transcode.Unusable(catalog.FailNotMedia)
	}
	end := float64(seconds)
	rate := transcode.Ratio{Num: 25, Den: 1}
	return transcode.Probe{
		Container: "mov", SizeBytes: int64(len(content)), DurationS: end, Streams: 2,
		Video: &transcode.VideoStream{
			Codec: "h264", Width: 640, Height: 360, PixelFormat: "yuv420p", RealRate: rate, AverageRate: rate,
			EndS: end, Frames: 25 * seconds, MeanRate: 25, QuickGapS: 0.04, Regular: true,
		},
		Audio: &transcode.AudioStream{Index: 1, Codec: "aac", SampleRate: 48000, Channels: 2, EndS: end},
	}, err
}

// Poster implements transcode.Media.
func (p *pretence) Poster(_ context.Context, _ transcode.EncodedRendition, path string) error {
	return os.WriteFile(path, []byte("poster"), 0o600)
}

// picture is what a piece of a rung pretends to hold.
func picture(source []byte, c transcode.Chunk, name string) []byte {
	return fmt.Appendf(nil, "%s of %q: frames %d to %d\n", name, source, c.From, c.From+c.Frames)
}

// EncodeChunk implements transcode.ChunkMedia.
func (p *pretence) EncodeChunk(ctx context.Context, job transcode.ChunkJob, progress func(transcode.EncodeProgress)) error {
	source, err := p.begin(ctx, job.Source, catalog.ChunkNumber(job.Chunk.Number), progress)
	for _, name := range job.Plan.PictureFiles() {
		if err == nil {
			err = os.WriteFile(filepath.Join(job.Dir, name), picture(source, job.Chunk, name), 0o600)
		}
	}
	return err
}

// SurveyChunk implements transcode.ChunkMedia.
func (p *pretence) SurveyChunk(ctx context.Context, job transcode.ChunkJob) (transcode.Decoded, error) {
	return p.DecodeChunk(ctx, job)
}

// DecodeChunk implements transcode.ChunkMedia.
func (p *pretence) DecodeChunk(_ context.Context, job transcode.ChunkJob) (transcode.Decoded, error) {
	return transcode.Decoded{Frames: job.Chunk.Frames}, nil
}

// EncodeSound implements transcode.ChunkMedia.
func (p *pretence) EncodeSound(ctx context.Context, job transcode.SoundJob, progress func(transcode.EncodeProgress)) (transcode.Loudness, error) {
	source, err := p.begin(ctx, job.Source, catalog.SoundChunk, progress)
	if err == nil {
		err = os.WriteFile(filepath.Join(job.Dir, "sound.mp4"), source, 0o600)
	}
	return transcode.Loudness{Measured: true, Integrated: -60}, err
}

func (p *pretence) begin(ctx context.Context, path string, number catalog.ChunkNumber, progress func(transcode.EncodeProgress)) ([]byte, error) {
	p.m.mu.Lock()
	p.m.encoded[number]++
	before := p.m.before
	p.m.mu.Unlock()
	progress(transcode.EncodeProgress{Done: 30 * time.Second, Speed: 2, Decoded: p.m.decoded})
	if err := before(ctx, p.m.name, number); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Join implements transcode.Joiner: every piece must be what was encoded.
func (p *pretence) Join(_ context.Context, job transcode.JoinJob) ([]transcode.EncodedRendition, error) {
	source, err := os.ReadFile(filepath.Join(job.Sound, "sound.mp4"))
	if err != nil {
		return nil, err
	}
	var made []transcode.EncodedRendition
	for i, rung := range job.Plan.Rungs {
		var got, want []byte
		for n, chunk := range job.Plan.Chunks() {
			name := job.Plan.PictureFiles()[i]
			content, err := os.ReadFile(filepath.Join(job.Chunks[n], name))
			if err != nil {
				return nil, err
			}
			got, want = append(got, content...), append(want, picture(source, chunk, name)...)
		}
		if !bytes.Equal(got, want) {
			p.m.t.Errorf("joined %s: %q, want %q", rung.Name(), got, want)
		}
		r := transcode.EncodedRendition{Name: rung.Name(), Dir: filepath.Join(job.Dir, rung.Name()), Width: rung.Width, Height: rung.Height, FrameRate: 25}
		if err := os.MkdirAll(r.Dir, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(r.Dir, "init.mp4"), got, 0o600); err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

// Package implements transcode.Packager.
func (p *pretence) Package(_ context.Context, job transcode.PackageJob) (transcode.Packaged, error) {
	packaged := transcode.Packaged{DurationMS: 1000}
	for _, r := range job.Renditions {
		path := filepath.Join(r.Dir, "init.mp4")
		content, err := os.ReadFile(path)
		if err != nil {
			return packaged, err
		}
		packaged.Files = append(packaged.Files, transcode.File{
			Name: r.Name + "/init.mp4", Path: path, ContentType: "video/mp4", Size: int64(len(content)), SHA256: sha256.Sum256(content),
		})
		packaged.Renditions = append(packaged.Renditions, catalog.Rendition{Name: r.Name, Height: r.Height, Width: r.Width, FrameRate: 25, Codecs: "avc1"})
	}
	return packaged, nil
}

// through is an HTTP client whose requests pass a function first. It returns
// what it wants to answer itself, or nil.
type through func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f through) RoundTrip(r *http.Request) (*http.Response, error) {
	if answer, err := f(r); answer != nil || err != nil {
		return answer, err
	}
	return http.DefaultTransport.RoundTrip(r)
}

// faultyS3 is a client of the same storage through a function.
func (f *farm) faultyS3(spoil through) *s3.Client {
	options := f.s3.Options()
	options.HTTPClient = &http.Client{Transport: spoil}
	return s3.New(options)
}
