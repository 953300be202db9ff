package transcode_test

import (
	"testing"
	"time"

	"rounds/transcode"
)

func TestStoryboard(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		length          time.Duration
		width, height   int
		tiles, sprites  int
		tileWide, tileH int
	}{
		"an hour":         {time.Hour, 426, 240, 360, 15, 160, 90},
		"a blink":         {500 * time.Millisecond, 426, 240, 1, 1, 160, 90},
		"exactly a sheet": {250 * time.Second, 426, 240, 25, 1, 160, 90},
		"a bit more":      {251 * time.Second, 426, 240, 26, 2, 160, 90},
		"portrait":        {time.Minute, 240, 426, 6, 1, 50, 90},
		"4:3":             {time.Minute, 320, 240, 6, 1, 120, 90},
		"a ribbon":        {time.Minute, 4000, 2, 6, 1, 160, 2},
		"nothing":         {0, 0, 0, 1, 1, 160, 2},
	} {
		s := transcode.NewStoryboard(test.length, test.width, test.height)
		if s.Tiles() != test.tiles || s.Sprites() != test.sprites || s.Width != test.tileWide || s.Height != test.tileH {
			t.Errorf("%s: %d tiles on %d sprites, each %d×%d", name, s.Tiles(), s.Sprites(), s.Width, s.Height)
		}
	}
}
