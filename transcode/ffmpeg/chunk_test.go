package ffmpeg_test

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"rounds/transcode"
	"rounds/transcode/ffmpeg"
)

// TestChunks: however a source is made, chunks of it joined show on every frame
// of the grid what the source shows then, once, as does an encode of the whole.
func TestChunks(t *testing.T) {
	t.Parallel()
	x264 := func(options ...string) []string {
		return append([]string{"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2"}, options...)
	}
	// Holes of 13.3 and 90 s: whole chunks show one frame that came long before.
	holes := []string{"-vf", "setpts=(N/7+13.3*gte(N\\,40)+90*gte(N\\,99))/TB", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"}
	openGOP := x264("-g", "40", "-x264-params", "open_gop=1:bframes=3:b-adapt=0:min-keyint=40:scenecut=0")
	tests := []struct {
		name   string
		file   string
		frames int
		rate   string
		args   []string
		// own: ffmpeg gives the frames times of its own making, so that only an
		// encode of the whole tells what is right.
		own bool
	}{
		{"30 a second", "a.mp4", 500, "30", x264("-g", "60"), false},
		{"29.97 in Matroska", "a.mkv", 500, "30000/1001", x264("-g", "77"), false},
		{"29.97 in MPEG-TS", "a.ts", 500, "30000/1001", x264("-g", "77"), false},
		{"a strange rate", "a.mp4", 300, "17.333", x264("-g", "60"), false},
		{"key frames far apart", "a.mp4", 500, "30", x264("-g", "1000"), false},
		{"key frames far apart, MPEG-TS", "a.ts", 900, "30", x264("-g", "333"), false},
		{"holes", "a.mp4", 140, "7", slices.Concat(holes, x264("-g", "50")), false},
		{"holes, Matroska", "a.mkv", 140, "7", slices.Concat(holes, x264("-g", "110")), false},
		{"holes, MPEG-TS", "a.ts", 140, "7", slices.Concat(holes, x264("-g", "50")), false},
		{"open GOP", "a.mp4", 400, "25", openGOP, false},
		{"open GOP, MPEG-TS", "a.ts", 400, "25", openGOP, false},
		{"MPEG-2, open GOP", "a.ts", 400, "25", []string{"-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "40", "-flags", "-cgop"}, false},
		{"HEVC with leading pictures", "a.mp4", 400, "25", []string{"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none:open-gop=1:keyint=40:bframes=3"}, false},
		{"AVI", "a.avi", 400, "25", []string{"-c:v", "mpeg4", "-q:v", "3", "-bf", "2", "-g", "77"}, true},
		{"interlaced, MPEG-TS", "a.ts", 400, "25", []string{"-vf", "setfield=tff", "-c:v", "mpeg2video", "-q:v", "2", "-g", "20", "-flags", "+ilme+ildct"}, true},
		{"Windows Media", "a.wmv", 400, "25", []string{"-c:v", "wmv2", "-q:v", "3", "-g", "77"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			source := counted(t, test.file, test.frames, test.rate, test.args...)
			plan := smallPlan(t, source)
			want := onGrid(t, source, plan)
			_, whole := encodeChunks(t, source, plan, plan.Segments())
			shown := numbers(t, filepath.Join(whole[0], plan.PictureFiles()[0]))
			if test.own {
				want = shown
			}
			compareNumbers(t, "whole", shown, want)
			length := 2
			if plan.Segments() > 10 {
				length = 6
			}
			parts := joinedParts(t, source, plan, length)
			for i, r := range parts {
				step := plan.GOP / plan.GOPOf(plan.Rungs[i])
				compareNumbers(t, r.Name+" in chunks", numbers(t, filepath.Join(r.Dir, "index.m3u8")), everyNth(want, step))
			}
			checkContinuity(t, plan, parts)
			cut := plan // an odd number of frames into it, and as many before its end
			cut.Skip = plan.Segment + 7
			cut.Frames -= 2 * cut.Skip
			var part []int
			_, dirs := encodeChunks(t, source, cut, length)
			for _, dir := range dirs {
				part = append(part, numbers(t, filepath.Join(dir, plan.PictureFiles()[0]))...)
			}
			compareNumbers(t, "cut", part, want[cut.Skip:cut.Skip+cut.Frames])
			top, low := parts[0], parts[1]
			for n := length; n < plan.Segments(); n += length { // as after a seek or a switch to a chunk's start
				from, to := n*plan.Segment, min((n+1)*plan.Segment, len(want))
				compareNumbers(t, fmt.Sprintf("%s segment %d", top.Name, n), numbers(t, segment(t, top, n)), want[from:to])
				compareNumbers(t, fmt.Sprintf("%s segment %d", low.Name, n), numbers(t, segment(t, low, n)), everyNth(want[from:to], 2))
			}
		})
	}
}

// smallPlan plans two rungs of small pictures, the lower one halved.
func smallPlan(t *testing.T, source string) transcode.Plan {
	t.Helper()
	probe, err := ffmpeg.Inspect(newTool(t), t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	plan := transcode.NewPlan(probe, transcode.PlanOptions{Preset: "ultrafast"})
	plan.GOP += plan.GOP % 2
	plan.Segment = 3 * plan.GOP
	plan.Rungs = nil
	for i, width := range []int{128, 64} {
		plan.Rungs = append(plan.Rungs, transcode.PlannedRung{
			Rung: transcode.Rung{Lines: width * 3 / 4, Width: width, Height: width * 3 / 4}, CRF: 20, MaxRate: 1_000_000, BufferBits: 1_000_000,
			Halved: i == 1, AudioBits: 128_000,
		})
	}
	return plan
}

// encodeChunks encodes a source in chunks of so many segments.
func encodeChunks(t *testing.T, source string, plan transcode.Plan, segments int) (chunks []transcode.Chunk, dirs []string) {
	t.Helper()
	for from := 0; from < plan.Frames; from += segments * plan.Segment {
		chunk := transcode.Chunk{Number: len(chunks), From: from, Frames: min(segments*plan.Segment, plan.Frames-from)}
		job := transcode.ChunkJob{Source: source, Dir: t.TempDir(), Plan: plan, Chunk: chunk}
		var last transcode.EncodeProgress
		if err := newTool(t).EncodeChunk(t.Context(), job, func(p transcode.EncodeProgress) { last = p }); err != nil {
			t.Fatal(err)
		}
		if last.Frame != chunk.Frames || last.Complaints > 0 {
			t.Errorf("chunk %+v ended with %+v", chunk, last)
		}
		chunks, dirs = append(chunks, chunk), append(dirs, job.Dir)
	}
	return chunks, dirs
}

// joinedParts encodes a source in chunks of so many segments, and joins them.
func joinedParts(t *testing.T, source string, plan transcode.Plan, segments int) []transcode.EncodedRendition {
	t.Helper()
	job := transcode.JoinJob{Plan: plan, Dir: t.TempDir(), Sound: t.TempDir()}
	var chunks []transcode.Chunk
	chunks, job.Chunks = encodeChunks(t, source, plan, segments)
	if _, err := newTool(t).EncodeSound(t.Context(), transcode.SoundJob{Source: source, Dir: job.Sound, Plan: plan}, nil); err != nil {
		t.Fatal(err)
	}
	made, err := ffmpeg.JoinChunks(newTool(t), t.Context(), job, chunks)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// onGrid tells which frame of the source stands at each frame of the grid, from
// the source's own times.
func onGrid(t *testing.T, source string, plan transcode.Plan) []int {
	t.Helper()
	frames := packets(t, source, "v")
	slices.SortFunc(frames, func(a, b packet) int { return cmp.Compare(a.at(), b.at()) })
	grid, next := make([]int, plan.Frames), 0
	for n := range grid {
		for next < len(frames) && math.Round((frames[next].at()-frames[0].at())*plan.Rate.Float()) <= float64(n) {
			next++
		}
		grid[n] = next - 1
	}
	return grid
}

// at is when a packet is shown; AVI tells no such times.
func (p packet) at() float64 {
	if math.IsNaN(p.pts) {
		return p.dts
	}
	return p.pts
}

func everyNth(list []int, step int) (some []int) {
	for i := 0; i < len(list); i += step {
		some = append(some, list[i])
	}
	return some
}

func compareNumbers(t *testing.T, what string, got, want []int) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d frames, want %d", what, len(got), len(want))
	}
	wrong, first := 0, -1
	for n := range min(len(got), len(want)) {
		if got[n] != want[n] {
			if wrong++; first < 0 {
				first = n
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d frames are wrong, the first at %d: got %v, want %v", what, wrong, len(want), first,
			got[first:min(len(got), first+8)], want[first:min(len(want), first+8)])
	}
}

// checkContinuity: in every rung decoding goes on evenly over all segments, and
// each segment begins with a key frame at the same time as in the top rung, for
// decoding and for showing.
func checkContinuity(t *testing.T, plan transcode.Plan, rungs []transcode.EncodedRendition) {
	t.Helper()
	var top []packet
	for i, r := range rungs {
		frames := packets(t, filepath.Join(r.Dir, "index.m3u8"), "v")
		if i == 0 {
			top = frames
		}
		for n := 1; n < len(frames); n++ {
			if step := frames[n].dts - frames[n-1].dts; math.Abs(step-1/r.FrameRate) > 1e-5 {
				t.Fatalf("%s: frame %d follows after %.6f s", r.Name, n, step)
			}
		}
		step := plan.GOP / plan.GOPOf(plan.Rungs[i])
		for n := 0; n < plan.Frames; n += plan.Segment {
			a, b := top[n], frames[n/step]
			if !b.key || math.Abs(a.dts-b.dts) > 1e-5 || math.Abs(a.pts-b.pts) > 1e-5 {
				t.Errorf("%s: frame %d is %+v, in the top rung %+v", r.Name, n, b, a)
			}
		}
	}
}
