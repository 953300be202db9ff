package hls

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"rounds/transcode"
)

// pictures lists time and checksum of the pictures a client decodes.
func pictures(t *testing.T, args ...string) []string {
	t.Helper()
	args = append(append([]string{"-v", "error", "-nostdin", "-xerror", "-copyts"}, args...), "-an", "-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-f", "framemd5", "-")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^0,\s*-?\d+,\s*(-?\d+),.*, (\w{32})$`).FindAllSubmatch(out, -1) {
		list = append(list, string(m[1])+" "+string(m[2]))
	}
	return list
}

// TestIFramesAreThePictures: the I-frame stream shows the very pictures of the
// variant, at the same times.
func TestIFramesAreThePictures(t *testing.T) {
	t.Parallel()
	dir := packaged(t)
	base := serve(t, dir)
	want := pictures(t, "-skip_frame", "nokey", "-i", base+"v180/index.m3u8")
	got := pictures(t, "-i", base+"v180/iframes.m3u8")
	if len(want) != 7 || !slices.Equal(got, want) {
		t.Errorf("I-frames\n%v\nof\n%v", got, want)
	}
}

func TestIFrameRung(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sizes [][2]int
		want  int
	}{
		"usual ladder":    {[][2]int{{1920, 1080}, {1280, 720}, {640, 360}, {426, 240}}, 2},
		"none small":      {[][2]int{{1920, 1080}, {854, 480}, {1280, 720}}, 1},
		"portrait":        {[][2]int{{1080, 1920}, {240, 426}, {360, 640}}, 2},
		"one":             {[][2]int{{1920, 1080}}, 0},
		"smaller of all":  {[][2]int{{160, 90}}, 0},
		"largest of them": {[][2]int{{320, 240}, {480, 360}}, 1},
	} {
		var list []unsealed
		for _, s := range test.sizes {
			list = append(list, unsealed{video: Track{Width: s[0], Height: s[1]}})
		}
		if got := iframeRung(list); got != test.want {
			t.Errorf("%s: rung %d, want %d", name, got, test.want)
		}
	}
}

// TestSyncSamples: what is cut out is where the encoder put it.
func TestSyncSamples(t *testing.T) {
	t.Parallel()
	job := clearJob(t)
	c, err := readRendition(t.Context(), job.Dir, transcode.EncodedRendition{Name: "v144", Dir: filepath.Join(job.Dir, "v144")})
	if err != nil {
		t.Fatal(err)
	}
	frames := c.line.iframes(c.video)
	var total int64
	for i, f := range frames {
		if f.At != int64(i)*2*int64(c.video.Timescale) || f.segment != i/3 || f.Size == 0 {
			t.Errorf("I-frame %d: %+v", i, f)
		}
		total += f.duration
	}
	if len(frames) != 7 || total != 14*int64(c.video.Timescale) {
		t.Errorf("%d I-frames over %d ticks", len(frames), total)
	}
}
