package transcode

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"time"

	"rounds/catalog"
)

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

// TileBytes is the size of a tile as a raw picture: 4:2:0 planar, colours as JPEG
// has them (ITU-T T.871).
func (s Storyboard) TileBytes() int { return s.Width * s.Height * 3 / 2 }

// spriteQuality is that of image/jpeg: about 15 kB for 25 slides.
const spriteQuality = 75

// WriteSprites puts all tiles, raw and in order, on sprites in a folder that
// exists, under the names of catalog.SpriteName.
func (s Storyboard) WriteSprites(tiles []byte, dir string) error {
	if len(tiles) != s.Tiles()*s.TileBytes() {
		return fmt.Errorf("%d bytes of pictures for %d tiles", len(tiles), s.Tiles())
	}
	sheet := s.Columns * s.Rows
	for n := range s.Sprites() {
		var b bytes.Buffer
		upTo := min(s.Tiles(), (n+1)*sheet)
		if err := jpeg.Encode(&b, s.sprite(tiles[n*sheet*s.TileBytes():upTo*s.TileBytes()]), &jpeg.Options{Quality: spriteQuality}); err != nil {
			return fmt.Errorf("sprite %d: %w", n, err)
		}
		if err := os.WriteFile(filepath.Join(dir, catalog.SpriteName(n)), b.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// sprite is one sheet; what no tile covers is black.
func (s Storyboard) sprite(tiles []byte) *image.YCbCr {
	sheet := image.NewYCbCr(image.Rect(0, 0, s.Columns*s.Width, s.Rows*s.Height), image.YCbCrSubsampleRatio420)
	for i := range sheet.Cb {
		sheet.Cb[i], sheet.Cr[i] = 128, 128
	}
	for n := 0; len(tiles) > 0; n++ {
		x, y := n%s.Columns*s.Width, n/s.Columns*s.Height
		tiles = copyPlane(sheet.Y[y*sheet.YStride+x:], sheet.YStride, tiles, s.Width, s.Height)
		at := y/2*sheet.CStride + x/2
		tiles = copyPlane(sheet.Cb[at:], sheet.CStride, tiles, s.Width/2, s.Height/2)
		tiles = copyPlane(sheet.Cr[at:], sheet.CStride, tiles, s.Width/2, s.Height/2)
	}
	return sheet
}

// copyPlane copies rows of a picture and returns what comes after it.
func copyPlane(to []byte, stride int, from []byte, width, height int) []byte {
	for row := range height {
		copy(to[row*stride:row*stride+width], from[row*width:])
	}
	return from[width*height:]
}
