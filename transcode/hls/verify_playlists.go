package hls

import (
	"math"
	"path"
	"slices"
	"strings"

	"rounds/catalog"
)

// checkMaster checks what the multivariant playlist says by itself.
func (v *verifier) checkMaster(p MasterPlaylist) {
	object := v.master
	if p.Version < 6 {
		v.report(ruleVersion, object, "EXT-X-VERSION is %d", p.Version)
	}
	if p.ProgramID {
		v.report(ruleProgramID, object, "PROGRAM-ID was removed in version 6")
	}
	if !p.IndependentSegments {
		v.report(ruleIndependent, object, "no EXT-X-INDEPENDENT-SEGMENTS")
	}
	if len(p.Variants) == 0 {
		v.report(ruleSyntax, object, "names no variant")
		return
	}
	pictures := slices.DeleteFunc(slices.Clone(p.Variants), Variant.soundAlone)
	if len(pictures) == 1 {
		v.report(ruleSeveral, object, "only one bit rate")
	}
	for _, variant := range p.Variants {
		v.checkPresent(variant)
	}
	if len(p.IFrames) == 0 {
		v.report(ruleIFrames, object, "no EXT-X-I-FRAME-STREAM-INF")
	}
	for _, stream := range p.IFrames {
		v.checkDescribed(stream)
	}
	if len(pictures) > 0 {
		v.checkStart(p.Variants[0], pictures)
		v.checkAspect(pictures)
	}
}

// checkPresent checks that the attributes are there; that they are true is
// checked against the media.
func (v *verifier) checkPresent(p Variant) {
	v.checkDescribed(p)
	if p.FrameRate == 0 && !p.soundAlone() {
		v.report(ruleFrameRate, p.URI, "no FRAME-RATE")
	}
	if p.FrameRate > 60 {
		v.report(ruleMaxRate, p.URI, "%.3f pictures a second", p.FrameRate)
	}
	if p.AverageBandwidth > 0 && p.Bandwidth > 2*p.AverageBandwidth {
		v.report(rulePeakRatio, p.URI, "BANDWIDTH is %.0f %% of AVERAGE-BANDWIDTH", 100*float64(p.Bandwidth)/float64(p.AverageBandwidth))
	}
}

// checkDescribed checks the attributes that I-frame streams have as well.
func (v *verifier) checkDescribed(p Variant) {
	if p.Codecs == "" {
		v.report(ruleCodecs, p.URI, "no CODECS")
	}
	if (p.Width == 0 || p.Height == 0) && !p.soundAlone() {
		v.report(ruleResolution, p.URI, "no RESOLUTION")
	}
	if p.Bandwidth == 0 {
		v.report(ruleBandwidth, p.URI, "no BANDWIDTH")
	}
	if p.AverageBandwidth == 0 {
		v.report(ruleAverageSet, p.URI, "no AVERAGE-BANDWIDTH")
	}
}

// checkStart looks at the variant that is played first.
func (v *verifier) checkStart(first Variant, pictures []Variant) {
	if first.soundAlone() {
		v.report(ruleStart, v.master, "the first variant has no pictures")
		return
	}
	near := func(p Variant) int64 { return distance(catalog.Rendition{AverageBandwidth: p.AverageBandwidth}) }
	for _, p := range pictures {
		if near(p) < near(first) {
			v.report(ruleStart, v.master, "%s is nearer to 2000 kb/s than the first variant", p.URI)
			return
		}
	}
}

// checkAspect allows for heights and widths rounded to even numbers.
func (v *verifier) checkAspect(variants []Variant) {
	first := variants[0]
	for _, p := range variants[1:] {
		if first.Height == 0 || p.Height == 0 {
			continue
		}
		want := float64(first.Width) / float64(first.Height)
		slack := (2*want + 2) / float64(min(p.Height, first.Height))
		if got := float64(p.Width) / float64(p.Height); math.Abs(got-want) > slack {
			v.report(ruleAspect, p.URI, "aspect ratio %.3f beside %.3f", got, want)
		}
	}
}

// checkMedia checks what a media playlist says by itself.
func (v *verifier) checkMedia(object string, p MediaPlaylist) {
	if p.Version < 6 {
		v.report(ruleVersion, object, "EXT-X-VERSION is %d", p.Version)
	}
	if p.Type != "VOD" {
		v.report(ruleVOD, object, "EXT-X-PLAYLIST-TYPE is %q", p.Type)
	}
	if !p.EndList {
		v.report(ruleEndList, object, "no EXT-X-ENDLIST")
	}
	if p.Map == "" {
		v.report(ruleMap, object, "no EXT-X-MAP")
	}
	if p.MapEncrypted {
		v.report(ruleClearInit, object, "EXT-X-MAP comes after EXT-X-KEY")
	}
	if len(p.Segments) == 0 {
		v.report(ruleSyntax, object, "names no segment")
	}
	if len(p.Segments) > 1 && !p.IFramesOnly && p.TargetDuration != 6 {
		v.report(ruleSixSeconds, object, "target duration is %d s", p.TargetDuration)
	}
	for _, s := range p.Segments {
		v.checkEntry(object, p, s)
	}
}

func (v *verifier) checkEntry(object string, p MediaPlaylist, s MediaSegment) {
	s.URI = bare(s.URI)
	if int64(math.Round(float64(s.Duration)/1e6)) > p.TargetDuration {
		v.report(ruleTarget, object, "%s: EXTINF of %s s over a target duration of %d s", s.URI, seconds(s.Duration), p.TargetDuration)
	}
	switch {
	case s.Method != "AES-128":
		v.report(ruleKey, object, "%s is not encrypted with AES-128", s.URI)
	case s.KeyURI == "" || s.IV != "":
		v.report(ruleKey, object, "%s: key without URI or with an IV of its own", s.URI)
	case !numbered(s):
		// A wrong IV spoils 16 bytes only, which may go unseen in the media.
		v.report(ruleDecrypt, object, "%s has the media sequence number %d", s.URI, s.Sequence)
	case v.opts.Key == nil:
		v.report(ruleDecrypt, object, "%s: no key given to read it with", s.URI)
	}
}

// numbered tells whether a segment named as ours are carries the sequence
// number it was encrypted with.
func numbered(s MediaSegment) bool {
	name := path.Base(s.URI)
	var want func(int) string
	switch {
	case strings.HasPrefix(name, "seg_"):
		want = catalog.SegmentName
	case strings.HasPrefix(name, "iframe_"):
		want = catalog.IFrameName
	default:
		return true
	}
	return s.Sequence < 1<<31 && name == want(int(s.Sequence))
}
