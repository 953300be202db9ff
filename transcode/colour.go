package transcode

import "strings"

// Matrices that a picture's brightness and colour differences are made by, in
// ffmpeg's words (ITU-T H.273 table 4).
const (
	matrixHD  = "bt709"
	matrixSD  = "smpte170m"
	matrixUHD = "bt2020nc"
)

// Colours fix how the source's are understood and how the renditions' are
// written. All renditions name theirs: a player that has to guess goes by the
// size of the picture, and would show two rungs of one talk in two colours.
type Colours struct {
	From string // matrix of the source where it names none; empty: as it says itself
	To   string // matrix of the renditions
}

// coloursOf keeps the source's matrix where players know it, since a conversion
// costs time and exactness. What it does not name is, by custom, that of its
// size.
func coloursOf(v VideoStream) Colours {
	switch {
	case v.HDR() && (v.Matrix == "" || v.Matrix == "unknown"):
		return Colours{From: matrixUHD, To: matrixHD}
	case v.HDR() || isRGB(v.PixelFormat):
		return Colours{To: matrixHD}
	}
	switch v.Matrix {
	case "bt470bg", matrixSD: // two names of one matrix
		return Colours{To: matrixSD}
	case "", "unknown", "reserved":
		custom := customMatrix(v)
		return Colours{From: custom, To: custom}
	}
	return Colours{To: matrixHD}
}

func customMatrix(v VideoStream) string {
	if width, height := v.Width, v.Height; width >= 1280 || height > 576 {
		return matrixHD
	}
	return matrixSD
}

// isRGB tells whether pixels of that format are red, green and blue, or an
// index into such.
func isRGB(format string) bool {
	for _, name := range [...]string{"rgb", "bgr", "gbr", "pal8"} {
		if strings.Contains(format, name) {
			return true
		}
	}
	return false
}
