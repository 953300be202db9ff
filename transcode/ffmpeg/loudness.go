package ffmpeg

import (
	"context"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
	"golang.org/x/sync/errgroup"

	"rounds/transcode"
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
	if progress == nil {
		progress = func(transcode.EncodeProgress) {}
	}
	part, whole := partOf(plan), passage{0, math.Inf(1)}
	for _, try := range slices.Compact([]struct {
		passage
		listeners int
	}{{part, listenersFor(plan)}, {part, 1}, {whole, 1}}) {
		heard, err := t.listenBy(ctx, try.listeners, path, plan, try.passage, progress)
		if ctx.Err() != nil {
			return transcode.Loudness{}, context.Cause(ctx)
		}
		if err == nil && heard.complete() {
			return heard.loudness(), nil
		}
	}
	return transcode.Loudness{}, nil
}

// passage is a part of a source, in seconds from the container's start.
type passage struct{ from, to float64 }

// partOf is what a plan shows of its source. Its end is open where that of the
// source is: sound may outlast the picture.
func partOf(plan transcode.Plan) passage {
	part := passage{plan.SkipS(), plan.SkipS() + plan.DurationS()}
	if plan.Broken {
		part.from = 0 // nothing can be sought in it
	}
	if part.to > plan.SourceS-1/plan.Rate.Float() {
		part.to = math.Inf(1)
	}
	return part
}

// Several listeners share a long sound track: measuring true peaks keeps a core
// busy for half a minute an hour, and nothing can be encoded before. What they
// hear is put together from blocks (see integrated), so that it is the same as
// one would have heard.
const (
	listenersAtMost = 4
	listenAtLeastS  = 300.0 // seconds for each; less is not worth a process
)

func listenersFor(plan transcode.Plan) int {
	if plan.Broken {
		return 1 // its times say nothing about places
	}
	return max(1, min(listenersAtMost, runtime.GOMAXPROCS(0), int(plan.DurationS()/listenAtLeastS)))
}

