package transcode

import (
	"context"
	"errors"
	"fmt"
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
	board     *Storyboard
	stills    catalog.Stills
}

// run goes through all stages.
func (w *work) run(ctx context.Context) error {
	plan, warnings, err := w.judge(ctx)
	if err != nil {
		return err
	}
	renditions, health, err := w.encode(ctx, plan)
	if err != nil {
		return err
	}
	late, failure := JudgeEncode(plan, health, warnings)
	if failure != nil {
		return &UnusableError{Failure: *failure}
	}
	warnings = append(warnings, late...)
	if err := w.illustrate(ctx, plan, renditions); err != nil {
		return err
	}
	key := newContentKey()
	packaged, err := w.pack(ctx, renditions, key)
	if err != nil {
		return err
	}
	if err := w.verify(ctx, packaged); err != nil {
		return err
	}
	w.compare(ctx, plan, packaged)
	return w.publish(ctx, packaged, warnings, key)
}

func (w *work) source() string { return filepath.Join(w.dir, "source") }
func (w *work) out() string    { return filepath.Join(w.dir, "out") }
func (w *work) prefix() string { return catalog.MediaPrefix(w.attempt.RecordingID, w.attempt.Token) }

// judge fetches the source, measures it and plans, or refuses it.
func (w *work) judge(ctx context.Context) (Plan, []catalog.Warning, error) {
	err := w.Sources.Fetch(ctx, w.attempt.RecordingID, w.source(), func(bytes int64) {
		w.track.advance(0.7 * float64(bytes) / float64(max(1, w.recording.SizeBytes)))
	})
	if err != nil {
		return Plan{}, nil, fmt.Errorf("fetch source: %w", err)
	}
	probe, err := w.Media.Probe(ctx, w.source())
	if err != nil {
		return Plan{}, nil, fmt.Errorf("probe: %w", err)
	}
	warnings, failure := Judge(probe)
	if failure != nil {
		return Plan{}, nil, &UnusableError{Failure: *failure}
	}
	return NewPlan(probe, w.Options), warnings, nil
}

// encode waits for its turn and makes all rungs.
func (w *work) encode(ctx context.Context, plan Plan) (renditions []EncodedRendition, last EncodeProgress, err error) {
	length := plan.DurationS()
	w.track.await(stageEncode)
	release, err := w.encodeTurn(ctx, w.recording, time.Duration(length*float64(time.Second)))
	if err != nil {
		return nil, last, err
	}
	defer release()
	w.track.begin(stageEncode)
	job := EncodeJob{Source: w.source(), Dir: w.out(), Plan: plan}
	renditions, err = w.Media.Encode(ctx, job, func(p EncodeProgress) {
		last = p
		w.track.advance(p.Done.Seconds() / length)
		w.track.expect(etaOf(length, p))
	})
	if err != nil {
		return nil, last, fmt.Errorf("encode: %w", err)
	}
	return renditions, last, nil
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

// pack makes the poster and the files to be stored, and stores them.
func (w *work) pack(ctx context.Context, renditions []EncodedRendition, key ContentKey) (Packaged, error) {
	w.track.begin(stagePackage)
	poster := filepath.Join(w.out(), catalog.Poster)
	if err := w.Media.Poster(ctx, renditions[0], poster); err != nil {
		return Packaged{}, fmt.Errorf("poster: %w", err)
	}
	packaged, err := w.Packager.Package(ctx, PackageJob{
		Dir: w.out(), Renditions: renditions, Key: key, Storyboard: w.board,
		KeyURI: "/v1/recordings/" + string(w.attempt.RecordingID) + "/key",
	})
	if err != nil {
		return Packaged{}, fmt.Errorf("package: %w", err)
	}
	err = w.Store.Put(ctx, w.prefix(), packaged.Files, func(done int) {
		w.track.advance(float64(done) / float64(len(packaged.Files)))
	})
	if err != nil {
		return Packaged{}, fmt.Errorf("store: %w", err)
	}
	return packaged, nil
}

func (w *work) verify(ctx context.Context, packaged Packaged) error {
	w.track.begin(stageVerify)
	if err := w.Store.Check(ctx, w.prefix(), packaged.Files); err != nil {
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
	err := w.Recordings.Publish(ctx, w.attempt, publication)
	if err != nil && !errors.Is(err, catalog.ErrLeaseLost) {
		return fmt.Errorf("publish: %w: %w", errOutcomeUnknown, err)
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	w.logger().InfoContext(ctx, "recording ready", "recording", w.attempt.RecordingID,
		"renditions", len(packaged.Renditions), "duration_ms", packaged.DurationMS)
	return nil
}

// publishTimeout bounds the publishing transaction; a worker that stops waits for it.
const publishTimeout = 10 * time.Second
