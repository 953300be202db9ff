package transcode

import (
	"math"
	"slices"

	"rounds/catalog"
)

// Limits of what is accepted.
const (
	maxSeconds = 12 * 3600
	minSeconds = 0.5
	maxPixels  = 4096 * 2160
	maxSide    = 8192
)

// soundOutlasts is how many seconds sound may go on after the picture before
// the picture is held for it.
const soundOutlasts = 1.0

// Codecs that are decoded: what recorders, conference systems and editors
// write. Anything else is refused, because each decoder is attack surface.
var (
	videoCodecs = []string{
		"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2video", "mpeg1video", "prores", "dnxhd",
		"wmv1", "wmv2", "wmv3", "vc1", "mss1", "mss2", "tscc", "tscc2", "g2m", "zmbv", "flashsv", "flashsv2",
		"flv1", "h263", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "mjpeg", "dvvideo", "qtrle", "ffv1", "huffyuv", "utvideo", "theora", "svq3", "vp6", "vp6f",
	}
	audioCodecs = []string{
		"aac", "aac_latm", "mp3", "mp2", "opus", "vorbis", "ac3", "eac3", "wmav1", "wmav2", "wmapro", "wmavoice", "flac", "alac", "speex",
		"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f64le", "pcm_u8", "pcm_s8",
		"pcm_mulaw", "pcm_alaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_swf", "nellymoser", "amr_nb", "amr_wb", "dts", "qdm2",
	}
)

// Judge accepts or refuses a probed source. A refusal is final: it carries a
// code and a sentence for the presenter. An accepted source can have warnings.
func Judge(p Probe) ([]catalog.Warning, *catalog.Failure) {
	if code := refusal(p); code != "" {
		return nil, &catalog.Failure{Code: code, Message: sentences[code]}
	}
	return warnings(p), nil
}

// refusal returns the reason not to accept p, or "".
func refusal(p Probe) catalog.FailureCode {
	switch {
	case p.SizeBytes == 0:
		return catalog.FailEmpty
	case p.Encrypted:
		return catalog.FailEncrypted
	case p.Video == nil && p.Audio == nil:
		return catalog.FailNothing
	case p.Video == nil:
		return catalog.FailNoVideo
	case !slices.Contains(videoCodecs, p.Video.Codec):
		return catalog.FailUnsupported
	case p.Video.Frames == 0:
		return catalog.FailTruncated
	case p.Video.Width <= 0 || p.Video.Height <= 0:
		return catalog.FailUnsupported
	case p.Video.PixelFormat == "": // of a decoder that is there, from none of the first packets
		return catalog.FailDamaged
	case tooLarge(*p.Video):
		return catalog.FailTooLarge
	case truncated(p):
		return catalog.FailTruncated
	case p.Sample.Unreadable:
		return catalog.FailDamaged
	}
	return lengthRefusal(timelineOf(p).lengthS)
}

func lengthRefusal(seconds float64) catalog.FailureCode {
	switch {
	case math.IsNaN(seconds) || seconds > maxSeconds:
		return catalog.FailTooLong
	case seconds < minSeconds:
		return catalog.FailTooShort
	}
	return ""
}

func tooLarge(v VideoStream) bool {
	width, height := v.DisplaySize()
	return v.Width*v.Height > maxPixels || width*height > maxPixels ||
		max(v.Width, v.Height, width, height) > maxSide
}

// truncated tells whether the packets end so early that the file is not the
// recording it says it is: more than two seconds and a tenth of the whole.
// Less is what a recorder leaves that crashed: it is kept, with a warning.
func truncated(p Probe) bool { return missingS(p) > max(2, p.DurationS/10) }

// missingS is how many seconds the packets end before the container says they
// do. Up to two seconds, or a hundredth of the whole, is how containers round.
// Some count their duration from zero though they start later.
func missingS(p Probe) float64 {
	end := p.Video.EndS
	if p.Audio != nil {
		end = max(end, p.Audio.EndS)
	}
	if p.DurationS <= 0 {
		return 0
	}
	return min(0, p.StartS) + p.DurationS - end
}

