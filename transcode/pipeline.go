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
	Sources    Sources
	Media      Media
	Packager   Packager
	Store      Store
	Sealer     *catalog.Sealer
	WorkDir    string // scratch folders lie below it

	Options  PlanOptions
	Encodes  int           // encodes at the same time, default 1, and one of a much shorter recording beside them
	Attempts int           // tries before a recording fails for good, default 3
	Lease    time.Duration // default 20 s
	Renew    time.Duration // default 5 s
	Logger   *slog.Logger
	Now      func() time.Time

	turnsOnce sync.Once
	turns     *turns
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
	attempt, recording, err := p.Recordings.Begin(ctx, id, p.lease())
	if errors.Is(err, catalog.ErrConflict) || errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin %s: %w", id, err)
	}
	if err := p.attempt(ctx, attempt, recording); err != nil {
		return p.conclude(ctx, attempt, err)
	}
	return nil
}

// attempt does the work under a lease that is kept for as long as it lasts.
func (p *Pipeline) attempt(ctx context.Context, a catalog.Attempt, recording catalog.Recording) error {
	ctx, lose := context.WithCancelCause(ctx)
	track := newTracker(p.now, recording.UpdatedAt)
	track.begin(stageProbe)
	var keeper sync.WaitGroup
	keeper.Go(func() { p.keepLease(ctx, a, track, lose) })
	defer keeper.Wait()
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
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if cleaned := p.Store.Delete(ctx, catalog.MediaPrefix(a.RecordingID, a.Token)); cleaned != nil {
		p.logger().WarnContext(ctx, "attempt not removed, left to the sweeper", "recording", a.RecordingID, "error", cleaned)
	}
	var unusable *UnusableError
	switch {
	case errors.Is(err, catalog.ErrLeaseLost):
		return err
	case errors.As(err, &unusable):
		p.logger().InfoContext(ctx, "recording refused", "recording", a.RecordingID, "code", unusable.Failure.Code)
		return ignoreLost(p.Recordings.Fail(ctx, a, unusable.Failure))
	case stopped:
		return errors.Join(err, p.Recordings.Release(ctx, a))
	case a.Number >= p.attempts():
		failure := catalog.Failure{Code: catalog.FailInternal, Message: sentences[catalog.FailInternal]}
		return errors.Join(err, p.Recordings.Fail(ctx, a, failure))
	}
	return err
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

// Sweep removes scratch folders that an earlier process left behind. Call it
// before the first Process, by the only process that uses WorkDir.
func (p *Pipeline) Sweep() error {
	left, err := filepath.Glob(filepath.Join(p.WorkDir, scratchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// encodeTurn waits until the encode of a recording that plays for that long may
// run, and returns how to end it.
func (p *Pipeline) encodeTurn(ctx context.Context, r catalog.Recording, length time.Duration) (release func(), err error) {
	p.turnsOnce.Do(func() { p.turns = &turns{places: max(1, p.Encodes), now: p.now} })
	owner := cmp.Or(string(r.CreatedBy), string(r.WebinarID)) // machines upload for many
	return p.turns.wait(ctx, owner, length)
}

func newContentKey() (key ContentKey) {
	_, _ = rand.Read(key[:]) // never fails, see crypto/rand
	return key
}

func (p *Pipeline) lease() time.Duration { return cmp.Or(p.Lease, leaseLength) }
func (p *Pipeline) renew() time.Duration { return cmp.Or(p.Renew, leaseRenew) }
func (p *Pipeline) attempts() int        { return cmp.Or(p.Attempts, 3) }
func (p *Pipeline) logger() *slog.Logger { return cmp.Or(p.Logger, slog.Default()) }

func (p *Pipeline) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}
