package ffmpeg_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

// talk makes 80 s of slides with a restless inset: a new slide at 20, 40 and 62 s,
// and for two seconds at 30 s another one by mistake.
func talk(t *testing.T) string {
	t.Helper()
	page := func(from, to, seed int) string {
		var lines []string
		for i := range 5 {
			lines = append(lines, fmt.Sprintf("drawbox=x=%d:y=%d:w=%d:h=14:c=black:t=fill:enable='between(t,%d,%d-0.01)'",
				40+seed*7%60, 60+i*45+seed*13%30, 200+(seed*97+i*61)%180, from, to))
		}
		return strings.Join(lines, ",")
	}
	graph := "color=c=white:s=640x360:r=12:d=80," + strings.Join([]string{
		page(0, 20, 1), page(20, 30, 2), page(30, 32, 9), page(32, 40, 2), page(40, 62, 3), page(62, 80, 4),
	}, ",") + "[slides];testsrc2=s=128x96:r=12:d=80[camera];[slides][camera]overlay=x=500:y=255"
	return generate(t, "talk.mp4", "-filter_complex", graph, "-preset", "ultrafast", "-pix_fmt", "yuv420p")
}

func TestSlidesBecomeChaptersAndPictures(t *testing.T) {
	t.Parallel()
	e := encode(t, talk(t))
	tool := newTool(t)
	glimpses := e.survey(t)
	if n := len(glimpses); n < 39 || n > 41 || glimpses[0].At != 0 || glimpses[1].At != 2*time.Second {
		t.Fatalf("%d glimpses, at %v, %v", n, glimpses[0].At, glimpses[1].At)
	}
	var at []time.Duration
	for _, i := range transcode.SlideStarts(glimpses) {
		at = append(at, glimpses[i].At)
	}
	if want := []time.Duration{0, 20e9, 40e9, 62e9}; fmt.Sprint(at) != fmt.Sprint(want) {
		t.Fatalf("slides start at %v, want %v", at, want)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "thumbs"), 0o700); err != nil {
		t.Fatal(err)
	}
	var stills []transcode.Still
	for n, start := range at {
		stills = append(stills, transcode.Still{At: start, Name: catalog.ChapterThumbnail(n), Width: 320})
	}
	stills = append(stills, transcode.Still{At: 42e9, Name: catalog.PosterName(1), Width: 1280})
	job := transcode.StillsJob{From: e.renditions[0], Segment: time.Duration(e.plan.SegmentS() * float64(time.Second)), Stills: stills, Dir: dir}
	if err := tool.Stills(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("left in the folder: %v", left)
	}
	thumb, poster := picture(t, filepath.Join(dir, catalog.ChapterThumbnail(2))), picture(t, filepath.Join(dir, catalog.PosterName(1)))
	if thumb.Bounds().Dx() != 320 || poster.Bounds().Dx() != 640 || thumb.Bounds().Dy() != 180 {
		t.Errorf("sizes %v and %v", thumb.Bounds(), poster.Bounds())
	}
	// The third slide has ink where its first line is, and both pictures show it.
	for name, p := range map[string]image.Image{"chapter": thumb, "poster": poster} {
		scale := p.Bounds().Dx() / 320
		if luma, _, _, _ := p.At(50*scale, 38*scale).RGBA(); luma > 0x5000 {
			t.Errorf("the %s does not show the third slide", name)
		}
	}
	job.Dir = t.TempDir()
	job.Stills = []transcode.Still{{At: 41e9, Name: catalog.PosterName(1), Width: 320}}
	if err := tool.Stills(t.Context(), job); err == nil {
		t.Error("a picture between two key frames was made of nothing")
	}
}

func picture(t *testing.T, path string) image.Image {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := jpeg.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestChunksAreDecodedByTheirEncoders: damage shows, in what is counted and in
// what is complained of, and also when nothing is kept of it.
func TestChunksAreDecodedByTheirEncoders(t *testing.T) {
	t.Parallel()
	e := encode(t, generate(t, "count.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=13", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"))
	job := transcode.ChunkJob{Source: e.source, Dir: e.chunks[0], Plan: e.plan, Chunk: e.plan.Chunks()[0]}
	file := filepath.Join(job.Dir, transcode.PictureFile(e.plan.Surveyed()))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, decode := range map[string]func(context.Context, transcode.ChunkJob) (transcode.Decoded, error){
		"survey": newTool(t).SurveyChunk, "decode": newTool(t).DecodeChunk,
	} {
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if made, err := decode(t.Context(), job); err != nil || made != (transcode.Decoded{Frames: e.plan.PlannedFrames(e.plan.Surveyed())}) {
			t.Errorf("%s: %+v, %v", name, made, err)
		}
		spoilt := bytes.Clone(whole)
		copy(spoilt[len(spoilt)/2:], strings.Repeat("\x5a", 3000))
		if err := os.WriteFile(file, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		if made, err := decode(t.Context(), job); err == nil && made.Complaints == 0 {
			t.Errorf("%s of damaged pictures: %+v, %v", name, made, err)
		}
	}
}

// TestCamerasHaveNoSlides: nothing of a real recording without slides looks like one.
func TestCamerasHaveNoSlides(t *testing.T) {
	t.Parallel()
	e := encode(t, recording(t, "camera_car_12fps.mp4"))
	if starts := transcode.SlideStarts(e.survey(t)); starts != nil {
		t.Errorf("slides start at %v", starts)
	}
}
