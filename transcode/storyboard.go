package transcode

import "time"

// Layout of a storyboard: small pictures of the recording at even distances,
// several on one sheet (sprite), for the seek bar of a player.
const (
	tileEvery   = 10 * time.Second
	tileColumns = 5
	tileRows    = 5
	tileWidth   = 160 // at most
	tileHeight  = 90  // at most
)

// Storyboard says how many tiles of which size lie on how many sprites. The
// n-th tile shows the recording from n × Every on; sprites are filled row by
// row, and the last one may be partly empty.
type Storyboard struct {
	Length        time.Duration // of the recording
	Every         time.Duration
	Columns, Rows int
	Width, Height int // of a tile, even
}

// NewStoryboard lays out a recording of that length with pictures of that size.
func NewStoryboard(length time.Duration, width, height int) Storyboard {
	s := Storyboard{Length: length, Every: tileEvery, Columns: tileColumns, Rows: tileRows, Width: tileWidth, Height: tileHeight}
	if width*tileHeight >= height*tileWidth {
		s.Height = nearestEven(tileWidth*height, width)
	} else {
		s.Width = nearestEven(tileHeight*width, height)
	}
	return s
}

// nearestEven is a/b to the nearest even number, at least 2.
func nearestEven(a, b int) int {
	if b <= 0 {
		return 2
	}
	return max(2, (a+b)/(2*b)*2)
}

// Tiles is how many pictures there are; at least one.
func (s Storyboard) Tiles() int { return max(1, int((s.Length+s.Every-1)/s.Every)) }

// Sprites is how many sheets there are.
func (s Storyboard) Sprites() int {
	sheet := s.Columns * s.Rows
	return (s.Tiles() + sheet - 1) / sheet
}
