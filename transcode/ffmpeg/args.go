package ffmpeg

import (
	"fmt"
	"slices"
	"strconv"

	"rounds/transcode"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// noBanner keeps the version out of what is read.
const noBanner = "-hide_banner"

// globalArgs come first in every ffmpeg run; ffmpeg-go would put them last,
// where -nostdin and the log level come too late. The level is that at which
// ffmpeg tells in the end how many frames were decoded; how many are too few is
// not its to judge.
var globalArgs = []string{noBanner, "-nostdin", "-y", "-v", "repeat+verbose", "-progress", "pipe:1", "-stats_period", "0.5", "-max_error_rate", "1"}

// withGlobal are the arguments of a run that makes output.
func withGlobal(output *ffmpeg.Stream) []string {
	return append(append([]string{}, globalArgs...), output.GetArgs()...)
}

func inputArgs() ffmpeg.KwArgs {
	args := ffmpeg.KwArgs{"max_pixels": maxPixels}
	for name, value := range inputOptions {
		args[name] = value
	}
	return args
}

// pictures puts the source on the frame grid and scales the chunk's part of it
// down step by step.
func pictures(input *ffmpeg.Stream, plan transcode.Plan, chunk transcode.Chunk, from entry) []*ffmpeg.Stream {
	at := onGrid(input.Get(strconv.Itoa(plan.VideoIndex)), plan, chunk, from)
	var rungs []*ffmpeg.Stream
	for i, rung := range plan.Rungs {
		if i == 0 {
			at = ordinary(scale(at, rung, coloured(plan)...), plan)
		} else {
			at = scale(at, rung)
		}
		if i < len(plan.Rungs)-1 {
			split := at.Split()
			rungs, at = append(rungs, paced(split.Get("0"), rung)), split.Get("1")
			continue
		}
		rungs = append(rungs, paced(at, rung))
	}
	return rungs
}

// paced keeps every second frame of a halved rung, the first one included.
func paced(s *ffmpeg.Stream, r transcode.PlannedRung) *ffmpeg.Stream {
	if r.Halved {
		return s.Filter("framestep", ffmpeg.Args{"2"})
	}
	return s
}

// onGrid makes exactly the chunk's frames at a constant rate from time zero. The
// grid is that of the whole source: at its front the first frame is repeated, at
// its end the last one. Where decoding begins later, the grid begins at the frame
// that is decoded first, counted on the same clock with the same rounding.
func onGrid(s *ffmpeg.Stream, plan transcode.Plan, chunk transcode.Chunk, from entry) *ffmpeg.Stream {
	if plan.Deinterlace {
		s = s.Filter("bwdif", ffmpeg.Args{"mode=send_frame", "deint=interlaced"})
	}
	if plan.ShiftS > 0 {
		s = s.Filter("setpts", ffmpeg.Args{fmt.Sprintf("PTS-%.6f/TB", plan.ShiftS)})
	}
	// ffmpeg may end a variable rate with the last frame's own time, on which fps
	// would drop it: one more of it, and rounding the end up, keep it.
	s = s.Filter("tpad", ffmpeg.Args{"stop=1", "stop_mode=clone"})
	grid, place := ffmpeg.Args{"fps=" + plan.Rate.String(), "round=near", "eof_action=pass"}, plan.Place(chunk)
	if from.seek == 0 {
		grid = append(grid, "start_time=0")
	}
	return s.Filter("fps", grid).
		Filter("tpad", ffmpeg.Args{"stop=-1", "stop_mode=clone"}).
		Filter("trim", ffmpeg.Args{fmt.Sprintf("start_pts=%d", place), fmt.Sprintf("end_pts=%d", place+chunk.Frames)}).
		Filter("setpts", ffmpeg.Args{fmt.Sprintf("PTS-%d", place)})
}

func scale(s *ffmpeg.Stream, r transcode.PlannedRung, options ...string) *ffmpeg.Stream {
	size := ffmpeg.Args{strconv.Itoa(r.Width), strconv.Itoa(r.Height), "flags=bicubic"}
	return s.Filter("scale", append(size, options...)).Filter("setsar", ffmpeg.Args{"1"})
}

// ordinary makes 8-bit 4:2:0 of whatever the source has.
func ordinary(s *ffmpeg.Stream, plan transcode.Plan) *ffmpeg.Stream {
	if plan.ToneMap {
		s = named(s, plan).Filter("zscale", ffmpeg.Args{"t=linear", "npl=100"}).
			Filter("format", ffmpeg.Args{"gbrpf32le"}).
			Filter("zscale", ffmpeg.Args{"p=bt709"}).
			Filter("tonemap", ffmpeg.Args{"tonemap=hable", "desat=0"}).
			Filter("zscale", ffmpeg.Args{"t=bt709", "m=bt709", "r=tv"})
	}
	return s.Filter("format", ffmpeg.Args{"yuv420p"}).
		Filter("setparams", ffmpeg.Args{"range=tv", "colorspace=" + plan.Colours.To})
}

// audioRates are the different bit rates of sound, in the order of the rungs.
func audioRates(plan transcode.Plan) []int {
	var rates []int
	for _, r := range plan.Rungs {
		if !slices.Contains(rates, r.AudioBits) {
			rates = append(rates, r.AudioBits)
		}
	}
	return rates
}

// sound gives exactly the length of the picture from time zero, in stereo:
// gaps are filled with silence, and a source without sound is all silence. What
// is cut off before it is decoded all the same: it costs little, and not every
// container leads to a place in its sound.
func sound(input *ffmpeg.Stream, plan transcode.Plan, level transcode.Leveling) *ffmpeg.Stream {
	at := func(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 6, 64) }
	length := "end=" + at(plan.DurationS())
	if plan.AudioIndex < 0 {
		silence := fmt.Sprintf("anullsrc=r=%d:cl=stereo", plan.AudioRate)
		return ffmpeg.Input(silence, ffmpeg.KwArgs{"f": "lavfi"}).Filter("atrim", ffmpeg.Args{length})
	}
	whole := stereo(input, plan, "async=1", "first_pts=0")
	if plan.Skip > 0 {
		whole = whole.Filter("atrim", ffmpeg.Args{"start=" + at(plan.SkipS())}).Filter("asetpts", ffmpeg.Args{"PTS-" + at(plan.SkipS()) + "/TB"})
	}
	return leveled(whole, level).
		Filter("apad", nil).
		Filter("atrim", ffmpeg.Args{length})
}

