package ffmpeg

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// Listen hears the whole sound track once, in stereo as it will be published;
// the picture is not decoded. What cannot be measured stays unmeasured: only
// being stopped is an error.
func (t *Tool) Listen(ctx context.Context, path string, plan transcode.Plan) (transcode.Loudness, error) {
	return t.listen(ctx, path, plan, nil)
}

func (t *Tool) listen(ctx context.Context, path string, plan transcode.Plan, progress func(transcode.EncodeProgress)) (transcode.Loudness, error) {
	if plan.AudioIndex < 0 {
		return transcode.Loudness{}, nil
	}
	var heard listener
	length := time.Duration(plan.DurationS() * float64(time.Second))
	err := t.Runner.Run(ctx, Command{
		Program: t.FFmpeg, Args: loudnessArgs(filepath.Base(path), plan), Dir: filepath.Dir(path),
		Stdout: &lines{each: (&progressParser{report: progress}).line}, Stderr: &lines{each: heard.line},
		Limits: Limits{Memory: probeMemory, CPU: time.Minute + length, Wall: 2*time.Minute + length, FileSize: 1 << 20},
	})
	if ctx.Err() != nil {
		return transcode.Loudness{}, context.Cause(ctx)
	}
	if err != nil || !heard.complete() {
		return transcode.Loudness{}, nil //nolint:nilerr // stays unmeasured
	}
	return transcode.Loudness{
		Measured: true, Integrated: heard.integrated, TruePeak: heard.peak, Left: heard.rms[0], Right: heard.rms[1],
	}, nil
}

func loudnessArgs(source string, plan transcode.Plan) []string {
	options := inputArgs()
	options["vn"], options["sn"], options["dn"] = "", "", ""
	output := placed(ffmpeg.Input("file:"+source, options).Get(strconv.Itoa(plan.AudioIndex)), plan).
		Filter("aresample", ffmpeg.Args{strconv.Itoa(plan.AudioRate)}).
		Filter("aformat", ffmpeg.Args{"channel_layouts=stereo"}).
		Filter("astats", ffmpeg.Args{"measure_perchannel=RMS_level", "measure_overall=none"}).
		Filter("ebur128", ffmpeg.Args{"peak=true", "framelog=verbose"}).
		Output("/dev/null", ffmpeg.KwArgs{"f": "null"})
	return append([]string{noBanner, "-nostdin", "-nostats", "-v", "info", "-progress", "pipe:1", "-stats_period", "0.5"}, output.GetArgs()...)
}

// listener reads the summaries that astats and ebur128 print at the end.
type listener struct {
	integrated, peak       float64
	rms                    []float64
	hasIntegrated, hasPeak bool
}

func (h *listener) line(line string) error {
	text := strings.TrimSpace(line)
	if _, level, found := strings.Cut(text, "RMS level dB: "); found {
		h.rms = append(h.rms, decibels(level))
	} else if level, found := strings.CutPrefix(text, "I: "); found {
		h.integrated, h.hasIntegrated = decibels(level), true
	} else if level, found := strings.CutPrefix(text, "Peak: "); found {
		h.peak, h.hasPeak = decibels(level), true
	}
	return nil
}

func (h *listener) complete() bool { return h.hasIntegrated && h.hasPeak && len(h.rms) == 2 }

// decibels reads "  -17.1 LUFS"; silence, "-inf" or "nan", is -200.
func decibels(s string) float64 {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return -200
	}
	level, ok := number(fields[0])
	if !ok || level != level || level < -200 {
		return -200
	}
	return level
}
