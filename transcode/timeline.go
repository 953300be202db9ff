package transcode

import "math"

// timeline is the constant frame grid that all rungs of a source share.
type timeline struct {
	rate    Ratio   // frames a second
	shiftS  float64 // taken off every time after the container's start is zero
	frames  int     // on the grid
	lengthS float64 // of the source, from zero
}

// standardRates are the frame rates recorders use. A measured rate close to
// one of them is that one.
var standardRates = [...]Ratio{
	{5, 1},
	{6, 1},
	{15, 2},
	{8, 1},
	{10, 1},
	{12, 1},
	{25, 2},
	{15000, 1001},
	{15, 1},
	{20, 1},
	{24000, 1001},
	{24, 1},
	{25, 1},
	{30000, 1001},
	{30, 1},
	{48, 1},
	{50, 1},
	{60000, 1001},
	{60, 1},
	{90, 1},
	{100, 1},
	{120000, 1001},
	{120, 1},
	{144, 1},
	{240, 1},
}

// Bounds of the grid, in frames a second. Below minRate seeking and switching
// get coarse; a variable rate gets at least variableMin, so that a frame is
// shown at most 20 ms early or late.
const (
	minRate     = 5
	maxRate     = 60
	variableMin = 25
)

// rateTolerance is how far, relatively, a measured rate may be from a named one.
const rateTolerance = 0.0008

// timelineOf lays the grid. Its phase follows the first frame, so that the
// times of a regular source fall on it and rounding never drops one frame and
// doubles the next; less than one frame of sound before it is cut.
func timelineOf(p Probe) timeline {
	rate := gridRate(*p.Video)
	step := 1 / rate.Float()
	shift := math.Mod(max(0, p.Video.StartS-p.StartS), step)
	length := sourceEnd(p) - p.StartS - shift
	frames := max(1, int(math.Round(length*rate.Float())))
	return timeline{rate: rate, shiftS: shift, frames: frames, lengthS: length}
}

// sourceEnd is where the recording ends: with the picture, or with the sound
// when that goes on for long. The container's word counts where it agrees with
// the packets to a frame or two: it knows how long the last frame is shown.
func sourceEnd(p Probe) float64 {
	v := p.Video
	end := v.EndS
	if v.DeclaredS > 0 && math.Abs(v.DeclaredS-end) <= 2.5*frameGap(*v) {
		end = v.DeclaredS
	}
	if usesAudio(p) && p.Audio.EndS-end > soundOutlasts {
		end = p.Audio.EndS
	}
	return end
}

func frameGap(v VideoStream) float64 {
	if v.MeanRate > 0 {
		return 1 / v.MeanRate
	}
	return 0.04
}

// gridRate chooses the frame rate of all rungs: the source's own when it is
// regular, otherwise one that is fine enough for its quickest motion.
func gridRate(v VideoStream) Ratio {
	if v.Regular && v.MeanRate > 0 {
		return bounded(named(v.MeanRate, v.RealRate))
	}
	want := float64(variableMin)
	if v.QuickGapS > 0 {
		want = max(want, 1/v.QuickGapS)
	}
	for _, r := range [...]Ratio{{25, 1}, {30, 1}, {50, 1}} {
		if want <= r.Float()*(1+0.05) {
			return r
		}
	}
	return Ratio{60, 1}
}

// named gives the nearest standard rate, else the container's, else a fraction.
func named(measured float64, container Ratio) Ratio {
	best, distance := Ratio{}, rateTolerance
	for _, r := range append(standardRates[:len(standardRates):len(standardRates)], container) {
		if d := math.Abs(r.Float()/measured - 1); d < distance {
			best, distance = r, d
		}
	}
	if best.Num > 0 {
		return best
	}
	return Ratio{Num: int(math.Round(measured * 1000)), Den: 1000}
}

// bounded halves or multiplies r into the grid's bounds, so that frames stay
// evenly spread.
func bounded(r Ratio) Ratio {
	for r.Float() > maxRate*(1+rateTolerance) {
		r.Den *= 2
	}
	if f := r.Float(); f < minRate {
		r.Num *= int(math.Ceil(minRate / f))
	}
	return r
}
