package transcode

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rounds/catalog"
)

// Pipeline processes recordings, one attempt a call of Process. Its fields are
// set once, before the first call; the optional ones have defaults. It is safe
// for concurrent use.
type Pipeline struct {
	Recordings Recordings
	Layouts    Layouts
	Sources    *SourceCache
	Parts      Parts
	Media      Media
	Joiner     Joiner
	Packager   Packager
	Store      Store
	Sealer     *catalog.Sealer
	WorkDir    string // scratch folders lie below it

	Options  PlanOptions
	Verdicts int           // sources measured at the same time, default 2
	Finishes int           // recordings joined, packaged and stored at the same time, default 2
	Attempts int           // tries before a recording fails for good, default 3
	Poll     time.Duration // between looks at the pieces, default 0.5 s
	Lease    time.Duration // default 20 s
	Renew    time.Duration // default 5 s
	Logger   *slog.Logger
	Now      func() time.Time
	// Hint tells encoders that so many pieces with pictures and so many sounds
	// wait for them. A lost hint does no harm. Optional.
	Hint func(ctx context.Context, pictures, sounds int)
	// Trace records what an attempt does, and Observe is told how it ended. Optional.
	Trace   catalog.Tracer
	Observe func(Ended)

	gates    sync.Once
	verdicts gate
	finishes gate
}

// Process runs one attempt at a recording: from the presenter's file to a
// published ladder. It is safe to call at any time, for any id, on any machine:
//
//   - nothing to do, or somebody else is at it: nil;
//   - the file is unusable: the recording fails with a code, and nil;
//   - the lease is lost: everything the attempt wrote is removed, and
//     catalog.ErrLeaseLost;
//   - ctx ends: the recording is handed back at once, and the context's cause;
//   - anything else: the error. The recording is taken up again when the lease
//     runs out; after Attempts tries it fails as internal.
func (p *Pipeline) Process(ctx context.Context, id catalog.RecordingID) error {
	p.gates.Do(p.makeGates)
	attempt, recording, err := p.Recordings.Begin(ctx, id, p.lease())
	if errors.Is(err, catalog.ErrConflict) || errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin %s: %w", id, err)
	}
	if attempt.Number > crashes*p.attempts() {
		p.observe(Ended{Result: EndedFailed})
		return p.fail(ctx, attempt, catalog.Failure{Code: catalog.FailInternal, Message: sentences[catalog.FailInternal]})
	}
	if err := p.attempt(ctx, attempt, recording); err != nil {
		return p.conclude(ctx, attempt, err)
	}
	return nil
}

// crashes is how many attempts may be begun for each one that may end in an
// error: a worker that is killed does not come to count, but must not be killed
// by the same recording for ever.
const crashes = 2

// attempt does the work under a lease that is kept for as long as it lasts.
func (p *Pipeline) attempt(ctx context.Context, a catalog.Attempt, recording catalog.Recording) (err error) {
	ctx, lose := context.WithCancelCause(ctx)
	ctx, span := p.trace().Begin(ctx, "attempt", slog.String("recording.id", string(a.RecordingID)), slog.Int("attempt.number", a.Number), slog.Int64("source.bytes", recording.SizeBytes))
	defer func() { span.End(spanError(err)) }()
	track := newTracker(p.now, recording.UpdatedAt)
	track.begin(stageProbe)
	k := keeper{length: p.lease(), every: p.renew(), now: p.now, news: track.news, logger: p.logger().With("recording", a.RecordingID)}
	k.renew = func(ctx context.Context) error {
		return p.Recordings.Heartbeat(p.trace().Aside(ctx), a, p.lease(), track.snapshot())
	}
	var keeping sync.WaitGroup
	keeping.Go(func() { k.keep(ctx, lose) })
	defer keeping.Wait()
	defer lose(nil)

	dir, err := p.scratch(a)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // Sweep takes what is left

	w := &work{Pipeline: p, attempt: a, recording: recording, track: track, dir: dir}
	if err := w.run(ctx); err != nil {
		if errors.Is(err, errOutcomeUnknown) {
			return err
		}
		if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
			return cause
		}
		return err
	}
	return nil
}