// stereo brings the plan's sound track, counted from the picture's start, to its
// rate and two channels.
func stereo(input *ffmpeg.Stream, plan transcode.Plan, options ...string) *ffmpeg.Stream {
	s := placed(input.Get(strconv.Itoa(plan.AudioIndex)), plan)
	if plan.ShiftS > 0 {
		s = s.Filter("asetpts", ffmpeg.Args{fmt.Sprintf("PTS-%.6f/TB", plan.ShiftS)})
	}
	return s.Filter("aresample", append(ffmpeg.Args{strconv.Itoa(plan.AudioRate)}, options...)).
		Filter("aformat", ffmpeg.Args{"channel_layouts=stereo"})
}

// limitAt is what the limiter keeps samples below, as a fraction of full scale:
// 0.7 dB below the true peak wanted, for what lies between the samples.
const limitAt = "0.776"

// leveled brings the sound to its loudness by a constant gain.
func leveled(s *ffmpeg.Stream, l transcode.Leveling) *ffmpeg.Stream {
	if l.From >= 0 {
		s = s.Filter("pan", ffmpeg.Args{fmt.Sprintf("stereo|c0=c%d|c1=c%d", l.From, l.From)})
	}
	if l.GainDB != 0 {
		s = s.Filter("volume", ffmpeg.Args{fmt.Sprintf("%.2fdB", l.GainDB)})
	}
	if l.Limit {
		s = s.Filter("alimiter", ffmpeg.Args{"limit=" + limitAt, "level=disabled", "attack=5", "release=50"})
	}
	return s
}

// posterArgs picks the most telling of some frames of a segment.
func posterArgs(segment, poster string) []string {
	args := ffmpeg.KwArgs{"frames:v": 1, "q:v": 3, "f": "image2", "update": 1, "map_metadata": "-1"}
	output := ffmpeg.Input("file:"+segment, inputArgs()).Get("v:0").
		Filter("thumbnail", ffmpeg.Args{"30"}).
		Output("file:"+poster, args)
	return withGlobal(output)
}
