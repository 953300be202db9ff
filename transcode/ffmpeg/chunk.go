package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

var _ transcode.ChunkMedia = (*Tool)(nil)

// timelineArgs keep the source's own times, counted from the container's start,
// wherever reading begins. Without them ffmpeg counts from the place of the
// seek, rounded once more, and takes a long hole in an MPEG-TS for a break to
// be closed. Where the source's clock does start anew, ffmpeg's closing of
// breaks is what is wanted; such a source is one chunk.
func timelineArgs(plan transcode.Plan) []string {
	if plan.Broken {
		return nil
	}
	return []string{"-copyts", "-start_at_zero"}
}

// EncodeChunk implements transcode.ChunkMedia.
func (t *Tool) EncodeChunk(ctx context.Context, job transcode.ChunkJob, progress func(transcode.EncodeProgress)) error {
	source, err := filepath.Rel(job.Dir, job.Source)
	if err != nil {
		return fmt.Errorf("source path: %w", err)
	}
	from, err := t.findEntry(ctx, job)
	if err != nil {
		return fmt.Errorf("find where chunk %d begins: %w", job.Chunk.Number, err)
	}
	parser := &progressParser{report: progress, rate: job.Plan.Rate.Float()}
	var health decodeHealth
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: chunkArgs(source, job.Plan, job.Chunk, from), Dir: job.Dir,
		Stdout: &lines{each: parser.line}, Stderr: &lines{each: health.line}, Limits: chunkLimits(job.Plan, job.Chunk, from),
	})
	if err != nil {
		return err
	}
	if err := checkPictures(job); err != nil {
		return err
	}
	if progress != nil {
		parser.now.Complaints, parser.now.Decoded = max(0, health.complaints-from.complaints), health.decoded
		progress(parser.now)
	}
	return nil
}

// chunkArgs builds the command line that makes the pictures of a chunk in all
// rungs, one file each.
func chunkArgs(source string, plan transcode.Plan, chunk transcode.Chunk, from entry) []string {
	options := from.args()
	if !plan.Deinterlace { // whose filter must not see the size change
		options["reinit_filter:v"] = "0" // a new graph would lay the grid anew
	}
	input := ffmpeg.Input("file:"+source, options)
	var outputs []*ffmpeg.Stream
	for i, picture := range pictures(input, plan, chunk, from) {
		outputs = append(outputs, picture.Output("file:"+plan.PictureFiles()[i], pictureArgs(plan, plan.Rungs[i])))
	}
	args := append(append([]string{}, globalArgs...), timelineArgs(plan)...)
	return append(args, ffmpeg.MergeOutputs(outputs...).GetArgs()...)
}

// pictureArgs are the options of x264 and its file for one rung.
func pictureArgs(plan transcode.Plan, r transcode.PlannedRung) ffmpeg.KwArgs {
	args := asTimed(bare(ffmpeg.KwArgs{
		"f":   "mp4",
		"c:v": "libx264", "preset:v": plan.Preset, "profile:v": "high", "pix_fmt": "yuv420p",
		"crf": r.CRF, "maxrate": r.MaxRate, "bufsize": r.BufferBits,
		"g": plan.GOPOf(r), "keyint_min": plan.GOPOf(r), "sc_threshold": "0", "flags": "+cgop+global_header",
		"max_muxing_queue_size": "4096",
	}))
	if r.Halved {
		args["x264-params"] = "b-pyramid=none"
	}
	return args
}

// bare keeps what a presenter's file tells besides picture and sound out of an
// output: titles, places, chapters.
func bare(args ffmpeg.KwArgs) ffmpeg.KwArgs {
	args["map_metadata"], args["map_chapters"] = "-1", "-1"
	return args
}

// asTimed leaves an output's frames at the times that they have.
func asTimed(args ffmpeg.KwArgs) ffmpeg.KwArgs {
	args["fps_mode"] = "passthrough"
	return args
}

// chunkLimits allow a slow machine its time, also for reaching the chunk, and a
// runaway none. A file of twice what the highest cap permits is far too long.
func chunkLimits(plan transcode.Plan, chunk transcode.Chunk, from entry) Limits {
	limits := encodeLimits(plan)
	length := time.Duration(float64(chunk.Frames) / plan.Rate.Float() * float64(time.Second))
	way := time.Duration(max(0, startOf(plan, chunk)-from.at) * float64(time.Second))
	limits.CPU, limits.Wall = 10*time.Minute+100*length+20*way, 10*time.Minute+60*length+10*way
	for _, r := range plan.Rungs {
		limits.FileSize = max(limits.FileSize, 64<<20+int64(2*float64(r.MaxRate)/8*length.Seconds()))
	}
	return limits
}

// checkPictures holds every file of a chunk to the plan: a status of 0 alone
// proves nothing.
func checkPictures(job transcode.ChunkJob) error {
	var delay float64
	for i, name := range job.Plan.PictureFiles() {
		rung := job.Plan.Rungs[i]
		made, err := readMovie(filepath.Join(job.Dir, name))
		if err == nil {
			err = made.check(framesOf(job.Chunk.Frames, rung), job.Plan.GOPOf(rung), job.Plan.RateOf(rung))
		}
		if err != nil {
			return fmt.Errorf("chunk %d: %s: %w", job.Chunk.Number, name, err)
		}
		if i == 0 {
			delay = made.delay()
		}
		if made.delay() != delay {
			return fmt.Errorf("chunk %d: %s shows its first frame %v s after decoding, the top rung %v s", job.Chunk.Number, name, made.delay(), delay)
		}
	}
	return nil
}

// check: so many frames at that rate, an IDR frame each GOP and nowhere else,
// the first frame shown at zero.
func (m movie) check(frames, gop int, rate transcode.Ratio) error {
	switch {
	case m.frames != frames:
		return fmt.Errorf("%d frames, planned were %d", m.frames, frames)
	case m.step*rate.Num != m.timescale*rate.Den:
		return fmt.Errorf("a frame each %d/%d s, planned were %s a second", m.step, m.timescale, rate)
	case m.composition != m.begin:
		return errors.New("the first frame is not at zero")
	case len(m.keys) != (frames+gop-1)/gop:
		return fmt.Errorf("%d key frames, planned were %d", len(m.keys), (frames+gop-1)/gop)
	}
	for i, key := range m.keys {
		if key != i*gop {
			return fmt.Errorf("frame %d is a key frame, planned was %d", key, i*gop)
		}
	}
	return nil
}

// delay is how many seconds after its decoding the first frame is shown.
func (m movie) delay() float64 { return float64(m.composition) / float64(m.timescale) }
