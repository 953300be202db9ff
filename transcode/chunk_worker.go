package transcode

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rounds/catalog"
)

// ChunkWorker encodes pieces of recordings, one a call of Work. Its fields are
// set once, before the first call; the optional ones have defaults. It is safe
// for concurrent use.
type ChunkWorker struct {
	Chunks  Chunks
	Sources *SourceCache
	Media   ChunkMedia
	Parts   Parts
	WorkDir string // scratch folders lie below it
	Name    string // of this worker among all machines

	Lease  time.Duration // default 20 s
	Renew  time.Duration // default 5 s
	Limit  time.Duration // of one piece, default 3 h; a try that takes longer has failed
	Pause  time.Duration // before this worker may try a piece again that it has failed at, default 10 s
	Logger *slog.Logger
	Now    func() time.Time
	// Observe is told of each piece that was encoded. Optional.
	Observe func(EncodedChunk)
	// Trace records each piece below the attempt that wants it. Optional.
	Trace catalog.Tracer

	mu       sync.Mutex
	failures int // in a row, of this worker
	rest     time.Time
}

// EncodedChunk is a piece that was encoded and handed over.
type EncodedChunk struct {
	Sound bool
	Media time.Duration // that it plays
	Took  time.Duration // to encode
}

// Work claims the piece whose turn it is, encodes it and hands it over. It
// returns false when there was nothing to do. Otherwise:
//
//   - the lease is lost: everything it wrote is removed, and catalog.ErrLeaseLost;
//   - ctx is cancelled: the piece is handed back at once, which does not count
//     as a try, and the context's cause;
//   - anything else: the error. The piece waits for its next try, or has failed
//     for good, and its recording with it.
func (w *ChunkWorker) Work(ctx context.Context) (bool, error) {
	return w.work(ctx, w.Chunks.ClaimChunk)
}

// WorkSound is Work for the sound of recordings only. It keeps one core busy
// and is meant to run beside Work.
func (w *ChunkWorker) WorkSound(ctx context.Context) (bool, error) {
	return w.work(ctx, w.Chunks.ClaimSound)
}

func (w *ChunkWorker) work(ctx context.Context, next func(ctx context.Context, worker string, lease time.Duration) (catalog.ChunkClaim, error)) (bool, error) {
	if err := w.rested(ctx); err != nil {
		return false, err
	}
	claim, err := w.claim(ctx, next)
	if errors.Is(err, catalog.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claim: %w", err)
	}
	ctx = catalog.WithLogAttrs(ctx, slog.String("recording", string(claim.RecordingID)))
	if err := w.traced(ctx, claim); err != nil {
		return true, w.conclude(ctx, claim, err)
	}
	w.count(false)
	return true, nil
}

// traced is attempt in a span below the attempt at the recording.
func (w *ChunkWorker) traced(ctx context.Context, claim catalog.ChunkClaim) error {
	var ordered struct{ Trace string }
	_ = json.Unmarshal(claim.Plan, &ordered) // one without it is below the job that found it
	trace := catalog.Traced(w.Trace)
	ctx, span := trace.Begin(trace.Under(ctx, ordered.Trace), "piece", slog.String("recording.id", string(claim.RecordingID)), slog.Int("chunk.number", int(claim.Number)),
		slog.Bool("chunk.sound", claim.Number == catalog.SoundChunk), slog.Int("chunk.try", claim.Try), slog.Float64("media.seconds", claim.Length.Seconds()))
	err := w.attempt(ctx, claim)
	span.End(spanError(err))
	return err
}

// claim is not interrupted: a piece whose claim was cut off in the middle would
// be nobody's until its lease runs out.
func (w *ChunkWorker) claim(ctx context.Context, next func(ctx context.Context, worker string, lease time.Duration) (catalog.ChunkClaim, error)) (catalog.ChunkClaim, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	return next(ctx, w.Name, w.lease())
}

// count keeps the failures in a row. A worker whose disk is full, say, fails at
// everything, and quickly: from the second failure on it rests longer and
// longer, so that it does not use up the tries of pieces that others could do.
func (w *ChunkWorker) count(failed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !failed {
		w.failures = 0
		return
	}
	w.failures++
	if w.failures > 1 {
		w.rest = w.now().Add(w.pause() << min(w.failures-2, 3))
	}
}

