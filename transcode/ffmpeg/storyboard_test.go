package ffmpeg_test

import (
	"image/color"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// TestStoryboard: every tile shows the recording at its time, whoever encoded
// it, also one that begins just before the end, where no key frame follows.
func TestStoryboard(t *testing.T) {
	t.Parallel()
	source := generate(t, "colours.mp4", "-filter_complex",
		"color=black:s=320x240:r=30000/1001:d=50[a];color=gray:s=320x240:r=30000/1001:d=40[b];color=white:s=320x240:r=30000/1001:d=40.1[c];[a][b][c]concat=n=3",
		"-preset", "ultrafast", "-pix_fmt", "yuv420p")
	e := encode(t, source)
	board, dir := e.plan.Storyboard(), t.TempDir()
	if glimpses := e.survey(t); len(glimpses) != 65 && len(glimpses) != 66 || len(e.chunks) != 2 || board.Tiles() != 14 {
		t.Fatalf("%d glimpses, %d chunks, %d tiles", len(glimpses), len(e.chunks), board.Tiles())
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	job, _, err := transcode.Derive(t.Context(), newTool(t), e.plan, e.chunks, e.renditions, dir, slog.New(slog.DiscardHandler))
	if err != nil || job.Storyboard == nil || *job.Storyboard != board {
		t.Fatalf("%+v: %v", job.Storyboard, err)
	}
	sheet := picture(t, filepath.Join(dir, "out", "thumbs", catalog.SpriteName(0)))
	if sheet.Bounds().Dx() != 600 || sheet.Bounds().Dy() != 450 {
		t.Fatalf("sprite of %v", sheet.Bounds())
	}
	for tile, want := range []int{0, 0, 0, 0, 0, 128, 128, 128, 128, 255, 255, 255, 255, 255, 0} { // the last: no tile
		at := color.GrayModel.Convert(sheet.At(tile%5*120+60, tile/5*90+45)).(color.Gray)
		if off := int(at.Y) - want; off < -5 || off > 5 {
			t.Errorf("tile %d has a luma of %d, want %d", tile, at.Y, want)
		}
	}
}
