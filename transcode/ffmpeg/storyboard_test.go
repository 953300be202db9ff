package ffmpeg_test

import (
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

// TestStoryboard: every tile shows the recording at its time, also one that
// begins just before the end, where no key frame follows.
func TestStoryboard(t *testing.T) {
	t.Parallel()
	source := generate(t, "colours.mp4", "-filter_complex",
		"color=black:s=320x180:r=30000/1001:d=10[a];color=gray:s=320x180:r=30000/1001:d=10[b];color=white:s=320x180:r=30000/1001:d=10.1[c];[a][b][c]concat=n=3",
		"-preset", "ultrafast", "-pix_fmt", "yuv420p")
	e := encode(t, source)
	rungs := e.renditions
	board := transcode.NewStoryboard(time.Duration(e.plan.DurationS()*1e9), rungs[0].Width, rungs[0].Height)
	sprites := t.TempDir()
	found, err := newTool(t).Survey(t.Context(), rungs[0], board, sprites)
	if err != nil {
		t.Fatal(err)
	}
	if found.Frames != e.plan.Frames || found.Complaints != 0 || len(found.Glimpses) != 16 {
		t.Errorf("of %d frames %+v, %d glimpses", e.plan.Frames, found.Decoded, len(found.Glimpses))
	}
	left, err := os.ReadDir(sprites)
	if err != nil || len(left) != 1 || board.Tiles() != 4 {
		t.Fatalf("%d tiles in %v: %v", board.Tiles(), left, err)
	}
	file, err := os.Open(filepath.Join(sprites, catalog.SpriteName(0)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sheet, err := jpeg.Decode(file)
	if err != nil || sheet.Bounds().Dx() != 800 || sheet.Bounds().Dy() != 450 {
		t.Fatalf("%v: %v", err, sheet.Bounds())
	}
	for tile, want := range []int{0, 128, 255, 255} {
		at := color.GrayModel.Convert(sheet.At(tile%5*160+80, 45)).(color.Gray)
		if off := int(at.Y) - want; off < -20 || off > 20 {
			t.Errorf("tile %d has a luma of %d, want %d", tile, at.Y, want)
		}
	}
}
