package transcode

import (
	"fmt"
	"math"
	"strings"
)

// Structure of every stream: an IDR frame each 2 s, so that players find a
// place to start and to switch; segments of 6 s (Apple HLS authoring
// specification 1.10, 7.5).
const (
	gopSeconds      = 2
	gopsPerSegment  = 3
	audioBitRate    = 128_000
	audioSampleRate = 48_000
)

// Plan fixes every number of an encode. It is made by NewPlan and obeyed by
// the Encoder.
type Plan struct {
	VideoIndex  int   // stream of the source
	AudioIndex  int   // stream of the source; -1: a silent track is made
	Rate        Ratio // frames a second, of every rung
	Frames      int   // of every rung; the length is Frames / Rate
	ShiftS      float64
	GOP         int // frames from IDR to IDR
	Segment     int // frames in a segment, a multiple of GOP
	Rungs       []PlannedRung
	AudioBits   int // bit/s, AAC-LC stereo
	AudioRate   int // Hz
	Preset      string
	Deinterlace bool
	ToneMap     bool
	SourceS     float64 // measured length of the source
}

// PlannedRung is a rung with its rate control: constant quality (CRF) under a
// cap. MaxRate holds over BufferBits, which is one second of it, so that a
// segment's peak stays within 7/6 of the cap (Apple HLS authoring specification
// 1.30 asks for a peak of at most twice the average; on slides CRF may still
// stay so far below the cap that a change of slide exceeds that, harmlessly).
type PlannedRung struct {
	Rung
	CRF        int
	MaxRate    int // bit/s
	BufferBits int
}

// PlanOptions are what an operator may choose.
type PlanOptions struct {
	Preset string // of x264; empty means "veryfast"
}

// DefaultPreset weighs an encode's time against its bytes.
const DefaultPreset = "veryfast"

// NewPlan plans the encode of a probe that Judge accepted. It is pure.
func NewPlan(p Probe, o PlanOptions) Plan {
	t := timelineOf(p)
	gop := max(1, int(math.Round(gopSeconds*t.rate.Float())))
	plan := Plan{
		VideoIndex: p.Video.Index, AudioIndex: -1,
		Rate: t.rate, Frames: t.frames, ShiftS: t.shiftS, SourceS: t.lengthS,
		GOP: gop, Segment: gopsPerSegment * gop,
		AudioBits: audioBitRate, AudioRate: audioSampleRate,
		Preset: o.Preset, Deinterlace: p.Video.Interlaced, ToneMap: p.Video.HDR(),
	}
	if plan.Preset == "" {
		plan.Preset = DefaultPreset
	}
	if usesAudio(p) {
		plan.AudioIndex = p.Audio.Index
	}
	for _, rung := range Ladder(*p.Video) {
		plan.Rungs = append(plan.Rungs, rateControl(rung, t.rate))
	}
	return plan
}

// caps are the rate caps in bit/s of 16:9 rungs at up to 30 frames a second,
// near those of Apple's table; between them the cap follows the pixels.
var caps = map[int]int{1080: 5_000_000, 720: 2_800_000, 480: 1_300_000, 360: 800_000, 240: 420_000}

// rateControl caps a rung. Pictures that are not 16:9 get their share by
// pixels; frames beyond 30 a second resemble their neighbours and get half a
// share each.
func rateControl(r Rung, rate Ratio) PlannedRung {
	const crf, pixels240 = 23, 426 * 240
	pixels := float64(r.Width * r.Height)
	bits := float64(caps[240]) * pixels / pixels240
	if at, ok := caps[r.Lines]; ok {
		bits = float64(at) * pixels / (float64(r.Lines*r.Lines) * 16 / 9)
	}
	if extra := rate.Float()/30 - 1; extra > 0 {
		bits *= 1 + extra/2
	}
	maxRate := max(100_000, int(bits/1000)*1000)
	return PlannedRung{Rung: r, CRF: crf, MaxRate: maxRate, BufferBits: maxRate}
}

// DurationS is the length of every rung in seconds: Σ EXTINF.
func (p Plan) DurationS() float64 { return float64(p.Frames) / p.Rate.Float() }

// SegmentS is the length of a full segment in seconds.
func (p Plan) SegmentS() float64 { return float64(p.Segment) / p.Rate.Float() }

// Segments is how many segments each rung has.
func (p Plan) Segments() int { return (p.Frames + p.Segment - 1) / p.Segment }

// String explains the plan to an engineer, one line a decision.
func (p Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "length    %.3f s, %d frames at %s (source %.3f s)\n", p.DurationS(), p.Frames, p.Rate, p.SourceS)
	fmt.Fprintf(&b, "segments  %d of %.3f s; IDR every %d frames; closed GOPs\n", p.Segments(), p.SegmentS(), p.GOP)
	fmt.Fprintf(&b, "picture   stream %d, x264 %s, 8 bit 4:2:0%s\n", p.VideoIndex, p.Preset, p.treatment())
	fmt.Fprintf(&b, "sound     %s, AAC-LC %d kb/s stereo %d Hz\n", p.soundSource(), p.AudioBits/1000, p.AudioRate)
	for _, r := range p.Rungs {
		fmt.Fprintf(&b, "rung      %s, CRF %d up to %d kb/s\n", r.Rung, r.CRF, r.MaxRate/1000)
	}
	return b.String()
}

func (p Plan) treatment() string {
	var s string
	if p.Deinterlace {
		s += ", deinterlaced"
	}
	if p.ToneMap {
		s += ", tone-mapped to BT.709"
	}
	return s
}

func (p Plan) soundSource() string {
	if p.AudioIndex < 0 {
		return "silence (the source has none)"
	}
	return fmt.Sprintf("stream %d", p.AudioIndex)
}
