package transcode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rounds/catalog"
)

// work is one attempt at one recording, step by step.
type work struct {
	*Pipeline
	attempt   catalog.Attempt
	recording catalog.Recording
	track     *tracker
	dir       string // scratch folder of this attempt
	stills    catalog.Stills
}

// run goes through all stages.
func (w *work) run(ctx context.Context) error {
	var plan Plan
	var warnings []catalog.Warning
	err := w.step(ctx, "verdict", func(ctx context.Context, _ catalog.Span) (err error) {
		plan, warnings, err = w.verdict(ctx)
		return err
	})
	if err != nil {
		return err
	}
	var pieces JoinJob
	var heard Loudness
	var health EncodeProgress
	err = w.step(ctx, "encode", func(ctx context.Context, span catalog.Span) (err error) {
		span.Note(describe(plan)...)
		pieces, heard, health, err = w.encode(ctx, plan)
		return err
	})
	if err != nil {
		return err
	}
	late, failure := JudgeEncode(plan, health, warnings)
	if failure != nil {
		return &UnusableError{Failure: *failure}
	}
	return w.finish(ctx, pieces, slices.Concat(warnings, heard.Warnings(), late))
}

// finish makes a published ladder of what encoders have made. It is hard on the
// disk, so that only some do it at once.
func (w *work) finish(ctx context.Context, pieces JoinJob, warnings []catalog.Warning) error {
	w.track.await(stagePackage)
	leave, err := w.finishes.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	w.track.begin(stagePackage)
	var renditions []EncodedRendition
	err = w.step(ctx, "join", func(ctx context.Context, _ catalog.Span) (err error) {
		renditions, err = w.Joiner.Join(ctx, pieces)
		return err
	})
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	key := newContentKey()
	job, stills, err := Derive(ctx, w.Media, pieces.Plan, pieces.Chunks, renditions, w.dir, w.logger().With("recording", w.attempt.RecordingID))
	if err != nil {
		return err
	}
	if err := os.RemoveAll(w.parts()); err != nil {
		return fmt.Errorf("remove pieces: %w", err)
	}
	w.stills, job.Key, job.KeyURI = stills, key, "/v1/recordings/"+string(w.attempt.RecordingID)+"/key"
	packaged, err := w.pack(ctx, job)
	if err != nil {
		return err
	}
	if err := w.verify(ctx, packaged); err != nil {
		return err
	}
	w.compare(ctx, pieces.Plan, packaged)
	return w.publish(ctx, packaged, warnings, key)
}

func (w *work) out() string    { return outBelow(w.dir) }
func (w *work) parts() string  { return filepath.Join(w.dir, "parts") }
func (w *work) prefix() string { return catalog.MediaPrefix(w.attempt.RecordingID, w.attempt.Token) }

// verdict fetches the source, measures it and plans, or refuses it. Few do so
// at once, but none waits for an encode.
func (w *work) verdict(ctx context.Context) (Plan, []catalog.Warning, error) {
	leave, err := w.verdicts.enter(ctx)
	if err != nil {
		return Plan{}, nil, err
	}
	defer leave()
	source, release, err := w.Sources.Acquire(ctx, w.recording.Source(), w.recording.SizeBytes, func(bytes int64) {
		w.track.advance(0.7 * float64(bytes) / float64(max(1, w.recording.SizeBytes)))
	})
	if err != nil {
		return Plan{}, nil, fmt.Errorf("fetch source: %w", err)
	}
	defer release()
	var probe Probe
	err = w.step(ctx, "probe", func(ctx context.Context, _ catalog.Span) (err error) {
		probe, err = w.Media.Probe(ctx, source)
		return err
	})
	if err != nil {
		return Plan{}, nil, fmt.Errorf("probe: %w", err)
	}
	warnings, failure := Judge(probe)
	if failure != nil {
		return Plan{}, nil, &UnusableError{Failure: *failure}
	}
	return w.planned(ctx, probe), warnings, nil
}

// planned is the plan for what was measured.
func (w *work) planned(ctx context.Context, probe Probe) Plan {
	_, span := w.trace().Begin(ctx, "plan")
	plan := NewPlan(probe, w.Options).Cut(w.recording.Cut)
	span.Note(describe(plan)...)
	span.End(nil)
	return plan
}

// compare logs how far the prediction of each rung was from what it became, so
// that the model can be judged by an operator's own recordings.
func (w *work) compare(ctx context.Context, plan Plan, packaged Packaged) {
	for _, r := range plan.Rungs {
		i := slices.IndexFunc(packaged.Renditions, func(made catalog.Rendition) bool { return made.Name == r.Name() })
		if i < 0 || r.Predicted == 0 {
			continue
		}
		measured := packaged.Renditions[i].AverageBandwidth
		w.logger().InfoContext(ctx, "bit rate compared", "recording", w.attempt.RecordingID, "rendition", r.Name(),
			"content", plan.Content, "predicted", r.Predicted, "measured", measured, "ratio", float64(measured)/float64(r.Predicted))
	}
}

// pack makes the files to be stored, and stores them.
func (w *work) pack(ctx context.Context, job PackageJob) (Packaged, error) {
	var packaged Packaged
	err := w.step(ctx, "package", func(ctx context.Context, span catalog.Span) (err error) {
		packaged, err = w.Packager.Package(ctx, job)
		span.Note(slog.Int("package.files", len(packaged.Files)))
		return err
	})
	if err != nil {
		return Packaged{}, fmt.Errorf("package: %w", err)
	}
	err = w.step(ctx, "store", func(ctx context.Context, _ catalog.Span) error {
		return w.Store.Put(ctx, w.prefix(), packaged.Files, func(done int) {
			w.track.advance(float64(done) / float64(len(packaged.Files)))
		})
	})
	if err != nil {
		return Packaged{}, fmt.Errorf("store: %w", err)
	}
	return packaged, nil
}

func (w *work) verify(ctx context.Context, packaged Packaged) error {
	w.track.begin(stageVerify)
	err := w.step(ctx, "verify", func(ctx context.Context, _ catalog.Span) error {
		return w.Store.Check(ctx, w.prefix(), packaged.Files)
	})
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// publish makes the result live. Neither a stop nor a lost lease interrupts it:
// the fencing token decides, and a transaction that was cut off would leave us
// not knowing what it did.
func (w *work) publish(ctx context.Context, packaged Packaged, warnings []catalog.Warning, key ContentKey) error {
	w.track.begin(stagePublish)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
	defer cancel()
	publication := catalog.Publication{
		DurationMS: packaged.DurationMS,
		Renditions: packaged.Renditions,
		Warnings:   warnings,
		Stages:     w.track.finished(),
		Stills:     w.stills,
		SealedKey:  w.Sealer.Seal(key[:], w.attempt.Token),
	}
	err := w.step(ctx, "publish", func(ctx context.Context, _ catalog.Span) error {
		return w.Recordings.Publish(ctx, w.attempt, publication)
	})
	if err != nil && !errors.Is(err, catalog.ErrLeaseLost) {
		return fmt.Errorf("publish: %w: %w", errOutcomeUnknown, err)
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	w.removeParts(ctx, w.attempt)
	w.observe(readyAfter(publication.Stages))
	w.logger().InfoContext(ctx, "recording ready", "recording", w.attempt.RecordingID,
		"renditions", len(packaged.Renditions), "duration_ms", packaged.DurationMS)
	return nil
}

// publishTimeout bounds the publishing transaction; a worker that stops waits for it.
const publishTimeout = 10 * time.Second
