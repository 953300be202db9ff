package transcode

import "math"

// caps are the rate caps in bit/s of 16:9 rungs at up to 30 frames a second,
// near those of Apple's table; between them the cap follows the pixels.
var caps = map[int]int{1080: 5_000_000, 720: 2_800_000, 480: 1_300_000, 360: 800_000, 240: 420_000}

// The lowest variant stays below 150 kb/s with its sound and container, so
// that a bad line still carries the talk.
const (
	lowestMaxRate   = 80_000
	lowestAudioBits = 40_000
	lowestCRF       = 26
)

// Bounds of halving the frame rate: at 30 frames a second and less, only the
// lowest variant is halved, and not below ten.
const (
	halvedFrom  = 20.0 // frames a second, for the lowest variant
	smoothUpTo  = 25.0 // frames a second that rungs of halvedLines keep
	halvedLines = 360
)

// closeRungs is the share of the next higher rung's bits from which a rung is
// not worth its encode: a line that cannot carry the one hardly carries the
// other.
const closeRungs = 0.75

// weakLines is the size that weak decoders can show; one rung has at most that.
const weakLines = 480

// chooseRungs picks the rungs for p, highest first, and those not worth it.
func chooseRungs(p Probe, rate Ratio) (kept []PlannedRung, dropped []DroppedRung) {
	c := p.Sample.Complexity
	lowest, hasLowest := lowestRung(p, rate)
	for i, rung := range Ladder(*p.Video) {
		r := rateControl(rung, rate, c, i == 0)
		if hasLowest && r.Lines <= lowest.Lines {
			continue
		}
		if len(kept) > 0 && tooClose(r, kept[len(kept)-1]) && hasWeak(kept, r) {
			dropped = append(dropped, DroppedRung{Rung: r.Rung, Predicted: r.Predicted, Above: kept[len(kept)-1].Predicted})
			continue
		}
		kept = append(kept, r)
	}
	if hasLowest {
		kept = append(kept, lowest)
	}
	return kept, dropped
}

// tooClose tells whether r costs nearly as much as the rung above.
func tooClose(r, above PlannedRung) bool {
	return r.Predicted > 0 && float64(r.Predicted) > closeRungs*float64(above.Predicted)
}

// hasWeak tells whether r is not the one that weak decoders need.
func hasWeak(kept []PlannedRung, r PlannedRung) bool {
	return r.Lines > weakLines || kept[len(kept)-1].Lines <= weakLines
}

// lowestRung is the variant for bad lines: readable text for slides, fewer
// pixels for what moves. A picture too small to be made smaller has none.
func lowestRung(p Probe, rate Ratio) (PlannedRung, bool) {
	c := p.Sample.Complexity
	lines, top := 144, Ladder(*p.Video)[0].Lines
	if c.Content() == ContentSlides && top > 240 {
		lines = 240
	}
	if top <= lines {
		return PlannedRung{}, false
	}
	width, height := p.Video.DisplaySize()
	r := PlannedRung{
		Rung: scaled(width, height, lines), CRF: lowestCRF, Halved: rate.Float() >= halvedFrom,
		MaxRate: lowestMaxRate, BufferBits: lowestMaxRate, AudioBits: lowestAudioBits,
	}
	r.Predicted = r.predict(c)
	return r, true
}

// rateControl fixes quality and cap of a rung by its size and content. For
// camera pictures the cap follows the prediction within bounds, which keeps a
// peak near twice the average; slides need their whole cap when they change. The
// top rung keeps every frame.
func rateControl(rung Rung, rate Ratio, c Complexity, top bool) PlannedRung {
	limit := rateCap(rung, rate)
	r := PlannedRung{
		Rung: rung, CRF: quality(rung, c.Content()), MaxRate: limit, AudioBits: audioBitRate,
		Halved: !top && rung.Lines <= halvedLines && rate.Float() > smoothUpTo*(1+rateTolerance) && c.Excerpts > 0,
	}
	if c.Content() == ContentCamera {
		r.MaxRate = min(limit, max(limit/2, 2*r.predictVideo(c)/1000*1000))
	}
	r.BufferBits = r.MaxRate
	r.Predicted = r.predict(c)
	return r
}

// quality is the constant quality of a rung. Large slides look the same at a
// higher CRF (SSIM 0.999); smaller ones keep their thin letters.
func quality(rung Rung, content Content) int {
	if content == ContentSlides && rung.Lines > weakLines {
		return 25
	}
	return TrialCRF
}

// rateCap caps a rung. Pictures that are not 16:9 get their share by pixels;
// frames beyond 30 a second resemble their neighbours and get half a share each.
func rateCap(r Rung, rate Ratio) int {
	wide := float64(r.Width*r.Height) / (float64(r.Lines*r.Lines) * 16 / 9)
	bits := wide * capOf(r.Lines)
	if extra := rate.Float()/30 - 1; extra > 0 {
		bits *= 1 + extra/2
	}
	return max(100_000, int(bits/1000)*1000)
}

// capOf is the cap of a 16:9 picture: a standard size's own; for others what
// their pixels make of the smallest, within that of the next standard size.
func capOf(lines int) float64 {
	bits := float64(caps[240]) * float64(lines*lines) / (240 * 240)
	for _, standard := range standardLines { // descending
		if standard >= lines {
			bits = min(bits, float64(caps[standard]))
		}
		if standard == lines {
			return float64(caps[standard])
		}
	}
	return bits
}

// Bits that a step of CRF and the missing half of the frames save, as measured
// on slides and camera pictures.
const (
	crfHalves   = 5.5 // steps of CRF that halve the bits
	halvedShare = 0.7
)

// predictVideo is the average bit/s of the picture; 0 when nothing is known.
func (r PlannedRung) predictVideo(c Complexity) int {
	if c.Excerpts == 0 {
		return 0
	}
	bits := c.bitRate(r.Width*r.Height) * math.Exp2(float64(TrialCRF-r.CRF)/crfHalves)
	if r.Halved {
		bits *= halvedShare
	}
	return int(min(bits, float64(r.MaxRate)))
}

// predict is the average bit/s with sound; 0 when nothing is known.
func (r PlannedRung) predict(c Complexity) int {
	if c.Excerpts == 0 {
		return 0
	}
	return r.predictVideo(c) + r.AudioBits
}
