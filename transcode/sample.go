package transcode

import "math"

// Sample is what a short trial told about a source: a few excerpts decoded and
// encoded at small sizes. Its zero value means that nothing is known; plans are
// careful then.
type Sample struct {
	Complexity Complexity
	// Unreadable: of none of the excerpts the decoder made a single picture.
	Unreadable bool
}

// Complexity is how hard the picture is to encode. Every excerpt is one group
// of pictures of the length that plans use, so that its bits are what a group
// will cost.
type Complexity struct {
	Excerpts int     // 0: unknown
	Motion   float64 // bytes of a predicted picture over those of a key picture, median of the excerpts
	Large    Trial
	Small    Trial // of a quarter of Large's pixels
}

// Trial is the mean of all excerpts at one size, at TrialCRF.
type Trial struct {
	Pixels  int
	BitRate float64 // bit/s
}

// TrialCRF is the constant quality of trial encodes.
const TrialCRF = 23

// Content is the kind of picture a plan is made for.
type Content string

// The kinds of content.
const (
	ContentUnknown Content = "unknown"
	ContentSlides  Content = "slides" // stands still for most of the time; sharp text
	ContentCamera  Content = "camera" // moves all the time
)

// slideMotion separates slides from camera pictures. Measured: slides with a
// speaker's inset 0.008, a screen capture 0.003, a signing speaker 0.15, a
// drive in a car 0.24 to 0.48.
const slideMotion = 0.04

// Content tells slide-like from camera-like pictures.
func (c Complexity) Content() Content {
	switch {
	case c.Excerpts == 0:
		return ContentUnknown
	case c.Motion <= slideMotion:
		return ContentSlides
	}
	return ContentCamera
}

// bitRate predicts the bits a second of a picture of that many pixels at
// TrialCRF: a power of the pixels through both trials.
func (c Complexity) bitRate(pixels int) float64 {
	exponent := 0.75
	if c.Small.BitRate > 0 && c.Large.BitRate > 0 && c.Small.Pixels < c.Large.Pixels {
		exponent = math.Log(c.Large.BitRate/c.Small.BitRate) / math.Log(float64(c.Large.Pixels)/float64(c.Small.Pixels))
	}
	exponent = min(1.1, max(0.3, exponent))
	return c.Large.BitRate * math.Pow(float64(pixels)/float64(c.Large.Pixels), exponent)
}
