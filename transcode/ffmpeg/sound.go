package ffmpeg

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
	"golang.org/x/sync/errgroup"

	"rounds/transcode"
)

// listening is the share of EncodeSound's time that the first pass takes.
const listening = 0.15

// EncodeSound implements transcode.ChunkMedia: it hears the whole sound, then
// levels and encodes it, each bit rate by a process of its own, for ffmpeg's AAC
// encoder keeps one core busy.
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
	rates := audioRates(job.Plan)
	all := newSlowest(len(rates), tell(listening, 1-listening))
	group, ctx := errgroup.WithContext(ctx)
	for i, bits := range rates {
		group.Go(func() error {
			return t.writeSound(ctx, job, heard.Leveling(), bits, func(p transcode.EncodeProgress) { all.tell(i, p) })
		})
	}
	if err := group.Wait(); err != nil {
		return transcode.Loudness{}, err
	}
	return heard, nil
}

// writeSound is the second pass for one bit rate.
func (t *Tool) writeSound(ctx context.Context, job transcode.SoundJob, level transcode.Leveling, bits int, progress func(transcode.EncodeProgress)) error {
	source, err := filepath.Rel(job.Dir, job.Source)
	if err != nil {
		return fmt.Errorf("source path: %w", err)
	}
	parser := &progressParser{report: progress}
	var health decodeHealth
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: soundArgs(source, job.Plan, level, bits), Dir: job.Dir,
		Stdout: &lines{each: parser.line}, Stderr: &lines{each: health.line}, Limits: soundLimits(job.Plan),
	})
	if err != nil {
		return err
	}
	if err := t.checkSound(ctx, filepath.Join(job.Dir, transcode.SoundFile(bits)), job.Plan); err != nil {
		return err
	}
	parser.now.Done = time.Duration(job.Plan.DurationS() * float64(time.Second))
	parser.now.Complaints = health.complaints
	progress(parser.now)
	return nil
}

// soundArgs builds the command line that makes the sound of one bit rate.
func soundArgs(source string, plan transcode.Plan, level transcode.Leveling, bits int) []string {
	options := inputArgs()
	options["vn"], options["sn"], options["dn"] = "", "", ""
	output := sound(ffmpeg.Input("file:"+source, options), plan, level).
		Output("file:"+transcode.SoundFile(bits), bare(ffmpeg.KwArgs{"f": "mp4", "c:a": "aac", "b:a": bits}))
	args := append(append([]string{}, globalArgs...), timelineArgs(plan)...)
	return append(args, output.GetArgs()...)
}

// slowest makes one progress of several runs over the same sound: that of the
// one that is least far.
type slowest struct {
	mu     sync.Mutex
	runs   []transcode.EncodeProgress
	report func(transcode.EncodeProgress)
}

func newSlowest(runs int, report func(transcode.EncodeProgress)) *slowest {
	return &slowest{runs: make([]transcode.EncodeProgress, runs), report: report}
}

func (s *slowest) tell(run int, p transcode.EncodeProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[run] = p
	s.report(slices.MinFunc(s.runs, func(a, b transcode.EncodeProgress) int { return cmp.Compare(a.Done, b.Done) }))
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