// rested returns when the worker may go on, or with the cause of ctx.
func (w *ChunkWorker) rested(ctx context.Context) error {
	w.mu.Lock()
	timer := time.NewTimer(w.rest.Sub(w.now()))
	w.mu.Unlock()
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// errChunkTooSlow ends a try that does not come to an end.
var errChunkTooSlow = errors.New("encoding takes too long")

// attempt does the work under a lease that is kept for as long as it lasts.
func (w *ChunkWorker) attempt(ctx context.Context, claim catalog.ChunkClaim) error {
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(w.Limit, chunkLimit), errChunkTooSlow)
	defer cancel()
	ctx, lose := context.WithCancelCause(ctx)
	c := &chunkWork{ChunkWorker: w, claim: claim, dir: filepath.Join(w.WorkDir, chunkPrefix+claim.Token)}
	k := keeper{length: w.lease(), every: cmp.Or(w.Renew, leaseRenew), now: w.now, logger: w.logger().With("chunk", claim.String()), renew: c.renew}
	var keeping sync.WaitGroup
	keeping.Go(func() { k.keep(ctx, lose) })
	defer keeping.Wait()
	defer lose(nil)

	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("scratch folder: %w", err)
	}
	defer os.RemoveAll(c.dir) //nolint:errcheck // Sweep takes what is left
	err := c.run(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, errOutcomeUnknown) {
		return cause
	}
	return err
}

// conclude leaves the piece in a right state after err ended a try. It works
// on after ctx ended.
func (w *ChunkWorker) conclude(ctx context.Context, claim catalog.ChunkClaim, err error) error {
	if errors.Is(err, errOutcomeUnknown) {
		return err // the parts may be waited for; the sweeper knows
	}
	stopped := errors.Is(ctx.Err(), context.Canceled)
	ctx = context.WithoutCancel(ctx)
	defer w.removeParts(ctx, claim) // after the row is right, which must not wait for storage
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	switch {
	case errors.Is(err, catalog.ErrLeaseLost):
		return err
	case stopped:
		return errors.Join(err, ignoreLost(w.Chunks.ReleaseChunk(ctx, claim)))
	}
	w.count(true)
	why := fmt.Sprintf("%s: %v", w.Name, err)
	return errors.Join(err, ignoreLost(w.Chunks.FailChunk(ctx, claim, why[:min(len(why), 2000)], w.pause())))
}

// removeParts removes what a claim that has come to nothing has put.
func (w *ChunkWorker) removeParts(ctx context.Context, claim catalog.ChunkClaim) {
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	if err := w.Parts.Delete(ctx, catalog.PartsPrefix(claim.RecordingID, claim.Token)); err != nil {
		w.logger().WarnContext(ctx, "parts not removed, left to the sweeper", "chunk", claim.String(), "error", err)
	}
}

// chunkWork is one try at one piece.
type chunkWork struct {
	*ChunkWorker
	claim catalog.ChunkClaim
	dir   string // scratch folder of this try

	mu   sync.Mutex
	last EncodeProgress
}

func (c *chunkWork) renew(ctx context.Context) error {
	last := c.progress()
	return c.Chunks.RenewChunk(catalog.Traced(c.Trace).Aside(ctx), c.claim, c.lease(), catalog.ChunkProgress{Done: last.Done, Speed: last.Speed})
}

func (c *chunkWork) advance(p EncodeProgress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = p
}

