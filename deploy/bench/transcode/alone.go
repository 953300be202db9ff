package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	report "rounds/deploy/bench"
	"rounds/transcode"
)

// aloneSeconds of raw pictures in five sizes are about 1.7 GB.
const aloneSeconds = 10

// alone compares the encode of a short cut with x264 alone, given frames that
// are decoded and scaled already: what is left is decoding, scaling, sound,
// joining and the start of processes.
func (b *bench) alone(ctx context.Context, webinar string) ([]report.Figure, error) {
	cut := filepath.Join(b.dir, "cut.mp4")
	if err := b.ffmpeg(ctx, "-i", webinar, "-t", strconv.Itoa(aloneSeconds), "-c", "copy", cut); err != nil {
		return nil, err
	}
	plan, err := b.fiveRungs(ctx, cut)
	if err != nil {
		return nil, err
	}
	for _, r := range plan.Rungs {
		filter := fmt.Sprintf("fps=%s,scale=%d:%d:flags=bicubic,format=yuv420p", plan.RateOf(r), r.Width, r.Height)
		if err := b.ffmpeg(ctx, "-i", cut, "-an", "-vf", filter, "-c:v", "rawvideo", b.raw(r)); err != nil {
			return nil, err
		}
	}
	var wall, cpu series
	for range b.runs {
		stop := clock()
		if _, err := b.encode(ctx, cut, plan); err != nil {
			return nil, err
		}
		ourWall, ourCPU := stop()
		stop = clock()
		if err := b.ffmpeg(ctx, b.x264(plan)...); err != nil {
			return nil, err
		}
		aloneWall, aloneCPU := stop()
		wall.add(ourWall, aloneWall)
		cpu.add(ourCPU, aloneCPU)
	}
	input := fmt.Sprintf("%d s of webinar, five rungs, against x264 alone from raw frames", aloneSeconds)
	return []report.Figure{wall.figure("alone_wall", input, 0), cpu.figure("alone_cpu", input, 0)}, nil
}

func (b *bench) raw(r transcode.PlannedRung) string {
	return filepath.Join(b.dir, r.Name()+".nut")
}

// x264 encodes all raw rungs in one process and throws the result away.
func (b *bench) x264(plan transcode.Plan) (args []string) {
	var outputs []string
	for i, r := range plan.Rungs {
		args = append(args, "-i", b.raw(r))
		outputs = append(outputs, "-map", strconv.Itoa(i)+":v", "-c:v", "libx264", "-preset", plan.Preset, "-profile:v", "high", "-sc_threshold", "0",
			"-g", strconv.Itoa(plan.GOPOf(r)), "-keyint_min", strconv.Itoa(plan.GOPOf(r)), "-flags", "+cgop",
			"-crf", strconv.Itoa(r.CRF), "-maxrate", strconv.Itoa(r.MaxRate), "-bufsize", strconv.Itoa(r.BufferBits), "-f", "null", "-")
	}
	return append(args, outputs...)
}
