package hls

import (
	"bytes"
	"image"
	"image/jpeg"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

const goldenThumbnails = `WEBVTT

00:00:00.000 --> 00:00:10.000
sprite_000.jpg#xywh=0,0,160,90

00:00:10.000 --> 00:00:20.000
sprite_000.jpg#xywh=160,0,160,90

00:00:20.000 --> 00:00:30.000
sprite_001.jpg#xywh=0,0,160,90

00:00:30.000 --> 00:00:31.500
sprite_001.jpg#xywh=160,0,160,90
`

func TestThumbnailsGolden(t *testing.T) {
	t.Parallel()
	board := transcode.NewStoryboard(31500*time.Millisecond, 1920, 1080)
	board.Columns, board.Rows = 2, 1
	if got := writeThumbnails(board); got != goldenThumbnails {
		t.Error(got)
	}
	tiles, err := readThumbnails(strings.NewReader(goldenThumbnails))
	want := tile{start: 30 * time.Second, end: 31500 * time.Millisecond, sprite: "sprite_001.jpg", x: 160, width: 160, height: 90}
	if err != nil || len(tiles) != 4 || tiles[3] != want {
		t.Errorf("%v: %+v", err, tiles)
	}
}

// illustrated is a packaged stream with thumbnails.
func illustrated(t *testing.T) string {
	t.Helper()
	job := clearJob(t)
	board := transcode.NewStoryboard(14*time.Second, 320, 180)
	job.Storyboard = &board
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 800, 450)), nil); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(job.Dir, "thumbs")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, catalog.SpriteName(0)), picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := New(slog.New(slog.DiscardHandler)).Package(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"thumbs/sprite_000.jpg", catalog.Thumbnails} {
		if !slices.ContainsFunc(result.Files, func(f transcode.File) bool { return f.Name == name }) {
			t.Errorf("%s is not listed", name)
		}
	}
	return job.Dir
}

func TestVerifyThumbnails(t *testing.T) {
	t.Parallel()
	const sprite = "thumbs/sprite_000.jpg"
	for name, test := range map[string]struct {
		spoil spoil
		want  rule
	}{
		"no sprite":      {spoil{sprite, func([]byte) []byte { return nil }}, ruleMissing},
		"no picture":     {spoil{sprite, func([]byte) []byte { return []byte("x") }}, ruleThumbnails},
		"surplus sprite": {spoil{"thumbs/sprite_001.jpg", func([]byte) []byte { return []byte("x") }}, ruleSurplus},
		"gap":            {spoil{catalog.Thumbnails, sub(`00:10.000 -->`, `00:11.000 -->`)}, ruleThumbnails},
		"ends early":     {spoil{catalog.Thumbnails, sub(`00:14.000`, `00:13.000`)}, ruleThumbnails},
		"off the sprite": {spoil{catalog.Thumbnails, sub(`xywh=160,0`, `xywh=700,0`)}, ruleThumbnails},
		"no place":       {spoil{catalog.Thumbnails, sub(`xywh=160`, `xywh=x`)}, ruleThumbnails},
		"outside":        {spoil{catalog.Thumbnails, sub(`sprite_000`, `../../sprite_000`)}, ruleMissing},
		"no track":       {spoil{catalog.Thumbnails, func([]byte) []byte { return []byte("x") }}, ruleThumbnails},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := illustrated(t)
			apply(t, filepath.Join(dir, test.spoil.file), test.spoil.change)
			findings, err := Verify(t.Context(), Dir(dir), Options{Key: FixedKey(testKey)})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == test.want.id }) {
				t.Errorf("%s not found in %v", test.want.id, findings)
			}
		})
	}
}
