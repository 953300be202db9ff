package ffmpeg

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// entry is where decoding of a chunk begins: at a key frame that is shown not
// after the chunk's first instant. What is shown there may be much older than
// the instant itself, when nothing moved. Its zero value is the source's start.
type entry struct {
	seek       float64 // what ffmpeg is asked for, seconds from the container's start
	at         float64 // where the key frame then found is shown
	complaints int     // of the decoder until that key frame is reached
}

// args are the options of the input.
func (e entry) args() ffmpeg.KwArgs {
	args := inputArgs()
	args["an"], args["sn"], args["dn"] = "", "", ""
	if e.seek > 0 {
		args["ss"] = strconv.FormatFloat(e.seek, 'f', 6, 64)
		args["noaccurate_seek"] = ""
	}
	return args
}

// startOf is the first instant of a chunk in seconds from the container's start.
func startOf(plan transcode.Plan, chunk transcode.Chunk) float64 {
	return float64(plan.Place(chunk))/plan.Rate.Float() + plan.ShiftS
}

// findEntry seeks to the chunk's start and sees what is decoded there. Where a
// container lands too late (MPEG-TS seeks to a time, not to a key frame; an
// index may be missing or wrong), it steps further and further back, in the end
// to the start.
//
// A key frame that is shown in time is enough: pictures that follow it in the
// file and are broken, because they refer to what was before it (open GOP), are
// shown before it, so that none of them is ever the one that stands.
func (t *Tool) findEntry(ctx context.Context, job transcode.ChunkJob) (entry, error) {
	if job.Plan.Place(job.Chunk) == 0 || job.Plan.Broken {
		return entry{}, nil
	}
	start := startOf(job.Plan, job.Chunk)
	for back := 0.0; back < start; back = 3*back + 0.5 {
		e := entry{seek: start - back}
		found, err := t.tryEntry(ctx, job, &e)
		if err != nil || found {
			return e, err
		}
	}
	return entry{}, nil
}

// timeTolerance is what a time may be off by rounding. It is far below the half
// frame by which the grid rounds.
const timeTolerance = 1e-6

// tryEntry decodes from e until a key frame or the chunk's start is reached.
func (t *Tool) tryEntry(ctx context.Context, job transcode.ChunkJob, e *entry) (found bool, err error) {
	start := startOf(job.Plan, job.Chunk)
	seen := landing{}
	var health decodeHealth
	err = t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: entryArgs(filepath.Base(job.Source), job.Plan, *e, start), Dir: filepath.Dir(job.Source),
		Stdout: &lines{each: seen.line}, Stderr: &lines{each: health.line},
		Limits: Limits{Memory: encodeMemory, CPU: 10 * time.Minute, Wall: 10 * time.Minute, FileSize: 1 << 20},
	})
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil || len(seen.times) < keysNeeded(job.Plan) || seen.times[len(seen.times)-1] > start+timeTolerance {
		return false, nil //nolint:nilerr // nothing can be read there, or too late
	}
	e.at, e.complaints = seen.times[0], health.complaints
	return true, nil
}

// keysNeeded is how many key frames must be shown by the chunk's start: a
// deinterlaced picture needs the one before it, whole.
func keysNeeded(plan transcode.Plan) int {
	if plan.Deinterlace {
		return 2
	}
	return 1
}

// entryArgs lets pass the key frames up to start, and whatever comes after it.
// The framecrc muxer prints a line for each picture and keeps nothing.
func entryArgs(source string, plan transcode.Plan, e entry, start float64) []string {
	wanted := fmt.Sprintf("key+gt(t,%.6f)", start+timeTolerance)
	output := ffmpeg.Input("file:"+source, e.args()).Get(strconv.Itoa(plan.VideoIndex)).
		Filter("select", ffmpeg.Args{wanted}).
		Output("pipe:1", asTimed(ffmpeg.KwArgs{"f": "framecrc", "frames:v": keysNeeded(plan), "enc_time_base": "-1"}))
	args := append([]string{noBanner, "-nostdin", "-v", "repeat+warning"}, timelineArgs(plan)...)
	return append(args, output.GetArgs()...)
}

// landing gathers the times of what framecrc prints.
type landing struct {
	base  transcode.Ratio
	times []float64
}

// line reads "#tb 0: 1/15360" and "stream, dts, pts, duration, size, checksum".
func (l *landing) line(line string) error {
	if base, found := strings.CutPrefix(line, "#tb 0: "); found {
		l.base = ratio(base, "/")
	}
	fields := strings.Split(line, ",")
	if strings.HasPrefix(line, "#") || len(fields) < 3 {
		return nil
	}
	if pts, ok := number(strings.TrimSpace(fields[2])); ok && l.base.Num > 0 {
		l.times = append(l.times, pts*l.base.Float())
	}
	return nil
}
