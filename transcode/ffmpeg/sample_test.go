package ffmpeg_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

func TestSample(t *testing.T) {
	t.Parallel()
	still := made("a.mp4", "-f", "lavfi", "-i", "testsrc=r=25:s=640x360:d=1", "-vf", "loop=-1:1,trim=duration=20,setpts=N/25/TB", "-c:v", "libx264", "-preset", "ultrafast")
	tests := []struct {
		name   string
		source func(*testing.T) string
		want   transcode.Content
	}{
		{"a standing picture", still, transcode.ContentSlides},
		{"a drive in a car", real("camera_car_12fps.mp4"), transcode.ContentCamera},
		{"a screen capture", real("vfr_h264_aac.mov"), transcode.ContentSlides},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			probe, err := newTool(t).Probe(t.Context(), test.source(t))
			if err != nil {
				t.Fatal(err)
			}
			c := probe.Sample.Complexity
			if c.Content() != test.want || c.Large.BitRate <= c.Small.BitRate || c.Small.BitRate <= 0 {
				t.Errorf("want %s, got %+v", test.want, c)
			}
		})
	}
}

// TestLevel: soft, loud and one-sided sound all come out at −16 LUFS, with
// both sides sounding and no peak above −1 dBTP.
func TestLevel(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, filter, warning string }{
		{"soft", "volume=-25dB", ""},
		{"loud", "volume=+8dB", ""},
		{"one side only", "volume=-20dB,pan=stereo|c0=c0|c1=0*c0", "one_sided_audio"},
		{"mono", "volume=-10dB,aformat=channel_layouts=mono", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source := generate(t, "a.mkv", "-f", "lavfi", "-i", "testsrc=r=5:s=64x48:d=12", "-f", "lavfi", "-i", "anoisesrc=d=12:c=pink:r=48000:seed=1",
				"-af", "aformat=channel_layouts=stereo,"+test.filter, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le")
			e := encode(t, source)
			warnings := e.heard.Warnings()
			if (test.warning == "") != (len(warnings) == 0) || len(warnings) > 0 && warnings[0].Code != test.warning {
				t.Errorf("warnings %+v, want %q", warnings, test.warning)
			}
			playlist := filepath.Join(e.renditions[0].Dir, catalog.MediaPlaylist)
			out, err := exec.Command("ffmpeg", "-hide_banner", "-nostats", "-i", playlist, "-vn", "-af", "ebur128=peak=true:framelog=verbose,astats=measure_perchannel=RMS_level:measure_overall=none", "-f", "null", "-").CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := reading(t, out, `I: +(\S+) LUFS`); math.Abs(got+16) > 1 {
				t.Errorf("loudness %v LUFS (%s)", got, e.heard.Leveling())
			}
			if got := reading(t, out, `Peak: +(\S+) dBFS`); got > -1 {
				t.Errorf("true peak %v dB (%s)", got, e.heard.Leveling())
			}
			left, right := reading(t, out, `Channel: 1\n.*RMS level dB: (\S+)`), reading(t, out, `Channel: 2\n.*RMS level dB: (\S+)`)
			if math.Abs(left-right) > 1 {
				t.Errorf("left %v dB, right %v dB", left, right)
			}
		})
	}
}

func reading(t *testing.T, out []byte, pattern string) float64 {
	t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(out)
	if found == nil {
		t.Fatalf("no %s in\n%s", pattern, out)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestComplaints: bytes broken in the middle of a recording are noticed by the
// decoder, a sound one has nothing to complain of.
func TestComplaints(t *testing.T) {
	t.Parallel()
	whole := generate(t, "a.mkv", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=12", "-c:v", "libx264", "-preset", "ultrafast")
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) / 3; i < len(content)*2/3; i += 701 {
		content[i] ^= 0xff
	}
	broken := filepath.Join(t.TempDir(), "b.mkv")
	if err := os.WriteFile(broken, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if e := encode(t, whole); e.last.Complaints != 0 {
		t.Errorf("%d complaints about a sound recording", e.last.Complaints)
	}
	if e := encode(t, broken); e.last.Complaints <= 3 {
		t.Errorf("%d complaints about a broken recording", e.last.Complaints)
	}
}
