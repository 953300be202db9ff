package transcode

import (
	"fmt"
	"math"
	"strings"
	"time"

	"rounds/catalog"
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
// ChunkMedia.
type Plan struct {
	VideoIndex  int   // stream of the source
	AudioIndex  int   // stream of the source; -1: a silent track is made
	Rate        Ratio // frames a second, of every rung
	Frames      int   // of every rung; the length is Frames / Rate
	Skip        int   // frames of the source's grid that are cut off before them
	ShiftS      float64
	GOP         int // frames from IDR to IDR
	Segment     int // frames in a segment, a multiple of GOP
	Rungs       []PlannedRung
	Dropped     []DroppedRung // rungs that would add nothing, highest first
	Content     Content
	Motion      float64 // see Complexity
	AudioBits   int     // bit/s, AAC-LC stereo
	AudioRate   int     // Hz
	Preset      string
	Deinterlace bool
	ToneMap     bool
	Colours     Colours
	SourceS     float64 // measured length of the source
	LeadS       float64 // see VideoStream
	Broken      bool    // the source's clock starts anew on the way: nothing can be sought in it
	MixChannels int     // channels to be mixed evenly, since nothing tells where they belong; 0: as their layout says

	// SourceFrames is how many pictures the source's packets promise at least:
	// of interlaced ones, each field may have a packet of its own.
	SourceFrames int // 0: not known
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
	// Halved rungs have every second frame. They have no B-pyramid, so that
	// their first picture comes as long after its decode time as in the others:
	// one long frame instead of two short ones.
	Halved    bool
	AudioBits int // bit/s
	Predicted int // average bit/s with sound; 0 while the content is unknown
}

// DroppedRung is a rung that is not encoded, because it would cost nearly as
// many bits as the one above it.
type DroppedRung struct {
	Rung
	Predicted int // bit/s
	Above     int // bit/s of the next rung above that is kept
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
	gop := gopFrames(t.rate)
	plan := Plan{
		VideoIndex: p.Video.Index, AudioIndex: -1,
		Rate: t.rate, Frames: t.frames, ShiftS: t.shiftS, SourceS: t.lengthS, LeadS: p.Video.LeadS,
		GOP: gop, Segment: gopsPerSegment * gop,
		AudioBits: audioBitRate, AudioRate: audioSampleRate,
		Content: p.Sample.Complexity.Content(), Motion: p.Sample.Complexity.Motion,
		Preset: o.Preset, Broken: p.ClockBreaks > 0, Deinterlace: p.Video.Interlaced, ToneMap: p.Video.HDR(), Colours: coloursOf(*p.Video), SourceFrames: p.Video.Frames,
	}
	if plan.Deinterlace {
		plan.SourceFrames /= 2
	}
	if plan.Preset == "" {
		plan.Preset = DefaultPreset
	}
	if usesAudio(p) {
		plan.AudioIndex = p.Audio.Index
		plan.MixChannels = p.Audio.unplaced()
	}
	plan.Rungs, plan.Dropped = chooseRungs(p, t.rate)
	return plan
}

// Cut is the plan for a part of what p shows: its first frame is the one that p
// shows nearest to where the part begins. At least one frame is left.
func (p Plan) Cut(c catalog.Cut) Plan {
	if c == (catalog.Cut{}) {
		return p
	}
	at := func(ms int64) int { return int(math.Round(float64(ms) / 1000 * p.Rate.Float())) }
	from, to := min(at(c.FromMS), p.Frames-1), p.Frames
	if c.ToMS > 0 {
		to = min(to, at(c.ToMS))
	}
	p.Skip, p.Frames = p.Skip+from, max(1, to-from)
	p.SourceFrames = 0 // of variable rate: how many lie in a part of the time is not known
	return p
}

// SkipS is how many seconds of the source are cut off before the first frame.
func (p Plan) SkipS() float64 { return float64(p.Skip) / p.Rate.Float() }

// Place is where a chunk begins on the source's grid.
func (p Plan) Place(c Chunk) int { return p.Skip + c.From }

// gopFrames is the number of frames in about two seconds; an even one where
// rungs may be halved.
func gopFrames(rate Ratio) int {
	if rate.Float() >= halvedFrom {
		return 2 * int(math.Round(gopSeconds*rate.Float()/2))
	}
	return max(1, int(math.Round(gopSeconds*rate.Float())))
}

// DurationS is the length of every rung in seconds: Σ EXTINF.
func (p Plan) DurationS() float64 { return float64(p.Frames) / p.Rate.Float() }

// Length is DurationS as a duration.
func (p Plan) Length() time.Duration { return lengthOf(p, p.Frames) }

// SegmentS is the length of a full segment in seconds.
func (p Plan) SegmentS() float64 { return float64(p.Segment) / p.Rate.Float() }

// RateOf is the frame rate of a rung.
func (p Plan) RateOf(r PlannedRung) Ratio {
	if r.Halved {
		return Ratio{Num: p.Rate.Num, Den: 2 * p.Rate.Den}
	}
	return p.Rate
}

// GOPOf is how many frames of a rung lie between two IDR frames.
func (p Plan) GOPOf(r PlannedRung) int {
	if r.Halved {
		return p.GOP / 2
	}
	return p.GOP
}

// Segments is how many segments each rung has.
func (p Plan) Segments() int { return (p.Frames + p.Segment - 1) / p.Segment }

// String explains the plan to an engineer, one line a decision.
func (p Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "length    %.3f s, %d frames at %s (source %.3f s)\n", p.DurationS(), p.Frames, p.Rate, p.SourceS)
	if p.Skip > 0 {
		fmt.Fprintf(&b, "cut       begins %.3f s into it\n", p.SkipS())
	}
	fmt.Fprintf(&b, "segments  %d of %.3f s; IDR every %d frames; closed GOPs\n", p.Segments(), p.SegmentS(), p.GOP)
	fmt.Fprintf(&b, "chunks    %d; %.1f s of lead on average from a key frame\n", len(p.Chunks()), p.LeadS)
	fmt.Fprintf(&b, "picture   stream %d, x264 %s, 8 bit 4:2:0%s\n", p.VideoIndex, p.Preset, p.treatment())
	fmt.Fprintf(&b, "sound     %s, AAC-LC %d kb/s stereo %d Hz\n", p.soundSource(), p.AudioBits/1000, p.AudioRate)
	fmt.Fprintf(&b, "content   %s\n", p.contentReason())
	for _, r := range p.Rungs {
		fmt.Fprintf(&b, "rung      %s\n", p.rungReason(r))
	}
	for _, d := range p.Dropped {
		fmt.Fprintf(&b, "dropped   %s: about %d kb/s, too close to %d kb/s above it\n", d.Rung, d.Predicted/1000, d.Above/1000)
	}
	return b.String()
}

func (p Plan) contentReason() string {
	switch p.Content {
	case ContentSlides:
		return fmt.Sprintf("slides: a picture that follows costs %.1f %% of a whole one (up to %.0f %%)", 100*p.Motion, 100*slideMotion)
	case ContentCamera:
		return fmt.Sprintf("camera: a picture that follows costs %.1f %% of a whole one (over %.0f %%)", 100*p.Motion, 100*slideMotion)
	default:
		return "unknown: no sample, so every rung is made"
	}
}

func (p Plan) rungReason(r PlannedRung) string {
	s := fmt.Sprintf("%s, CRF %d up to %d kb/s, sound %d kb/s", r.Rung, r.CRF, r.MaxRate/1000, r.AudioBits/1000)
	if r.Predicted > 0 {
		s += fmt.Sprintf(", about %d kb/s in all", r.Predicted/1000)
	}
	if r.Halved {
		s += ", every second frame"
	}
	return s
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
