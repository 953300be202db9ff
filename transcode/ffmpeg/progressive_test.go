package ffmpeg_test

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// rendition makes 13 s of a rung as the joiner leaves it: 25 frames a second,
// segments of 6 s.
func rendition(t *testing.T) transcode.EncodedRendition {
	t.Helper()
	r := transcode.EncodedRendition{Name: "v144", Dir: filepath.Join(t.TempDir(), "v144"), Width: 256, Height: 144, FrameRate: 25, Frames: 325}
	if err := os.Mkdir(r.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=256x144:r=25",
		"-f", "lavfi", "-i", "sine=r=48000", "-t", "13", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", "-ac", "2",
		"-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", catalog.InitSection,
		"-hls_segment_filename", filepath.Join(r.Dir, "seg_%05d.m4s"), filepath.Join(r.Dir, catalog.MediaPlaylist)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

// TestProgressive: one file with every packet of the rendition, at the same
// distance from each other, its index first.
func TestProgressive(t *testing.T) {
	t.Parallel()
	from, path := rendition(t), filepath.Join(t.TempDir(), "progressive.mp4")
	if err := newTool(t).Progressive(t.Context(), from, path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil || bytes.Index(whole, []byte("moov")) > bytes.Index(whole, []byte("mdat")) || bytes.Contains(whole, []byte("moof")) {
		t.Fatalf("%d bytes, the index is not first: %v", len(whole), err)
	}
	list := filepath.Join(from.Dir, catalog.MediaPlaylist)
	lag := func(of string) float64 { return packets(t, of, "a")[0].pts - packets(t, of, "v")[0].pts }
	if pictures := packets(t, path, "v"); len(pictures) != 325 {
		t.Errorf("%d pictures", len(pictures))
	}
	if got, want := len(packets(t, path, "a")), len(packets(t, list, "a")); got != want {
		t.Errorf("%d frames of sound, want %d", got, want)
	}
	if got, want := lag(path), lag(list); math.Abs(got-want) > 0.001 {
		t.Errorf("sound comes %.3f s after the picture, want %.3f s", got, want)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}

// TestDecode: what was decoded of a rendition, and of some of its segments only.
func TestDecode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil    func(dir string) error
		segments []int
		want     transcode.Decoded
	}{
		"whole":       {func(string) error { return nil }, []int{0, 1, 2}, transcode.Decoded{Frames: 325}},
		"both ends":   {damage, []int{0, 2}, transcode.Decoded{Frames: 175}},
		"damaged":     {damage, []int{1}, transcode.Decoded{Frames: 150, Complaints: 1}},
		"no such one": {func(string) error { return nil }, []int{3}, transcode.Decoded{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := rendition(t)
			if err := test.spoil(from.Dir); err != nil {
				t.Fatal(err)
			}
			got, err := newTool(t).Decode(t.Context(), from, test.segments)
			if (err != nil) != (test.want.Frames == 0) || got.Frames > test.want.Frames || min(1, got.Complaints) != test.want.Complaints || got.Complaints == 0 && got != test.want {
				t.Errorf("%+v, %v; want %+v", got, err, test.want)
			}
			if left, err := os.ReadDir(filepath.Dir(from.Dir)); err != nil || len(left) != 1 {
				t.Errorf("%v is left: %v", left, err)
			}
		})
	}
}

// damage overwrites a part of the pictures, leaving all boxes as they are.
func damage(dir string) error {
	path := filepath.Join(dir, catalog.SegmentName(1))
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	copy(b[len(b)/2:], strings.Repeat("\x5a", 3000))
	return os.WriteFile(path, b, 0o600)
}
