package transcode

import (
	"fmt"
	"slices"

	"rounds/catalog"
)

// Rung is one size of the ladder. Lines counts along the shorter side of the
// picture, as the names of the trade do: a portrait 1080p is 1080 wide.
type Rung struct {
	Lines  int
	Width  int // even
	Height int // even
}

// Name is the rung's folder below the media prefix, e.g. "v720".
func (r Rung) Name() string {
	dir := catalog.RenditionDir(r.Lines)
	return dir[:len(dir)-1]
}

// String describes the rung, e.g. "720 (1280×720)".
func (r Rung) String() string { return fmt.Sprintf("%d (%d×%d)", r.Lines, r.Width, r.Height) }

// standardLines are the sizes offered, largest first.
var standardLines = [...]int{1080, 720, 480, 360, 240}

// ownSize is how much larger, in fifths, a picture must be than the standard
// size below it to get a rung of its own on top: 432 over 360, 900 over 720.
// Otherwise a third of the presenter's detail would be lost.
const ownSize = 6

// Ladder returns the rungs for a picture, highest first: the standard sizes
// that need no enlarging, below the picture's own size where that is clearly
// larger. A picture smaller than the smallest of them gets one rung of its own
// size. Own sizes are rounded down to even numbers.
func Ladder(v VideoStream) []Rung {
	width, height := v.DisplaySize()
	var rungs []Rung
	for _, lines := range standardLines {
		if lines <= min(width, height) {
			rungs = append(rungs, scaled(width, height, lines))
		}
	}
	own := max(2, min(width, height)&^1)
	if len(rungs) == 0 || own < standardLines[0] && 5*own >= ownSize*rungs[0].Lines {
		rungs = slices.Insert(rungs, 0, scaled(width, height, own))
	}
	return rungs
}

// scaled is the picture with its shorter side at lines, keeping its shape to
// the nearest even number.
func scaled(width, height, lines int) Rung {
	other := func(long, short int) int {
		return max(2, (2*long*lines+2*short)/(4*short)*2)
	}
	if width >= height {
		return Rung{Lines: lines, Width: min(other(width, height), max(2, width&^1)), Height: lines}
	}
	return Rung{Lines: lines, Width: lines, Height: min(other(height, width), max(2, height&^1))}
}
