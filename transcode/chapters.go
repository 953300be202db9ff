package transcode

import (
	"cmp"
	"slices"
	"time"
)

// Size of a Glimpse: enough to see that a line of text is another one.
const (
	GlimpseWidth  = 64
	GlimpseHeight = 36
)

// Glimpse is a tiny picture of a recording at one instant.
type Glimpse struct {
	At   time.Duration
	Luma []byte // GlimpseWidth × GlimpseHeight, row by row
}

// How slides are told from what moves.
const (
	lumaStep    = 8    // a cell has changed when its luma did by more; what encoders leave is less
	busyShare   = 0.2  // a cell that changes more often than this shows a camera, a clock, a cursor
	quietShare  = 0.35 // of the cells have to be quiet, or the recording shows no slides
	slideShare  = 0.04 // of the quiet cells change when another slide is shown; a new line on it is less
	busySlides  = 0.15 // of all steps are changes: that is a film, or somebody scrolling, not a talk
	slideStay   = 6 * time.Second
	minChapters = 2
	maxChapters = 40
	minDistance = 15 * time.Second
)

// slideStart is a glimpse that begins another slide.
type slideStart struct {
	index int
	share float64 // of the quiet cells that changed
}

// SlideStarts finds where another slide is shown for a while: indices into
// glimpses, the first one being 0. It is empty for a recording that shows no
// slides, or always the same. Glimpses are in order, some two seconds apart.
//
// Cells that change all the time, such as a camera's inset, do not count. A
// slide that is shown for a moment only, by somebody who leafs on or back, is
// passed over, and going on with the slide before it begins nothing. Of changes
// close to each other the greatest stays.
func SlideStarts(glimpses []Glimpse) []int {
	if len(glimpses) < 2 {
		return nil
	}
	quiet := quietCells(glimpses)
	if float64(len(quiet)) < quietShare*GlimpseWidth*GlimpseHeight {
		return nil
	}
	changes := 0
	runs := []slideStart{{}}
	for i := 1; i < len(glimpses); i++ {
		if share := changedShare(glimpses[i-1], glimpses[i], quiet); share >= slideShare {
			changes++
			runs = append(runs, slideStart{i, share})
		}
	}
	if float64(changes) > busySlides*float64(len(glimpses)) && changes > maxChapters/10 {
		return nil
	}
	starts := thin(glimpses, lasting(glimpses, runs, quiet))
	if len(starts) < minChapters {
		return nil
	}
	return starts
}

// quietCells are those that do not change all the time and have no neighbour
// that does.
func quietCells(glimpses []Glimpse) []int {
	var changes [GlimpseWidth * GlimpseHeight]int
	for i := 1; i < len(glimpses); i++ {
		for cell := range changes {
			if changed(glimpses[i-1], glimpses[i], cell) {
				changes[cell]++
			}
		}
	}
	limit := max(3, int(busyShare*float64(len(glimpses)-1)))
	busy := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < GlimpseWidth && y < GlimpseHeight && changes[y*GlimpseWidth+x] > limit
	}
	var quiet []int
	for cell := range changes {
		x, y := cell%GlimpseWidth, cell/GlimpseWidth
		if !busy(x, y) && !busy(x-1, y) && !busy(x+1, y) && !busy(x, y-1) && !busy(x, y+1) {
			quiet = append(quiet, cell)
		}
	}
	return quiet
}

func changed(a, b Glimpse, cell int) bool {
	off := int(a.Luma[cell]) - int(b.Luma[cell])
	return off > lumaStep || off < -lumaStep
}

// changedShare is how much of the cells differs between two glimpses.
func changedShare(a, b Glimpse, cells []int) float64 {
	n := 0
	for _, cell := range cells {
		if changed(a, b, cell) {
			n++
		}
	}
	return float64(n) / float64(len(cells))
}

// lasting leaves out slides that are gone after a moment, and the return to the
// one before them. The first slide stays in any case.
func lasting(glimpses []Glimpse, runs []slideStart, quiet []int) []slideStart {
	var kept []slideStart
	shown := 0 // the last glimpse of the slide that was shown for a while
	for i, run := range runs {
		end := len(glimpses)
		if i+1 < len(runs) {
			end = runs[i+1].index
		}
		if i == 0 {
			kept, shown = append(kept, run), end-1
			continue
		}
		settled := min(run.index+1, end-1)
		if glimpses[end-1].At-glimpses[run.index].At < slideStay {
			continue
		}
		if run.share = changedShare(glimpses[shown], glimpses[settled], quiet); run.share >= slideShare {
			kept = append(kept, run)
		}
		shown = end - 1
	}
	return kept
}

// thin keeps the greatest changes that are far enough from each other.
func thin(glimpses []Glimpse, starts []slideStart) []int {
	kept := []int{0}
	length := glimpses[len(glimpses)-1].At
	byShare := slices.SortedStableFunc(slices.Values(starts[1:]), func(a, b slideStart) int { return cmp.Compare(b.share, a.share) })
	for _, s := range byShare {
		at := glimpses[s.index].At
		near := slices.ContainsFunc(kept, func(k int) bool { return (at - glimpses[k].At).Abs() < minDistance })
		if len(kept) < maxChapters && !near && length-at >= slideStay {
			kept = append(kept, s.index)
		}
	}
	slices.Sort(kept)
	return kept
}
