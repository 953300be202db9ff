package transcode

import "context"

// Finisher works on finished renditions that are still in clear. A Media may
// implement it.
type Finisher interface {
	// Decode decodes picture and sound of some segments of a rendition, counted
	// from 0. Damage is no error here: it is in the answer.
	Decode(ctx context.Context, from EncodedRendition, segments []int) (Decoded, error)
	// Stills takes pictures of a rendition, all or none of them.
	Stills(ctx context.Context, job StillsJob) error
	// Progressive copies picture and sound of a rendition, without encoding
	// them again, into one MP4 whose index comes first.
	Progressive(ctx context.Context, from EncodedRendition, path string) error
}

// PlannedFrames is how many frames a rung has.
func (p Plan) PlannedFrames(r PlannedRung) int { return p.framesOf(r, p.Frames) }

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
