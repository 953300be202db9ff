package ffmpeg_test

import (
	"encoding/binary"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

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
