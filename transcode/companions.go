package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"rounds/catalog"
)

// Finisher works on finished renditions that are still in clear. A Media may
// implement it.
type Finisher interface {
	// Survey decodes picture and sound of a rendition to their end, looks at its
	// key frames, and writes the sprites of a storyboard into the folder sprites,
	// which exists, under the names of catalog.SpriteName. Damage is no error
	// here: it is in the answer.
	Survey(ctx context.Context, from EncodedRendition, board Storyboard, sprites string) (Survey, error)
	// DecodeAll is Survey without pictures.
	DecodeAll(ctx context.Context, from EncodedRendition) (Decoded, error)
	// Stills takes pictures of a rendition, all or none of them.
	Stills(ctx context.Context, job StillsJob) error
	// Progressive copies picture and sound of a rendition, without encoding
	// them again, into one MP4 whose index comes first.
	Progressive(ctx context.Context, from EncodedRendition, path string) error
}

// Survey is what was found in a rendition.
type Survey struct {
	Decoded
	Glimpses []Glimpse // of all key frames, in order
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

// count tells the Packager how many frames each rendition must have: counting
// them in the boxes costs nothing.
func (d *derivation) count(renditions []EncodedRendition) {
	for i := range renditions {
		for _, rung := range d.plan.Rungs {
			if rung.Name() == renditions[i].Name {
				renditions[i].Frames = d.plan.PlannedFrames(rung)
			}
		}
	}
}

// survey tries whether a rendition decodes to what was planned, whole, with its
// sound, and makes the pictures that are made of all of it: one decode serves
// both. It is a small one: pieces of all rungs were counted as they were encoded,
// from one decode, and joined by the same hand, so what goes wrong in joining –
// a piece missing, doubled, in the wrong order, cut – shows in each of them
// alike, and a small one costs the least. On one core 240 lines at 15 frames a
// second decode some 400 times as fast as they play, 1080 lines at 30 about 12
// times: two hours take 18 s instead of ten minutes.
//
// A recording is worth publishing without pictures: when they cannot be made it
// is only decoded.
func (d *derivation) survey(ctx context.Context, finisher Finisher, from EncodedRendition) error {
	board := NewStoryboard(d.length(), from.Width, from.Height)
	sprites := filepath.Dir(filepath.Join(d.out(), filepath.FromSlash(catalog.Thumbnails)))
	if err := os.MkdirAll(sprites, 0o700); err != nil {
		return err
	}
	found, err := finisher.Survey(ctx, from, board, sprites)
	if err == nil {
		d.board = &board
		return errors.Join(decoded(from, found.Decoded), d.illustrate(ctx, finisher, found.Glimpses))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("survey: %w", err)
	}
	d.logger.WarnContext(ctx, "no pictures but the poster", "error", err)
	if err := os.RemoveAll(sprites); err != nil {
		return err
	}
	made, err := finisher.DecodeAll(ctx, from)
	if err != nil {
		return fmt.Errorf("decode %s: %w", from.Name, err)
	}
	return decoded(from, made)
}

// decoded holds what came out of the decoder to what was planned.
func decoded(from EncodedRendition, made Decoded) error {
	if made.Complaints > 0 || from.Frames > 0 && made.Frames != from.Frames {
		return fmt.Errorf("%w: %s gave %d frames of %d, with %d complaints", ErrUndecodable, from.Name, made.Frames, from.Frames, made.Complaints)
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