// conclude leaves the recording in a right state after err ended an attempt
// and returns what Process reports. It works on after ctx ended.
func (p *Pipeline) conclude(ctx context.Context, a catalog.Attempt, err error) error {
	if errors.Is(err, errOutcomeUnknown) {
		return err // what was written may be live: touch nothing
	}
	stopped := errors.Is(ctx.Err(), context.Canceled)
	ctx = context.WithoutCancel(ctx)
	defer p.removeAttempt(ctx, a) // after the row is right, which must not wait for storage
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	var unusable *UnusableError
	var failed *chunkFailedError
	switch {
	case errors.Is(err, catalog.ErrLeaseLost):
		return err
	case errors.As(err, &unusable):
		p.logger().InfoContext(ctx, "recording refused", "recording", a.RecordingID, "code", unusable.Failure.Code)
		p.observe(Ended{Result: EndedRefused, Code: string(unusable.Failure.Code)})
		return p.fail(ctx, a, unusable.Failure)
	case errors.As(err, &failed):
		p.observe(Ended{Result: EndedFailed})
		return errors.Join(err, p.fail(ctx, a, catalog.Failure{Code: catalog.FailInternal, Message: failed.words}))
	case stopped:
		return errors.Join(err, p.Recordings.Release(ctx, a))
	case a.Number >= p.attempts():
		p.observe(Ended{Result: EndedFailed})
		return errors.Join(err, p.fail(ctx, a, catalog.Failure{Code: catalog.FailInternal, Message: sentences[catalog.FailInternal]}))
	}
	return err
}

// removeAttempt removes what an attempt that has ended has stored.
func (p *Pipeline) removeAttempt(ctx context.Context, a catalog.Attempt) {
	ctx, cancel := context.WithTimeout(ctx, concludeTimeout)
	defer cancel()
	if err := p.Store.Delete(ctx, catalog.MediaPrefix(a.RecordingID, a.Token)); err != nil {
		p.logger().WarnContext(ctx, "attempt not removed, left to the sweeper", "recording", a.RecordingID, "error", err)
	}
}

// fail ends processing for good and removes the pieces that nobody waits for
// any more.
func (p *Pipeline) fail(ctx context.Context, a catalog.Attempt, f catalog.Failure) error {
	if err := p.Recordings.Fail(ctx, a, f); err != nil {
		return ignoreLost(err)
	}
	p.removeParts(ctx, a)
	return nil
}

// removeParts removes all pieces of a recording whose processing has ended. An
// encoder that still puts some finds that its claim is gone, and removes them.
func (p *Pipeline) removeParts(ctx context.Context, a catalog.Attempt) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), concludeTimeout)
	defer cancel()
	if err := p.Parts.Delete(ctx, catalog.PartsRoot(a.RecordingID)); err != nil {
		p.logger().WarnContext(ctx, "parts not removed, left to the sweeper", "recording", a.RecordingID, "error", err)
	}
}

// errOutcomeUnknown: the publishing transaction may or may not have committed.
// Either the recording is ready or its lease runs out.
var errOutcomeUnknown = errors.New("outcome of publishing unknown")

// ignoreLost takes a lost lease for done: the recording is somebody else's.
func ignoreLost(err error) error {
	if errors.Is(err, catalog.ErrLeaseLost) {
		return nil
	}
	return err
}

// scratch makes the attempt's own folder.
func (p *Pipeline) scratch(a catalog.Attempt) (string, error) {
	dir := filepath.Join(p.WorkDir, scratchPrefix+a.Token)
	if err := os.MkdirAll(filepath.Join(dir, "out"), 0o700); err != nil {
		return "", fmt.Errorf("scratch folder: %w", err)
	}
	return dir, nil
}

const scratchPrefix = "attempt-"

// Sweep removes the scratch folders and sources that an earlier process left in
// a work folder. Call it before anything works there, by the only process that
// uses the folder.
func Sweep(workDir string) (err error) {
	for _, prefix := range []string{scratchPrefix, chunkPrefix, sourcePrefix} {
		left, globErr := filepath.Glob(filepath.Join(workDir, prefix+"*"))
		err = errors.Join(err, globErr)
		for _, path := range left {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	return err
}

// gate lets only so many through at the same time.
type gate chan struct{}

// enter waits for a place; the cause of ctx when that ends first.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g <- struct{}{}:
		return sync.OnceFunc(func() { <-g }), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *Pipeline) makeGates() {
	p.verdicts = make(gate, cmp.Or(p.Verdicts, 2))
	p.finishes = make(gate, cmp.Or(p.Finishes, 2))
}

func newContentKey() (key ContentKey) {
	_, _ = rand.Read(key[:]) // never fails, see crypto/rand
	return key
}

func (p *Pipeline) lease() time.Duration { return cmp.Or(p.Lease, leaseLength) }
func (p *Pipeline) renew() time.Duration { return cmp.Or(p.Renew, leaseRenew) }
func (p *Pipeline) poll() time.Duration  { return cmp.Or(p.Poll, time.Second/2) }
func (p *Pipeline) attempts() int        { return cmp.Or(p.Attempts, 3) }
func (p *Pipeline) logger() *slog.Logger { return cmp.Or(p.Logger, slog.Default()) }

func (p *Pipeline) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}
