package transcode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rounds/catalog"
)

// Sizes of stills, in pixels; a smaller rendition makes smaller ones.
const (
	chapterWidth = 320
	posterWidth  = 1280
)

// posterCandidates is how many pictures are offered beside the poster that is
// made by itself.
const posterCandidates = 8

// Still is a picture to take from a recording.
type Still struct {
	At    time.Duration // of a glimpse at the same recording
	Name  string        // below the folder, in "/" form
	Width int           // at most
}

// StillsJob says which pictures to take.
type StillsJob struct {
	From    EncodedRendition
	Segment time.Duration // length of its segments
	Stills  []Still       // in order of their times
	Dir     string        // absolute path of a folder that has all that their names want
}

// illustrate finds slide changes and takes their pictures, and some to choose a
// poster from. A recording is worth publishing without them: what goes wrong is
// logged.
func (d *derivation) illustrate(ctx context.Context, finisher Finisher, glimpses []Glimpse) error {
	found, err := d.takeStills(ctx, finisher, glimpses)
	if err == nil {
		d.stills = found
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("stills: %w", err)
	}
	d.logger.WarnContext(ctx, "no chapters and no poster candidates", "error", err)
	return nil
}

func (d *derivation) takeStills(ctx context.Context, finisher Finisher, glimpses []Glimpse) (catalog.Stills, error) {
	var starts []int
	if d.plan.Content != ContentCamera {
		starts = SlideStarts(glimpses)
	}
	found, stills := layOutStills(glimpses, starts)
	if len(stills) == 0 {
		return found, nil
	}
	for _, s := range stills {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(d.out(), filepath.FromSlash(s.Name))), 0o700); err != nil {
			return found, err
		}
	}
	err := finisher.Stills(ctx, StillsJob{
		From: largePicture(d.renditions), Segment: time.Duration(d.plan.SegmentS() * float64(time.Second)), Stills: stills, Dir: d.out(),
	})
	if err != nil {
		for _, s := range stills { // all or none: the packager takes what lies there
			_ = os.Remove(filepath.Join(d.out(), filepath.FromSlash(s.Name)))
		}
		return catalog.Stills{}, err
	}
	return found, nil
}

// largePicture is the largest rendition of 720 lines or less, or the smallest
// that has a picture.
func largePicture(renditions []EncodedRendition) EncodedRendition {
	large := renditions[0]
	for _, r := range slices.Backward(renditions) {
		if r.Height > 0 && (r.Height <= 720 || large.Height > 720 && r.Height < large.Height) {
			large = r
		}
	}
	return large
}

// layOutStills says which pictures to take: one of each slide that starts a
// chapter, a moment after it appeared, and candidates for the poster.
func layOutStills(glimpses []Glimpse, starts []int) (found catalog.Stills, stills []Still) {
	for n, i := range starts {
		start := (glimpses[max(0, i-1)].At + glimpses[i].At) / 2 // it appeared between the two
		found.SlidesMS = append(found.SlidesMS, start.Milliseconds())
		stills = append(stills, Still{At: glimpses[settled(glimpses, starts, n)].At, Name: catalog.ChapterThumbnail(n), Width: chapterWidth})
	}
	for n, i := range posterGlimpses(glimpses, starts) {
		found.PostersMS = append(found.PostersMS, glimpses[i].At.Milliseconds())
		stills = append(stills, Still{At: glimpses[i].At, Name: catalog.PosterName(n + 1), Width: posterWidth})
	}
	return found, stills
}

// settled is the glimpse after the n-th start, when a transition is over.
func settled(glimpses []Glimpse, starts []int, n int) int {
	return min(starts[n]+1, len(glimpses)-1)
}

// posterGlimpses chooses up to posterCandidates glimpses, of the slides or evenly
// over the recording, that show something and differ from each other.
func posterGlimpses(glimpses []Glimpse, starts []int) (chosen []int) {
	var all []int
	for n := range starts {
		all = append(all, settled(glimpses, starts, n))
	}
	if len(all) < posterCandidates/2 {
		for n := range posterCandidates {
			all = append(all, (2*n+1)*len(glimpses)/(2*posterCandidates))
		}
		slices.Sort(all)
	}
	every := make([]int, GlimpseWidth*GlimpseHeight)
	for cell := range every {
		every[cell] = cell
	}
	for n := range min(len(all), posterCandidates) {
		i := all[n*len(all)/min(len(all), posterCandidates)]
		same := slices.ContainsFunc(chosen, func(c int) bool { return changedShare(glimpses[c], glimpses[i], every) < slideShare })
		if !same && !blank(glimpses[i]) {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// blank tells whether a glimpse shows one even surface.
func blank(g Glimpse) bool {
	return slices.Max(g.Luma)-slices.Min(g.Luma) < 3*lumaStep
}
