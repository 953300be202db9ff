package ffmpeg

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// listening is the share of EncodeSound's time that the first pass takes.
const listening = 0.4

// EncodeSound implements transcode.ChunkMedia: it hears the whole sound, then
// levels and encodes it.
func (t *Tool) EncodeSound(ctx context.Context, job transcode.SoundJob, progress func(transcode.EncodeProgress)) (transcode.Loudness, error) {
	tell := func(done, share float64) func(transcode.EncodeProgress) {
		return func(p transcode.EncodeProgress) {
			p.Done = time.Duration(done*job.Plan.DurationS()*1e9 + share*float64(p.Done))
			p.Speed *= share
			if progress != nil {
				progress(p)
			}
		}
	}
	heard, err := t.listen(ctx, job.Source, job.Plan, tell(0, listening))
	if err != nil {
		return transcode.Loudness{}, err
	}
	if err := t.writeSound(ctx, job, heard.Leveling(), tell(listening, 1-listening)); err != nil {
		return transcode.Loudness{}, err
	}
	return heard, nil
}

// writeSound is the second pass.
func (t *Tool) writeSound(ctx context.Context, job transcode.SoundJob, level transcode.Leveling, progress func(transcode.EncodeProgress)) error {
	source, err := filepath.Rel(job.Dir, job.Source)
	if err != nil {
		return fmt.Errorf("source path: %w", err)
	}
	parser := &progressParser{report: progress}
	var health decodeHealth
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: soundArgs(source, job.Plan, level), Dir: job.Dir,
		Stdout: &lines{each: parser.line}, Stderr: &lines{each: health.line}, Limits: soundLimits(job.Plan),
	})
	if err != nil {
		return err
	}
	for _, bits := range audioRates(job.Plan) {
		if err := t.checkSound(ctx, filepath.Join(job.Dir, transcode.SoundFile(bits)), job.Plan); err != nil {
			return err
		}
	}
	parser.now.Done = time.Duration(job.Plan.DurationS() * float64(time.Second))
	parser.now.Complaints = health.complaints
	progress(parser.now)
	return nil
}

// soundArgs builds the command line that makes the sound, one file a bit rate.
func soundArgs(source string, plan transcode.Plan, level transcode.Leveling) []string {
	options := inputArgs()
	options["vn"], options["sn"], options["dn"] = "", "", ""
	rates := audioRates(plan)
	var outputs []*ffmpeg.Stream
	for i, s := range sounds(ffmpeg.Input("file:"+source, options), plan, level) {
		outputs = append(outputs, s.Output("file:"+transcode.SoundFile(rates[i]), bare(ffmpeg.KwArgs{"f": "mp4", "c:a": "aac", "b:a": rates[i]})))
	}
	args := append(append([]string{}, globalArgs...), timelineArgs(plan)...)
	return append(args, ffmpeg.MergeOutputs(outputs...).GetArgs()...)
}

// soundLimits allow for an hour of sound what an hour lasts, at most.
func soundLimits(plan transcode.Plan) Limits {
	length := time.Duration(plan.DurationS() * float64(time.Second))
	size := int64(64 << 20)
	for _, bits := range audioRates(plan) {
		size = max(size, 64<<20+int64(float64(bits)/4*length.Seconds()))
	}
	return Limits{Memory: encodeMemory, CPU: 10*time.Minute + length, Wall: 10*time.Minute + length, FileSize: size}
}

// checkSound holds a file with sound to the plan's length, give or take one
// AAC frame and its rounding.
func (t *Tool) checkSound(ctx context.Context, path string, plan transcode.Plan) error {
	end := 0.0
	err := t.ffprobe(ctx, path, &lines{each: func(line string) error {
		at, length, _ := strings.Cut(line, ",")
		end = max(end, seconds(at)+seconds(length))
		return nil
	}}, "-show_entries", "packet=pts_time,duration_time", "-print_format", "csv=print_section=0")
	if err != nil {
		return err
	}
	if frame := 1024 / float64(plan.AudioRate); math.Abs(end-plan.DurationS()) > 1.5*frame {
		return fmt.Errorf("%s lasts %.3f s, planned were %.3f s", filepath.Base(path), end, plan.DurationS())
	}
	return nil
}
