package ffmpeg_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"rounds/transcode"
)

// The sources a presenter may bring. seconds is what the source lasts, told
// independently of the code under test.
func TestEncode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		source  func(*testing.T) string
		seconds float64
		rate    float64
		sizes   [][2]int
	}{
		{"camera at 12.5 frames a second", real("camera_car_12fps.mp4"), 30.16, 12.5, [][2]int{{768, 432}, {426, 240}, {256, 144}}},
		{"silent Matroska with a late start", real("camera_signing_noaudio.mkv"), 77.0 / 30, 30, [][2]int{{640, 480}, {480, 360}, {320, 240}, {192, 144}}},
		{"small H.264", real("edx_h264_aac.mp4"), 275.0 / 24, 24, [][2]int{{320, 180}, {256, 144}}},
		{"VP9 and Opus", real("edx_vp9_opus.webm"), 275.0 / 24, 24, [][2]int{{320, 180}, {256, 144}}},
		{"variable rate with an edit list", real("vfr_h264_aac.mov"), 10.44, 25, [][2]int{{640, 480}, {320, 240}}},
		{"variable rate, silent", real("vfr_h264_noaudio.mov"), 10.44, 25, [][2]int{{640, 480}, {320, 240}}},
		{"29.97 in MPEG-TS", made("a.ts", "-f", "lavfi", "-i", "testsrc2=r=30000/1001:s=320x240:d=13.013", "-f", "lavfi", "-i", "sine=d=13.013",
			"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"), 13.013, 30000.0 / 1001, [][2]int{{320, 240}, {192, 144}}},
		{"portrait by rotation", rotated, 4, 25, [][2]int{{240, 320}, {144, 192}}},
		{"120 frames a second, odd size", made("a.mkv", "-f", "lavfi", "-i", "testsrc2=r=120:s=321x241:d=4", "-c:v", "libx264", "-pix_fmt", "yuv444p", "-preset", "ultrafast"), 4, 60, [][2]int{{320, 240}, {192, 144}}},
		{"sound shorter than picture", made("a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=8", "-f", "lavfi", "-i", "sine=d=3", "-c:v", "libx264", "-preset", "ultrafast"), 8, 25, [][2]int{{320, 240}, {192, 144}}},
		{"sound outlasts the picture", made("a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=3", "-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-preset", "ultrafast"), 8, 25, [][2]int{{320, 240}, {192, 144}}},
		{"anamorphic AVI with MP3", made("a.avi", "-f", "lavfi", "-i", "testsrc2=r=25:s=352x288:d=5", "-f", "lavfi", "-i", "sine=d=5", "-vf", "setsar=16/11", "-c:v", "mpeg4", "-c:a", "libmp3lame"), 5.04, 25, [][2]int{{512, 288}, {256, 144}}},
		{"Windows Media", made("a.wmv", "-f", "lavfi", "-i", "testsrc2=r=15:s=320x240:d=5", "-f", "lavfi", "-i", "sine=d=5", "-c:v", "wmv2", "-c:a", "wmav2"), 5, 15, [][2]int{{320, 240}, {192, 144}}},
		{"10-bit HDR", made("a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=2", "-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
			"-color_trc", "smpte2084", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"), 2, 25, [][2]int{{320, 240}, {192, 144}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := encode(t, test.source(t))
			if got := e.plan.Rate.Float(); math.Abs(got-test.rate) > 1e-9 {
				t.Errorf("rate %v, want %v", got, test.rate)
			}
			if len(e.renditions) != len(test.sizes) {
				t.Fatalf("%d renditions, want %d:\n%s", len(e.renditions), len(test.sizes), e.plan)
			}
			for i, r := range e.renditions {
				if got := [2]int{r.Width, r.Height}; got != test.sizes[i] {
					t.Errorf("rendition %s is %v, want %v", r.Name, got, test.sizes[i])
				}
				checkLength(t, r, test.seconds, r.FrameRate)
				checkSegments(t, e, i)
			}
			checkAligned(t, e.renditions)
			for _, last := range []transcode.EncodeProgress{e.last, e.sound} {
				if left := e.plan.DurationS() - last.Done.Seconds(); left > 0.5 {
					t.Errorf("progress ended %v s before the end", left)
				}
			}
		})
	}
}

