package ffmpeg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
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
	source, err := filepath.Rel(job.Dir, job.Source)
	if err != nil {
		return transcode.Loudness{}, fmt.Errorf("source path: %w", err)
	}
	track := soundTrack{source: source, plan: job.Plan, timeline: timelineArgs(job.Plan)}
	err = t.writeSounds(ctx, job, track, heard.Leveling(), tell(listening, 1-listening))
	if errors.Is(err, errUneven) {
		err = t.writeEvened(ctx, job, track, heard.Leveling(), tell(listening, 1-listening))
	}
	if err != nil {
		return transcode.Loudness{}, err
	}
	return heard, nil
}

// soundTrack is what the second pass reads.
type soundTrack struct {
	source   string // path from the job's folder
	plan     transcode.Plan
	timeline []string // how its times are read
}

// writeSounds is the second pass.
func (t *Tool) writeSounds(ctx context.Context, job transcode.SoundJob, track soundTrack, level transcode.Leveling, progress func(transcode.EncodeProgress)) error {
	rates := audioRates(job.Plan)
	all := newSlowest(len(rates), progress)
	group, ctx := errgroup.WithContext(ctx)
	for i, bits := range rates {
		group.Go(func() error {
			return t.writeSound(ctx, job, track, level, bits, func(p transcode.EncodeProgress) { all.tell(i, p) })
		})
	}
	return group.Wait()
}

// errUneven says that what came out does not fill the plan's time: sound whose
// channels or sampling rate change on the way, as in recordings of several parts,
// makes ffmpeg set its filters up anew, and each set begins at zero.
var errUneven = errors.New("sound does not fill its time")

// evened is a scratch file: the sound at one rate with two channels all along.
const evened = "evened.mkv"

// writeEvened is the second pass over such sound: it is brought to one form first,
// by filters that have no beginning.
func (t *Tool) writeEvened(ctx context.Context, job transcode.SoundJob, track soundTrack, level transcode.Leveling, progress func(transcode.EncodeProgress)) error {
	path := filepath.Join(job.Dir, evened)
	defer os.Remove(path) //nolint:errcheck // scratch, and missing when the run failed
	limits := soundLimits(job.Plan)
	limits.FileSize = 256<<20 + int64(4*float64(job.Plan.AudioRate)*job.Plan.SourceS*1.1)
	err := t.Runner.Run(ctx, Command{Program: t.FFmpeg, Args: evenArgs(track), Dir: job.Dir, Limits: limits})
	if err != nil {
		return err
	}
	track.source, track.plan.AudioIndex, track.plan.MixChannels = evened, 0, 0
	if len(track.timeline) > 0 {
		track.timeline = []string{"-copyts"} // its times count from the source's start already
	}
	return t.writeSounds(ctx, job, track, level, progress)
}

// evenArgs keep every sample at its time.
func evenArgs(track soundTrack) []string {
	unshifted := track.plan
	unshifted.ShiftS = 0 // the second pass does that
	output := stereo(soundInput(track), unshifted, "async=1").
		Output("file:"+evened, bare(ffmpeg.KwArgs{"f": "matroska", "c:a": "pcm_s16le"}))
	return append(append(append([]string{}, globalArgs...), track.timeline...), output.GetArgs()...)
}

func soundInput(track soundTrack) *ffmpeg.Stream {
	options := inputArgs()
	options["vn"], options["sn"], options["dn"] = "", "", ""
	return ffmpeg.Input("file:"+track.source, options)
}

// writeSound is the second pass for one bit rate.
func (t *Tool) writeSound(ctx context.Context, job transcode.SoundJob, track soundTrack, level transcode.Leveling, bits int, progress func(transcode.EncodeProgress)) error {
	parser := &progressParser{report: progress}
	var health decodeHealth
	err := t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: soundArgs(track, level, bits), Dir: job.Dir,
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
func soundArgs(track soundTrack, level transcode.Leveling, bits int) []string {
	output := sound(soundInput(track), track.plan, level).
		Output("file:"+transcode.SoundFile(bits), bare(ffmpeg.KwArgs{"f": "mp4", "c:a": "aac", "b:a": bits}))
	return append(append(append([]string{}, globalArgs...), track.timeline...), output.GetArgs()...)
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
// AAC frame and its rounding: its end, and what is in it. errUneven.
func (t *Tool) checkSound(ctx context.Context, path string, plan transcode.Plan) error {
	end, sum := 0.0, 0.0
	err := t.ffprobe(ctx, path, &lines{each: func(line string) error {
		at, length, _ := strings.Cut(line, ",")
		end = max(end, seconds(at)+seconds(length))
		sum++
		return nil
	}}, "-show_entries", "packet=pts_time,duration_time", "-print_format", "csv=print_section=0")
	if err != nil {
		return err
	}
	frame := 1024 / float64(plan.AudioRate)
	sum *= frame
	// The encoder begins with a frame of priming, and fills its last one.
	if math.Abs(end-plan.DurationS()) > 1.5*frame || math.Abs(sum-plan.DurationS()) > 3*frame {
		return fmt.Errorf("%w: %s ends at %.3f s and has %.3f s, planned were %.3f s", errUneven, filepath.Base(path), end, sum, plan.DurationS())
	}
	return nil
}