// warnings lists what the presenter of an accepted source should know. How it
// sounds is told by Loudness.Warnings, when it has been listened to.
func warnings(p Probe) []catalog.Warning {
	var list []catalog.Warning
	warn := func(code, message string) { list = append(list, catalog.Warning{Code: code, Message: message}) }
	switch {
	case p.Audio == nil:
		warn("no_audio", "This recording has no sound. It will be published as it is; upload it again with sound if that was not intended.")
	case !slices.Contains(audioCodecs, p.Audio.Codec):
		warn("unsupported_audio", "The sound in this recording is stored in a format that cannot be read here, so it will be published without sound. Export it as MP4 with AAC sound and upload that.")
	case p.Audio.EndS-p.Video.EndS > soundOutlasts:
		warn("picture_ends_early", "The sound goes on after the picture has ended. The last picture is shown until the end.")
	case p.Video.EndS-p.Audio.EndS > 10*soundOutlasts:
		warn("sound_ends_early", "The sound ends before the picture does. Please check that the recording is complete.")
	}
	if missing := missingS(p); missing > max(2, p.DurationS/100) {
		list = append(list, damaged("The end of this recording is missing. What is there will be published; if you have a complete copy, please upload that."))
	} else if p.Damage > toleratedDamage(p) {
		list = append(list, damaged("Parts of this recording are damaged and could not be read, or its end is missing. What is there will be published; please watch it, and upload it again from a good copy if you have one."))
	}
	return list
}

// toleratedDamage is how many places of the container may be unreadable: a
// broadcast begins and ends amid a packet of each stream.
func toleratedDamage(p Probe) int {
	if p.Container == "mpegts" {
		return 2 + 2*p.Streams
	}
	return 0
}

// damaged is the warning for a source that was not wholly readable.
func damaged(message string) catalog.Warning {
	return catalog.Warning{Code: codeDamaged, Message: message}
}

const codeDamaged = "damaged"

// toleratedComplaints is how many frames a decoder may fail to read before it
// is worth telling: cut ends and lost first references are ordinary.
const toleratedComplaints = 3

// Shares of the source's pictures that come out of the decoder. Some never do:
// those that refer to what came before a cut, and empty ones that stand for the
// picture before them.
const (
	readableShare = 0.5  // below it the result would be a standing picture
	soundShare    = 0.95 // below it the presenter is told
)

// JudgeEncode is the last word on a source, after its decoder has seen all of
// it: containers and packets can be whole while the pictures in them are not. A
// refusal is final. The warnings are those to be told beside told.
func JudgeEncode(plan Plan, p EncodeProgress, told []catalog.Warning) ([]catalog.Warning, *catalog.Failure) {
	share := 1.0
	if plan.SourceFrames > 0 && p.Decoded > 0 {
		share = float64(p.Decoded) / float64(plan.SourceFrames)
	}
	if lost := plan.SourceFrames - p.Decoded; share < readableShare && lost > toleratedComplaints {
		return nil, &catalog.Failure{Code: catalog.FailDamaged, Message: sentences[catalog.FailDamaged]}
	}
	much := p.Complaints > max(toleratedComplaints, plan.Frames/1000) || share < soundShare && plan.SourceFrames-p.Decoded > toleratedComplaints
	if !much || slices.ContainsFunc(told, func(w catalog.Warning) bool { return w.Code == codeDamaged }) {
		return nil, nil
	}
	return []catalog.Warning{damaged("Parts of this recording are damaged and could not be read. They may show a standing or broken picture; please watch it, and upload it again from a good copy if you have one.")}, nil
}

// usesAudio tells whether p's sound goes into the renditions.
func usesAudio(p Probe) bool {
	return p.Audio != nil && slices.Contains(audioCodecs, p.Audio.Codec)
}