func real(name string) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return recording(t, name) }
}

func made(name string, args ...string) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return generate(t, name, args...) }
}

func rotated(t *testing.T) string {
	t.Helper()
	flat := generate(t, "flat.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240:d=4", "-c:v", "libx264", "-preset", "ultrafast")
	return generate(t, "a.mp4", "-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=90")
}

// checkLength: Σ EXTINF, and the frames really there, agree with the source
// within one frame, in picture and sound.
func checkLength(t *testing.T, r transcode.EncodedRendition, seconds, rate float64) {
	t.Helper()
	sum := 0.0
	for _, length := range extinf(t, r) {
		sum += length
	}
	if math.Abs(sum-seconds) > 1/rate+1e-4 {
		t.Errorf("%s: Σ EXTINF %.4f s, source %.4f s", r.Name, sum, seconds)
	}
	playlist := filepath.Join(r.Dir, "index.m3u8")
	video, audio := packets(t, playlist, "v"), packets(t, playlist, "a")
	if got := float64(len(video)) / rate; math.Abs(got-sum) > 1e-3 {
		t.Errorf("%s: %d frames are %.4f s, Σ EXTINF %.4f s", r.Name, len(video), got, sum)
	}
	if len(audio) == 0 {
		t.Fatalf("%s: no sound track", r.Name)
	}
	last := audio[len(audio)-1]
	if got := last.pts + last.duration - video[0].pts; math.Abs(got-sum) > 1.0/rate+0.05 {
		t.Errorf("%s: sound ends at %.3f s, picture at %.3f s", r.Name, got, sum)
	}
	for i := 1; i < len(video); i++ {
		if step := video[i].dts - video[i-1].dts; math.Abs(step-1/rate) > 1e-3 {
			t.Fatalf("%s: frame %d follows after %.4f s", r.Name, i, step)
		}
	}
}

// checkSegments: each segment starts with a key frame, and there is one each
// two seconds.
func checkSegments(t *testing.T, e encoded, rung int) {
	t.Helper()
	r, gop := e.renditions[rung], e.plan.GOPOf(e.plan.Rungs[rung])
	for n := range extinf(t, r) {
		frames := packets(t, segment(t, r, n), "v")
		if len(frames) == 0 || !frames[0].key {
			t.Fatalf("%s: segment %d does not start with a key frame", r.Name, n)
		}
		for i, f := range frames {
			if f.key != (i%gop == 0) {
				t.Errorf("%s: segment %d frame %d: key frame %v", r.Name, n, i, f.key)
			}
		}
	}
}

// checkAligned: all rungs have the same segments and the same distance from
// decoding to showing their first frame. A halved rung's last frame may end one
// whole frame later.
func checkAligned(t *testing.T, renditions []transcode.EncodedRendition) {
	t.Helper()
	top := renditions[0]
	for _, r := range renditions[1:] {
		a, b := extinf(t, top), extinf(t, r)
		if len(a) != len(b) {
			t.Fatalf("%s has %d segments, %s has %d", top.Name, len(a), r.Name, len(b))
		}
		for n := range a {
			if last := n == len(a)-1; math.Abs(a[n]-b[n]) > 1e-6 && (!last || math.Abs(a[n]-b[n]) > 1/top.FrameRate+1e-6) {
				t.Errorf("segment %d lasts %v in %s, %v in %s", n, a[n], top.Name, b[n], r.Name)
			}
			x, y := packets(t, segment(t, top, n), "v")[0], packets(t, segment(t, r, n), "v")[0]
			if math.Abs(x.dts-y.dts) > 1e-4 || math.Abs((x.pts-x.dts)-(y.pts-y.dts)) > 1e-4 {
				t.Errorf("segment %d starts at %+v in %s, at %+v in %s", n, x, top.Name, y, r.Name)
			}
		}
	}
}

func TestPoster(t *testing.T) {
	t.Parallel()
	e := encode(t, recording(t, "edx_h264_aac.mp4"))
	path := filepath.Join(e.dir, "poster.jpg")
	if err := newTool(t).Poster(t.Context(), e.renditions[0], path); err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(path)
	if err != nil || len(head) < 3 || string(head[:3]) != "\xff\xd8\xff" {
		t.Fatalf("poster is no JPEG: %v", err)
	}
}