// listenBy hears the sound by so many processes at the same time. Where a
// container does not lead them to their place, nothing is complete.
func (t *Tool) listenBy(ctx context.Context, listeners int, path string, plan transcode.Plan, whole passage, progress func(transcode.EncodeProgress)) (*listener, error) {
	parts := make([]*listener, listeners)
	each := plan.DurationS() / float64(listeners)
	place := func(i int) float64 { return whole.from + float64(i)*each }
	all := newSlowest(listeners, func(p transcode.EncodeProgress) {
		p.Done *= time.Duration(listeners)
		p.Speed *= float64(listeners)
		progress(p)
	})
	group, ctx := errgroup.WithContext(ctx)
	for i := range parts {
		from, to := place(i), place(i+1)
		if i == listeners-1 {
			to = whole.to
		}
		parts[i] = &listener{}
		group.Go(func() error {
			return t.Runner.Run(ctx, Command{
				Program: t.FFmpeg, Args: loudnessArgs(filepath.Base(path), plan, from, to), Dir: filepath.Dir(path),
				Stdout: &lines{each: (&progressParser{report: func(p transcode.EncodeProgress) {
					p.Done -= time.Duration(from * float64(time.Second))
					all.tell(i, p)
				}}).line},
				Stderr: &lines{each: parts[i].line},
				Limits: Limits{Memory: probeMemory, CPU: listenLimit(plan), Wall: time.Minute + listenLimit(plan), FileSize: 1 << 20},
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	heard := parts[0]
	for i, part := range parts {
		if place(i) > 0 && (!part.complete() || math.Abs(part.from-place(i)) > landingTolerance) {
			return &listener{}, nil
		}
		if i > 0 {
			heard.add(part)
		}
	}
	return heard, nil
}

// landingTolerance is what the first block may be away from where a listener was
// sent, in seconds.
const landingTolerance = 0.5

func listenLimit(plan transcode.Plan) time.Duration {
	return time.Minute + time.Duration(plan.DurationS()*float64(time.Second))
}

// loudnessArgs measure from one second to another, counted from the container's
// start.
func loudnessArgs(source string, plan transcode.Plan, from, to float64) []string {
	options := inputArgs()
	options["vn"], options["sn"], options["dn"] = "", "", ""
	if from > 0 {
		options["ss"] = strconv.FormatFloat(from, 'f', 6, 64)
	}
	if !math.IsInf(to, 1) {
		options["t"] = strconv.FormatFloat(to-from, 'f', 6, 64)
	}
	both := placed(ffmpeg.Input("file:"+source, options).Get(strconv.Itoa(plan.AudioIndex)), plan).
		Filter("aresample", ffmpeg.Args{strconv.Itoa(plan.AudioRate)}).
		Filter("aformat", ffmpeg.Args{"channel_layouts=stereo"}).ASplit()
	nowhere := func(s *ffmpeg.Stream) *ffmpeg.Stream { return s.Output("/dev/null", ffmpeg.KwArgs{"f": "null"}) }
	side := func(n int) *ffmpeg.Stream {
		return nowhere(both.Get(strconv.Itoa(n+1)).
			Filter("pan", ffmpeg.Args{alone[n]}).
			Filter("volumedetect@"+sides[n], nil))
	}
	loudness := nowhere(both.Get("0").Filter("ebur128", ffmpeg.Args{"peak=true", "framelog=info"}))
	args := append([]string{noBanner, "-nostdin", "-nostats", "-v", "info", "-progress", "pipe:1", "-stats_period", "0.5"}, timelineArgs(plan)...)
	return append(args, ffmpeg.MergeOutputs(loudness, side(0), side(1)).GetArgs()...)
}

// sides name the channels in what ffmpeg prints; alone is how one of them is
// taken. ffmpeg-go takes filters for the same whose sums of hashes are: texts
// that differ in their last letter only, behind outputs that do, may be.
var (
	sides = [2]string{"left", "right"}
	alone = [2]string{"mono|c0=c0", "mono|c0=0*c0+c1"}
)

// listener reads the blocks and the summary that ebur128 prints, and the mean
// levels of the channels.
type listener struct {
	blocks []float64 // loudness of 400 ms each, every 100 ms, in LUFS
	from   float64   // the time of the first block, in seconds
	peak   float64
	rms    [2]float64
	heard  [2]float64 // samples

	hasPeak, hasFrom bool
}

func (h *listener) line(line string) error {
	if at, rest, found := cutBlock(line); found {
		if !h.hasFrom {
			h.from, h.hasFrom = at, true
		}
		h.blocks = append(h.blocks, decibels(rest))
		return nil
	}
	if level, found := strings.CutPrefix(strings.TrimSpace(line), "Peak: "); found {
		h.peak, h.hasPeak = decibels(level), true
	}
	for n, side := range sides {
		if !strings.HasPrefix(line, "[volumedetect@"+side+" ") {
			continue
		}
		if level, found := after(line, "mean_volume: "); found {
			h.rms[n] = decibels(level)
		} else if count, found := after(line, "n_samples: "); found {
			h.heard[n], _ = number(count)
		}
	}
	return nil
}

// cutBlock reads "[…ebur128…] t: 100.4 TARGET:-23 LUFS M: -20.5 S: …".
func cutBlock(line string) (at float64, loudness string, found bool) {
	_, rest, isBlock := strings.Cut(line, "] t: ")
	loudness, hasLoudness := after(rest, "M:")
	if !isBlock || !hasLoudness {
		return 0, "", false
	}
	at, ok := number(strings.Fields(rest)[0])
	return at, loudness, ok
}

func after(s, mark string) (string, bool) {
	_, rest, found := strings.Cut(s, mark)
	return rest, found
}

func (h *listener) complete() bool {
	return h.hasFrom && h.hasPeak && h.heard[0] > 0 && h.heard[1] > 0
}

// add takes what another one heard after this one.
func (h *listener) add(next *listener) {
	h.blocks = append(h.blocks, next.blocks...)
	h.peak = max(h.peak, next.peak)
	for n := range sides {
		energy := h.heard[n]*power(h.rms[n]) + next.heard[n]*power(next.rms[n])
		h.heard[n] += next.heard[n]
		h.rms[n] = 10 * math.Log10(energy/h.heard[n])
	}
}

func (h *listener) loudness() transcode.Loudness {
	return transcode.Loudness{Measured: true, Integrated: integrated(h.blocks), TruePeak: h.peak, Left: h.rms[0], Right: h.rms[1]}
}

// integrated is the loudness of a whole, in LUFS, of blocks of 400 ms that
// overlap by 75 %: their mean power without those below -70 LUFS, and then
// without those 10 LU below the mean of the rest (ITU-R BS.1770-4, annex 1).
func integrated(blocks []float64) float64 {
	const absolute, relative = -70.0, -10.0
	mean := func(above float64) float64 {
		sum, n := 0.0, 0
		for _, b := range blocks {
			if b > above {
				sum, n = sum+power(b), n+1
			}
		}
		return max(absolute, 10*math.Log10(sum/float64(max(1, n))))
	}
	return mean(max(absolute, mean(absolute)+relative))
}

// power is a level in decibels as a ratio of powers.
func power(level float64) float64 { return math.Pow(10, level/10) }

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
