package ffmpeg_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"rounds/catalog"
	"rounds/transcode"
)

// TestSoundOfNothing: a source without sound gets silence, one file a bit rate,
// of the plan's length.
func TestSoundOfNothing(t *testing.T) {
	t.Parallel()
	plan := transcode.Plan{
		Rate: transcode.Ratio{Num: 30000, Den: 1001}, Frames: 301, AudioIndex: -1, AudioRate: 48_000,
		Rungs: []transcode.PlannedRung{{AudioBits: 128_000}, {AudioBits: 128_000}, {AudioBits: 40_000}},
	}
	dir := t.TempDir()
	heard, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: "/nonexistent", Dir: dir, Plan: plan}, nil)
	if err != nil || heard != (transcode.Loudness{}) {
		t.Fatalf("heard %+v, %v", heard, err)
	}
	for _, bits := range []int{128_000, 40_000} {
		samples := listen(t, filepath.Join(dir, transcode.SoundFile(bits)))
		if off := float64(len(samples))/48_000 - plan.DurationS(); math.Abs(off) > 1024.0/48_000 || slices.Max(samples) > 0 {
			t.Errorf("%d bit/s: %v s too long, loudest sample %d", bits, off, slices.Max(samples))
		}
	}
}

// TestSoundKeepsItsTime: a break of 25 s in a transport stream, as of a recorder
// that was paused, stays a break; what follows is in step with the picture.
func TestSoundKeepsItsTime(t *testing.T) {
	t.Parallel()
	source := generate(t, "a.ts", "-f", "lavfi", "-i", "testsrc2=r=10:s=64x48:d=10", "-f", "lavfi", "-i", "sine=r=48000:d=10",
		"-vf", "setpts=PTS+25*gte(T\\,5)/TB", "-af", "asetpts=PTS+25*gte(T\\,5)/TB", "-fps_mode", "passthrough", "-enc_time_base", "1/1000",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-c:a", "mp2")
	plan := smallPlan(t, source)
	dir := t.TempDir()
	if _, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: dir, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	samples := listen(t, filepath.Join(dir, transcode.SoundFile(128_000)))
	for second, sounds := range map[int]bool{1: true, 4: true, 6: false, 15: false, 29: false, 31: true, 34: true} {
		if got := slices.Max(samples[second*48_000-4800:second*48_000+4800]) > 1000; got != sounds {
			t.Errorf("at %d s there is sound: %v", second, got)
		}
	}
}

// TestSoundThatChanges: a transport stream whose sound goes from stereo to mono
// and to 5.1 at another rate, as when parts are put one behind the other, is
// heard at its times.
func TestSoundThatChanges(t *testing.T) {
	t.Parallel()
	var whole []byte
	for i, form := range [][]string{{"-ac", "2"}, {"-ac", "1"}, {"-af", "pan=5.1|c0=c0|c1=c0", "-ar", "44100"}} {
		args := []string{
			"-f", "lavfi", "-i", "testsrc2=r=10:s=64x48:d=4", "-f", "lavfi", "-i", fmt.Sprintf("sine=r=48000:d=4:f=%d", 500+500*i),
			"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-c:a", "aac", "-output_ts_offset", strconv.Itoa(4 * i),
		}
		part, err := os.ReadFile(generate(t, fmt.Sprintf("%d.ts", i), append(args, form...)...))
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, part...)
	}
	source := filepath.Join(t.TempDir(), "whole.ts")
	if err := os.WriteFile(source, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	plan, dir := smallPlan(t, source), t.TempDir()
	if _, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: dir, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	samples := listen(t, filepath.Join(dir, transcode.SoundFile(128_000)))
	for second, want := range []int{500, 500, 500, 500, 1000, 1000, 1000, 1000, 1500, 1500, 1500} {
		middle := samples[second*48_000+12_000 : second*48_000+36_000]
		crossings := 0
		for i := range middle[1:] {
			if middle[i] < 0 && middle[i+1] >= 0 {
				crossings++
			}
		}
		if off := 2*crossings - want; off < -20 || off > 20 {
			t.Errorf("in second %d the pitch is %d Hz, want %d", second, 2*crossings, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// listen decodes a file to mono samples at 48 kHz.
func listen(t *testing.T, path string) []int16 {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-f", "s16le", "-ac", "1", "-ar", "48000", "pipe:1").Output()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(out)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(out[2*i:])) //nolint:gosec // G115: the same bits
	}
	return samples
}

// TestListenersAgree: what several listeners hear of a sound track is what one
// hears, and what ffmpeg's own meter says of the whole.
func TestListenersAgree(t *testing.T) {
	t.Parallel()
	// A minute of noise that swells from 60 dB below, with silence in the middle,
	// and louder by 6 dB on the left.
	source := generate(t, "swell.mov", "-f", "lavfi", "-i", "testsrc2=r=2:s=64x48:d=60",
		"-f", "lavfi", "-i", "anoisesrc=r=48000:d=60:c=pink:a=0.5:seed=4",
		"-filter_complex", "[1:a]volume='if(between(t,20,40),0,pow(10,(-60+t)/20))':eval=frame,pan=stereo|c0=c0|c1=0.5*c0[a]",
		"-map", "0:v", "-map", "[a]", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le")
	tool, plan := newTool(t), smallPlan(t, source)
	one, err := tool.ListenBy(t.Context(), 1, source, plan)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-hide_banner", "-i", source, "-vn", "-af", "ebur128=framelog=verbose", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`I: +(-[0-9.]+) LUFS`).FindSubmatch(out)
	if whole, _ := strconv.ParseFloat(string(found[1]), 64); math.Abs(one.Integrated-whole) > 0.1 {
		t.Errorf("integrated %.2f LUFS, ffmpeg says %.1f", one.Integrated, whole)
	}
	if d := one.Left - one.Right; math.Abs(d-6) > 0.2 {
		t.Errorf("left %.1f, right %.1f dB", one.Left, one.Right)
	}
	for _, n := range []int{2, 3, 4} {
		many, err := tool.ListenBy(t.Context(), n, source, plan)
		if err != nil {
			t.Fatal(err)
		}
		for what, d := range map[string]float64{
			"integrated": many.Integrated - one.Integrated, "peak": many.TruePeak - one.TruePeak,
			"left": many.Left - one.Left, "right": many.Right - one.Right,
		} {
			if math.Abs(d) > 0.1 {
				t.Errorf("%d listeners: %s is off by %.2f", n, what, d)
			}
		}
	}
}

// TestSoundOfACut: what is left of a recording is heard at its time, and leveled
// by what is left alone.
func TestSoundOfACut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.mp4", "a.ts", "a.mkv"} {
		// A tone from 12 to 13 s among what is loud before and silent after.
		source := generate(t, name, "-f", "lavfi", "-i", "testsrc2=r=10:s=64x48:d=30", "-f", "lavfi", "-i", "sine=r=48000:d=30",
			"-af", "volume='if(lt(t,8),6,if(between(t,12,13),0.5,0))':eval=frame", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "0", "-c:a", "aac")
		plan, dir := smallPlan(t, source).Cut(catalog.Cut{FromMS: 10_500, ToMS: 20_500}), t.TempDir()
		heard, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: dir, Plan: plan}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if heard.TruePeak > -20 {
			t.Errorf("%s: what was cut off was heard: %+v", name, heard)
		}
		samples := listen(t, filepath.Join(dir, transcode.SoundFile(128_000)))
		if off := len(samples) - 480_000; off < -2048 || off > 2048 {
			t.Errorf("%s: %d samples too many", name, off)
		}
		loud := func(s int16) bool { return s > 500 }
		first := float64(slices.IndexFunc(samples, loud)) / 48_000
		slices.Reverse(samples)
		last := 10 - float64(slices.IndexFunc(samples, loud))/48_000
		if math.Abs(first-1.5) > 0.06 || math.Abs(last-2.5) > 0.06 {
			t.Errorf("%s: the tone is heard from %.2f to %.2f s", name, first, last)
		}
	}
}
