package hls

import (
	"fmt"
	"math"
	"slices"

	"github.com/grafov/m3u8"

	"rounds/catalog"
)

// startBitrate is the average bit rate near which the first variant is chosen:
// players that do not measure first start with it (Apple HLS authoring
// specification 1.32).
const startBitrate = 2_000_000

// variantOrder is the order of the master playlist: first the variant to start
// with, whose average bit rate is nearest to 2000 kb/s and which has pictures,
// then the others from the highest bandwidth to the lowest.
func variantOrder(renditions []catalog.Rendition) []catalog.Rendition {
	ordered := slices.Clone(renditions)
	slices.SortStableFunc(ordered, func(a, b catalog.Rendition) int { return int(b.Bandwidth - a.Bandwidth) })
	first := 0
	for i, r := range ordered {
		if r.Height > 0 && (ordered[first].Height == 0 || distance(r) < distance(ordered[first])) {
			first = i
		}
	}
	start := ordered[first]
	return append([]catalog.Rendition{start}, slices.Delete(ordered, first, first+1)...)
}

func distance(r catalog.Rendition) int64 {
	if r.AverageBandwidth > startBitrate {
		return r.AverageBandwidth - startBitrate
	}
	return startBitrate - r.AverageBandwidth
}

// writeMaster spells the multivariant playlist: the renditions, then the
// I-frame streams, whose Codecs tell of the picture alone. VIDEO-RANGE is left
// out: every variant is SDR (Apple 9.16; for I-frames 6.16).
func writeMaster(renditions, iframes []catalog.Rendition) (string, error) {
	list := m3u8.NewMasterPlaylist()
	list.SetVersion(version)
	list.SetIndependentSegments(true)
	for _, r := range variantOrder(renditions) {
		params, err := variantParams(r)
		if err != nil {
			return "", err
		}
		params.FrameRate = r.FrameRate
		list.Append(r.Name+"/"+catalog.MediaPlaylist, nil, params)
	}
	for _, r := range iframes {
		params, err := variantParams(r)
		if err != nil {
			return "", err
		}
		params.Iframe = true
		list.Append(r.Name+"/"+catalog.IFramePlaylist, nil, params)
	}
	return correctMaster(list.String()), nil
}

// variantParams are the attributes that variants and I-frame streams share. The
// sound alone has no RESOLUTION, nor a FRAME-RATE: the library leaves out a zero.
func variantParams(r catalog.Rendition) (m3u8.VariantParams, error) {
	if r.Bandwidth > math.MaxUint32 || r.Bandwidth <= 0 || r.AverageBandwidth <= 0 {
		return m3u8.VariantParams{}, fmt.Errorf("master playlist: %s has a bandwidth of %d", r.Name, r.Bandwidth)
	}
	params := m3u8.VariantParams{
		Bandwidth:        uint32(r.Bandwidth),
		AverageBandwidth: uint32(r.AverageBandwidth), //nolint:gosec // G115: at most Bandwidth
		Codecs:           r.Codecs,
	}
	if r.Height > 0 {
		params.Resolution = fmt.Sprintf("%dx%d", r.Width, r.Height)
	}
	return params, nil
}
