package hls

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MasterPlaylist is a multivariant playlist as it was read.
type MasterPlaylist struct {
	Version             int  // EXT-X-VERSION
	IndependentSegments bool // EXT-X-INDEPENDENT-SEGMENTS
	ProgramID           bool // the obsolete PROGRAM-ID attribute occurs
	Variants            []Variant
	IFrames             []Variant // EXT-X-I-FRAME-STREAM-INF
}

// Variant is one EXT-X-STREAM-INF (RFC 8216 section 4.3.4.2) or
// EXT-X-I-FRAME-STREAM-INF (section 4.3.4.3).
type Variant struct {
	URI              string
	Bandwidth        int64   // bit/s; 0 when absent
	AverageBandwidth int64   // bit/s; 0 when absent
	Codecs           string  // "" when absent
	Width, Height    int     // 0 when RESOLUTION is absent
	FrameRate        float64 // 0 when absent
}

// soundAlone tells whether CODECS names sound and nothing else.
func (v Variant) soundAlone() bool {
	for _, codec := range strings.Split(v.Codecs, ",") {
		switch entry, _, _ := strings.Cut(strings.TrimSpace(codec), "."); entry {
		case "mp4a", "ac-3", "ec-3", "alac", "fLaC", "Opus":
		default:
			return false
		}
	}
	return true
}

// ReadMasterPlaylist reads a multivariant playlist. It returns ErrPlaylist
// when it cannot be understood.
func ReadMasterPlaylist(r io.Reader) (MasterPlaylist, error) {
	lines, err := readLines(r)
	if err != nil {
		return MasterPlaylist{}, err
	}
	var list MasterPlaylist
	var pending attributes
	for _, l := range lines {
		switch l.tag {
		case "EXT-X-VERSION":
			if list.Version, err = strconv.Atoi(l.value); err != nil {
				return MasterPlaylist{}, fmt.Errorf("%w: EXT-X-VERSION: %w", ErrPlaylist, err)
			}
		case "EXT-X-INDEPENDENT-SEGMENTS":
			list.IndependentSegments = true
		case "EXT-X-STREAM-INF":
			if pending, err = readAttributes(l.value); err != nil {
				return MasterPlaylist{}, err
			}
		case "EXT-X-I-FRAME-STREAM-INF":
			if err := list.addIFrames(l.value); err != nil {
				return MasterPlaylist{}, err
			}
		case "":
			if pending == nil {
				return MasterPlaylist{}, fmt.Errorf("%w: %q has no EXT-X-STREAM-INF", ErrPlaylist, l.value)
			}
			list.Variants = append(list.Variants, list.variant(l.value, pending))
			pending = nil
		}
	}
	return list, nil
}

// addIFrames adds a stream of I-frames, whose URI is an attribute.
func (p *MasterPlaylist) addIFrames(value string) error {
	list, err := readAttributes(value)
	if err != nil {
		return err
	}
	if list["URI"] == "" {
		return fmt.Errorf("%w: EXT-X-I-FRAME-STREAM-INF has no URI", ErrPlaylist)
	}
	p.IFrames = append(p.IFrames, p.variant(list["URI"], list))
	return nil
}

func (p *MasterPlaylist) variant(uri string, a attributes) Variant {
	v := Variant{
		URI: uri, Codecs: a["CODECS"],
		Bandwidth: a.number("BANDWIDTH"), AverageBandwidth: a.number("AVERAGE-BANDWIDTH"),
	}
	if rate, err := strconv.ParseFloat(a["FRAME-RATE"], 64); err == nil && rate > 0 && rate < 1000 {
		v.FrameRate = rate
	}
	if _, err := fmt.Sscanf(a["RESOLUTION"], "%dx%d", &v.Width, &v.Height); err != nil {
		v.Width, v.Height = 0, 0
	}
	_, obsolete := a["PROGRAM-ID"]
	p.ProgramID = p.ProgramID || obsolete
	return v
}