func (c *chunkWork) progress() EncodeProgress {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// run fetches the source, encodes, puts the parts and hands them over.
func (c *chunkWork) run(ctx context.Context) error {
	source, release, err := c.Sources.Acquire(ctx, c.claim.Source(), c.claim.SourceBytes, func(int64) {})
	if err != nil {
		return fmt.Errorf("fetch source: %w", err)
	}
	defer release()
	began := c.now()
	heard, err := c.encode(ctx, source)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	took := c.now().Sub(began)
	files, err := filesIn(c.dir)
	if err != nil {
		return err
	}
	if err := c.Parts.PutParts(ctx, catalog.PartsPrefix(c.claim.RecordingID, c.claim.Token), files); err != nil {
		return fmt.Errorf("put parts: %w", err)
	}
	last := c.progress()
	result := catalog.ChunkResult{
		Complaints: last.Complaints, Decoded: last.Decoded, Heard: heard,
		Speed: c.claim.Length.Seconds() / max(took.Seconds(), 1e-3),
	}
	for _, f := range files {
		result.Parts = append(result.Parts, catalog.Part{Name: f.Name, Size: f.Size, SHA256: f.SHA256[:]})
	}
	if err := c.complete(ctx, result); err != nil {
		return err
	}
	if c.Observe != nil {
		c.Observe(EncodedChunk{Sound: c.claim.Number == catalog.SoundChunk, Media: c.claim.Length, Took: took})
	}
	return nil
}

// encode makes the files of the piece in the scratch folder and tells what it
// heard, if it was the sound.
func (c *chunkWork) encode(ctx context.Context, source string) (heard json.RawMessage, err error) {
	var plan Plan
	if err := json.Unmarshal(c.claim.Plan, &plan); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if c.claim.Number == catalog.SoundChunk {
		loudness, err := c.Media.EncodeSound(ctx, SoundJob{Source: source, Dir: c.dir, Plan: plan}, c.advance)
		if err != nil {
			return nil, err
		}
		return json.Marshal(finite(loudness))
	}
	chunks := plan.Chunks()
	if int(c.claim.Number) >= len(chunks) {
		return nil, fmt.Errorf("piece %d of a plan of %d", c.claim.Number, len(chunks))
	}
	job := ChunkJob{Source: source, Dir: c.dir, Plan: plan, Chunk: chunks[c.claim.Number]}
	if err := c.Media.EncodeChunk(ctx, job, c.advance); err != nil {
		return nil, err
	}
	return nil, c.survey(ctx, job)
}

// complete hands the parts over. Neither a stop nor a lost lease interrupts
// it, the fence decides; and it is repeated while the answer does not come, for
// parts whose piece may be done must not be removed.
func (c *chunkWork) complete(ctx context.Context, result catalog.ChunkResult) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	for {
		err := c.Chunks.CompleteChunk(ctx, c.claim, result)
		if err == nil || errors.Is(err, catalog.ErrLeaseLost) {
			return err
		}
		c.logger().WarnContext(ctx, "piece not handed over, trying again", "chunk", c.claim.String(), "error", err)
		timer := time.NewTimer(cmp.Or(c.Renew, leaseRenew) / 5)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("hand over: %w: %w", errOutcomeUnknown, err)
		case <-timer.C:
		}
	}
}

// finite makes what was heard fit for JSON, which knows no infinity.
func finite(l Loudness) Loudness {
	for _, level := range []*float64{&l.Integrated, &l.TruePeak, &l.Left, &l.Right} {
		if math.IsNaN(*level) || *level < -200 {
			*level = -200 // dB: silence
		}
		*level = min(*level, 200)
	}
	return l
}

// filesIn describes the files of a folder.
func filesIn(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read what was encoded: %w", err)
	}
	var files []File
	for _, entry := range entries {
		f := File{Name: entry.Name(), Path: filepath.Join(dir, entry.Name()), ContentType: catalog.ContentType(entry.Name())}
		if f.Size, f.SHA256, err = digest(f.Path); err != nil {
			return nil, fmt.Errorf("read what was encoded: %w", err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, errors.New("nothing was encoded")
	}
	return files, nil
}

// digest reads a file for its size and checksum.
func digest(path string) (size int64, sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, sum, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	size, err = io.Copy(hash, f)
	return size, [32]byte(hash.Sum(nil)), err
}

// Limits of a piece. What is done after a stop must fit into the time that an
// instance has after its notice.
const (
	chunkLimit      = 3 * time.Hour
	chunkPause      = 10 * time.Second
	concludeTimeout = 10 * time.Second
	chunkPrefix     = "chunk-"
)

func (w *ChunkWorker) lease() time.Duration { return cmp.Or(w.Lease, leaseLength) }
func (w *ChunkWorker) pause() time.Duration { return cmp.Or(w.Pause, chunkPause) }
func (w *ChunkWorker) logger() *slog.Logger { return cmp.Or(w.Logger, slog.Default()) }

func (w *ChunkWorker) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}
