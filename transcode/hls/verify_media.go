package hls

import (
	"math"
	"strconv"
	"strings"
)

// checkVariant checks one variant's media against its playlists.
func (v *verifier) checkVariant(e examined) {
	ticks, video, err := e.timeline.videoTicks()
	if err != nil {
		v.report(ruleMedia, e.object, "%v", err)
		return
	}
	v.checkTracks(e, video)
	v.checkAttributes(e, video, e.timeline.init.codecs())
	v.checkBitrates(e)
	v.checkContinuity(e)
	v.checkDurations(e, ticks, video)
	for i, s := range e.timeline.segments {
		if !s.StartsWithIDR {
			v.report(ruleIDR, e.segment(i), "does not start with an IDR picture")
		}
	}
}

// segment names the i-th segment of a variant.
func (e examined) segment(i int) string { return resolve(e.object, e.list.Segments[i].URI) }

func (v *verifier) checkTracks(e examined, video Track) {
	entry, hexadecimal, _ := strings.Cut(video.Codec, ".")
	if entry != "avc1" && entry != "avc3" {
		v.report(ruleCodec, e.object, "video codec %s", video.Codec)
		return
	}
	if entry != "avc1" {
		v.report(ruleSampleEntry, e.object, "sample entry %s", entry)
	}
	bits, err := strconv.ParseUint(hexadecimal, 16, 24)
	if profile, level := bits>>16, bits&0xff; err != nil || profile > 100 || level > 52 {
		v.report(ruleProfile, e.object, "%s is beyond High 5.2", video.Codec)
	}
	v.checkStereo(e)
}

func (v *verifier) checkStereo(e examined) {
	if audio, ok := e.timeline.init.Audio(); ok && (audio.Channels > 2 || !strings.HasPrefix(audio.Codec, "mp4a.40.")) {
		v.report(ruleStereo, e.object, "audio is %s with %d channels", audio.Codec, audio.Channels)
	}
}

// checkAttributes compares EXT-X-STREAM-INF with the media.
func (v *verifier) checkAttributes(e examined, video Track, want string) {
	p := e.variant
	if p.Codecs != "" && p.Codecs != want {
		v.report(ruleCodecs, p.URI, "CODECS is %s, the media %s", p.Codecs, want)
	}
	if p.Width != 0 && (p.Width != video.Width || p.Height != video.Height) {
		v.report(ruleResolution, p.URI, "RESOLUTION is %dx%d, the media %dx%d", p.Width, p.Height, video.Width, video.Height)
	}
	if want := e.timeline.frameRate(); p.FrameRate != 0 && math.Abs(p.FrameRate-want) > 0.001 {
		v.report(ruleFrameRate, p.URI, "FRAME-RATE is %.3f, the media %.3f", p.FrameRate, want)
	}
}

func (v *verifier) checkBitrates(e examined) {
	p := e.variant
	if got := averageBitrate(e.measured); p.AverageBandwidth > 0 && !within(p.AverageBandwidth, got) {
		v.report(ruleAverage, p.URI, "AVERAGE-BANDWIDTH is %d, measured %d", p.AverageBandwidth, got)
	}
	if got := peakBitrate(e.measured, e.list.TargetDuration); p.Bandwidth > 0 && !within(p.Bandwidth, got) {
		v.report(rulePeak, p.URI, "BANDWIDTH is %d, measured %d", p.Bandwidth, got)
	}
}

func within(said, measured int64) bool {
	return math.Abs(float64(said-measured)) <= 0.1*float64(measured)
}

// checkContinuity checks that every track goes on exactly where it stopped.
func (v *verifier) checkContinuity(e examined) {
	for i, s := range e.timeline.segments[1:] {
		for _, track := range e.timeline.init.Tracks {
			before, now := e.timeline.segments[i].Runs[track.ID], s.Runs[track.ID]
			if before.Samples > 0 && now.Samples > 0 && now.Start != before.End() {
				v.report(ruleContinuous, e.segment(i+1), "%s track starts at %d, the segment before ends at %d (of %d a second)",
					track.Kind, now.Start, before.End(), track.Timescale)
			}
		}
	}
}

// checkDurations compares EXTINF with the pictures, or the sound where that is
// all: at each boundary the sums may differ by less than one sample.
func (v *verifier) checkDurations(e examined, ticks []int64, track Track) {
	var said, at int64
	for i, t := range ticks {
		if actual := toMicros(t, track.Timescale); actual > e.list.TargetDuration*1e6+500_000 {
			v.report(ruleSegmentLimit, e.segment(i), "lasts %s s, the target duration is %d s", seconds(actual), e.list.TargetDuration)
		}
		said, at = said+e.list.Segments[i].Duration, at+t
		run := e.timeline.segments[i].Runs[track.ID]
		if off := said - toMicros(at, track.Timescale); abs(off) >= toMicros(run.Longest, track.Timescale) {
			v.report(ruleExact, e.segment(i), "Σ EXTINF is %d µs off the media", off)
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }
