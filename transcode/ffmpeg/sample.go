package ffmpeg

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
	"golang.org/x/sync/errgroup"

	"rounds/transcode"
)

// An excerpt is one group of pictures; a handful of them spread over the
// recording tell slides from a camera within seconds, however long it is.
const (
	excerptSeconds = 2
	maxExcerpts    = 5
)

// sample tries excerpts of the picture. What cannot be sampled stays unknown:
// only being stopped is an error.
func (t *Tool) sample(ctx context.Context, path string, p transcode.Probe) (transcode.Sample, error) {
	plan := transcode.NewPlan(p, transcode.PlanOptions{})
	s := transcode.Sample{Complexity: t.complexity(ctx, path, plan)}
	if s.Complexity.Excerpts == 0 && ctx.Err() == nil {
		s.Unreadable = t.unreadable(ctx, path, plan)
	}
	return s, context.Cause(ctx)
}

// unreadable tells whether the decoder, led through the whole file, makes not
// one picture. A decoder that was ended by a limit tells nothing.
func (t *Tool) unreadable(ctx context.Context, path string, plan transcode.Plan) bool {
	large, small := trialSizes(plan)
	e, err := t.try(ctx, path, excerptArgs(filepath.Base(path), fromStart, plan, large, small))
	var exit *exec.ExitError
	return e.packets[0] == 0 && (err == nil || errors.As(err, &exit) && exit.Exited())
}

// try encodes one excerpt.
func (t *Tool) try(ctx context.Context, path string, args []string) (excerpt, error) {
	var e excerpt
	err := t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: args, Dir: filepath.Dir(path), Stdout: &lines{each: e.packet},
		Limits: Limits{Memory: encodeMemory, CPU: time.Minute, Wall: time.Minute, FileSize: 1 << 20},
	})
	return e, err
}

// trialsAtOnce is how many excerpts are encoded at the same time: one decodes
// while another one encodes.
const trialsAtOnce = 2

// complexity encodes the excerpts; those that fail are left out.
func (t *Tool) complexity(ctx context.Context, path string, plan transcode.Plan) transcode.Complexity {
	large, small := trialSizes(plan)
	c := transcode.Complexity{
		Large: transcode.Trial{Pixels: large.Width * large.Height},
		Small: transcode.Trial{Pixels: small.Width * small.Height},
	}
	places := excerpts(plan.DurationS())
	tried := make([]excerpt, len(places))
	var group errgroup.Group
	group.SetLimit(trialsAtOnce)
	for i, at := range places {
		group.Go(func() error {
			e, err := t.try(ctx, path, excerptArgs(filepath.Base(path), at, plan, large, small))
			if err == nil {
				tried[i] = e
			}
			return nil
		})
	}
	_ = group.Wait() // what failed is empty
	if ctx.Err() != nil {
		return transcode.Complexity{}
	}
	var motions []float64
	for _, e := range tried {
		if e.packets[0] < 2 || e.packets[1] < 2 {
			continue
		}
		c.Excerpts++
		motions = append(motions, e.motion())
		c.Large.BitRate += e.bitRate(0, plan)
		c.Small.BitRate += e.bitRate(1, plan)
	}
	if c.Excerpts == 0 {
		return transcode.Complexity{}
	}
	slices.Sort(motions)
	c.Motion = motions[len(motions)/2]
	c.Large.BitRate /= float64(c.Excerpts)
	c.Small.BitRate /= float64(c.Excerpts)
	return c
}

// excerpts are the times at which to look, evenly spread.
func excerpts(length float64) []float64 {
	count := min(maxExcerpts, max(1, int(length/(2*excerptSeconds))))
	var at []float64
	for i := range count {
		at = append(at, max(0, length*(float64(i)+0.5)/float64(count)-excerptSeconds/2))
	}
	return at
}

// trialSizes are the highest rung of at most 480 lines, and a quarter of it.
func trialSizes(plan transcode.Plan) (large, small transcode.PlannedRung) {
	large = plan.Rungs[0]
	for _, r := range plan.Rungs {
		if large.Lines > 480 {
			large = r
		}
	}
	small = large
	small.Width, small.Height = max(2, large.Width/2&^1), max(2, large.Height/2&^1)
	return large, small
}

// fromStart is no time: nothing is sought.
const fromStart = -1

// excerptArgs decodes from the key frame before at and encodes at both sizes;
// the framecrc muxer prints a line for each packet and keeps nothing. B-frames
// are off, so that every packet but the first tells of motion alone.
func excerptArgs(source string, at float64, plan transcode.Plan, large, small transcode.PlannedRung) []string {
	frames := max(2, plan.GOP)
	options := inputArgs()
	if at != fromStart {
		options["ss"] = strconv.FormatFloat(at, 'f', 3, 64)
		options["noaccurate_seek"] = ""
	}
	split := ffmpeg.Input("file:"+source, options).Get(strconv.Itoa(plan.VideoIndex)).
		Filter("setpts", ffmpeg.Args{"PTS-STARTPTS"}).
		Filter("fps", ffmpeg.Args{plan.Rate.String()}).
		Filter("trim", ffmpeg.Args{"end_frame=" + strconv.Itoa(frames)}).
		Filter("scale", ffmpeg.Args{strconv.Itoa(large.Width), strconv.Itoa(large.Height), "flags=bilinear"}).
		Filter("format", ffmpeg.Args{"yuv420p"}).
		Split()
	halved := split.Get("1").Filter("scale", ffmpeg.Args{strconv.Itoa(small.Width), strconv.Itoa(small.Height), "flags=bilinear"})
	output := ffmpeg.Output([]*ffmpeg.Stream{split.Get("0"), halved}, "pipe:1", ffmpeg.KwArgs{
		"f": "framecrc", "c:v": "libx264", "preset:v": "veryfast", "crf": transcode.TrialCRF, "bf": 0,
		"g": 2 * frames, "sc_threshold": "0", "frames:v": frames,
	})
	return append([]string{"-hide_banner", "-nostdin", "-v", "error"}, output.GetArgs()...)
}

// excerpt gathers the packets of one run, [0] of the large and [1] of the
// small size.
type excerpt struct {
	packets [2]int
	key     [2]float64 // bytes of the first packet
	rest    [2]float64 // bytes of all others
}

// packet reads "stream, dts, pts, duration, size, checksum".
func (e *excerpt) packet(line string) error {
	fields := strings.Split(line, ",")
	if strings.HasPrefix(line, "#") || len(fields) < 5 {
		return nil
	}
	index, known := number(strings.TrimSpace(fields[0]))
	size, ok := number(strings.TrimSpace(fields[4]))
	stream := int(index)
	if !known || !ok || stream < 0 || stream > 1 {
		return nil
	}
	if e.packets[stream]++; e.packets[stream] == 1 {
		e.key[stream] = size
	} else {
		e.rest[stream] += size
	}
	return nil
}

func (e *excerpt) motion() float64 {
	return e.rest[0] / float64(e.packets[0]-1) / max(1, e.key[0])
}

// bitRate is that of a group of pictures; one cut short by the end of the
// recording has fewer pictures but a whole key frame.
func (e *excerpt) bitRate(size int, plan transcode.Plan) float64 {
	whole := e.rest[size] * float64(max(2, plan.GOP)-1) / float64(e.packets[size]-1)
	return (e.key[size] + whole) * 8 * plan.Rate.Float() / float64(plan.GOP)
}
