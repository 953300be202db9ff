package transcode

import "fmt"

// Probe is what was measured of a source file. Times are seconds on the
// container's own clock, as ffprobe reports them.
type Probe struct {
	Container string  // short name, e.g. "mov", "matroska"
	SizeBytes int64   // of the file
	StartS    float64 // earliest time in the container; becomes zero
	DurationS float64 // as the container declares it, 0 when it does not
	Streams   int     // of any kind
	Encrypted bool    // sample entries of ISO/IEC 23001-7 (encv, enca) or a CENC scheme
	Video     *VideoStream
	Audio     *AudioStream
	Sample    Sample // zero when nothing could be sampled

	Damage      int // places where the container could not be read
	ClockBreaks int // places where its clock starts anew; times are those of one clock nevertheless
}

// VideoStream is the picture. Its measurements come from demuxing every
// packet, never from a header alone.
type VideoStream struct {
	Index       int // in the container
	Codec       string
	Profile     string
	Width       int // coded, before rotation
	Height      int
	SampleShape Ratio // sample aspect ratio; zero means square
	Rotation    int   // clockwise degrees to apply when shown: 0, 90, 180, 270
	RealRate    Ratio // lowest rate that represents all timestamps (ffprobe r_frame_rate)
	AverageRate Ratio
	PixelFormat string
	Transfer    string // colour transfer, e.g. "smpte2084" (PQ), "arib-std-b67" (HLG)
	Matrix      string // of its colours, e.g. "bt709"; empty or "unknown" where it names none
	Interlaced  bool   // flagged so by the stream

	StartS    float64 // first presented frame
	EndS      float64 // end of the last presented frame
	DeclaredS float64 // end as the container declares it for this stream, 0 when it does not
	Frames    int     // presented
	MeanRate  float64 // of the frames that follow at the usual gap
	QuickGapS float64 // gap of the quickest tenth of the frames
	Regular   bool    // gaps are equal but for rounding and a few lost frames
	// LeadS is how many seconds of frames, on average, lie between a frame and
	// the key frame from which it can be reached.
	LeadS float64
}

// AudioStream is the sound that is kept: the container's default or first.
type AudioStream struct {
	Index      int
	Codec      string
	SampleRate int
	Channels   int
	Layout     string // of the channels, e.g. "stereo"; empty when unknown
	StartS     float64
	EndS       float64
}

// unplaced is how many channels there are, if more than one could guess the
// places of, else 0.
func (a AudioStream) unplaced() int {
	if a.Layout == "" && a.Channels > 8 {
		return a.Channels
	}
	return 0
}

// Ratio is a fraction, e.g. a frame rate of 30000/1001.
type Ratio struct{ Num, Den int }

// Float gives the quotient, 0 when the ratio is unknown.
func (r Ratio) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// String writes the ratio as ffmpeg reads it.
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// HDR tells whether the picture needs tone mapping for ordinary screens
// (Rec. ITU-R BT.2100: PQ or HLG).
func (v VideoStream) HDR() bool { return v.Transfer == "smpte2084" || v.Transfer == "arib-std-b67" }

// DisplaySize is the size in square pixels as a viewer sees it: after sample
// aspect ratio and rotation.
func (v VideoStream) DisplaySize() (width, height int) {
	width, height = v.Width, v.Height
	if shape := v.SampleShape.Float(); shape > 0 {
		width = int(float64(width)*shape + 0.5)
	}
	if v.Rotation%180 != 0 {
		width, height = height, width
	}
	return width, height
}
