package transcode

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Finisher works on finished renditions that are still in clear. A Media may
// implement it.
type Finisher interface {
	// DecodeAll decodes picture and sound of a rendition to their end and tells
	// what came out. Damage is no error here: it is in the answer.
	DecodeAll(ctx context.Context, from EncodedRendition) (Decoded, error)
	// Progressive copies picture and sound of a rendition, without encoding
	// them again, into one MP4 whose index comes first.
	Progressive(ctx context.Context, from EncodedRendition, path string) error
}

// Decoded is what a decoder made of a rendition.
type Decoded struct {
	Frames     int
	Complaints int // how often it could not read what it was given
}

// ErrUndecodable means that a rendition of ours does not decode to what was planned.
// Nothing of it is published; another attempt may do better.
var ErrUndecodable = errors.New("rendition does not decode as planned")

// PlannedFrames is how many frames a rung has.
func (p Plan) PlannedFrames(r PlannedRung) int {
	if r.Halved {
		return (p.Frames + 1) / 2
	}
	return p.Frames
}

// accompany checks the renditions of a job and adds what is made of them as they
// are.
//
// Every rung must have the planned number of frames: the Packager counts them
// in the boxes, which costs nothing. That they also decode is tried with the
// smallest rung, whole, with its sound: pieces of all rungs were counted as they
// were encoded, from one decode, and joined by the same hand, so what goes wrong
// in joining – a piece missing, doubled, in the wrong order, cut – shows in each
// of them alike, and the smallest costs the least. On one core 240 lines at 15
// frames a second decode some 400 times as fast as they play, 1080 lines at 30
// about 12 times: two hours take 18 s instead of ten minutes.
func (d *derivation) accompany(ctx context.Context, job *PackageJob) error {
	job.Silent = d.plan.AudioIndex < 0
	for i := range job.Renditions {
		r := &job.Renditions[i]
		for _, rung := range d.plan.Rungs {
			if rung.Name() == r.Name {
				r.Frames = d.plan.PlannedFrames(rung)
			}
		}
	}
	finisher, ok := d.media.(Finisher)
	if !ok {
		return nil
	}
	job.Progressive = filepath.Join(d.dir, "progressive.mp4")
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return decodeSmallest(ctx, finisher, job.Renditions) })
	group.Go(func() error {
		if err := finisher.Progressive(ctx, fallbackRung(job.Renditions), job.Progressive); err != nil {
			return fmt.Errorf("progressive file: %w", err)
		}
		return nil
	})
	return group.Wait()
}

func decodeSmallest(ctx context.Context, finisher Finisher, renditions []EncodedRendition) error {
	smallest := slices.MinFunc(renditions, func(a, b EncodedRendition) int { return a.Width*a.Height - b.Width*b.Height })
	decoded, err := finisher.DecodeAll(ctx, smallest)
	if err != nil {
		return fmt.Errorf("decode %s: %w", smallest.Name, err)
	}
	if decoded.Complaints > 0 || smallest.Frames > 0 && decoded.Frames != smallest.Frames {
		return fmt.Errorf("%w: %s gave %d frames of %d, with %d complaints",
			ErrUndecodable, smallest.Name, decoded.Frames, smallest.Frames, decoded.Complaints)
	}
	return nil
}

// fallbackRung is the rendition that players without HLS get: the largest that
// weak decoders show, for such players run on them, else the smallest. It never
// changes with the line, so it should not be larger.
func fallbackRung(renditions []EncodedRendition) EncodedRendition {
	best := renditions[len(renditions)-1]
	for _, r := range renditions {
		if lines := min(r.Width, r.Height); lines <= weakLines && lines > min(best.Width, best.Height) {
			best = r
		}
	}
	return best
}
