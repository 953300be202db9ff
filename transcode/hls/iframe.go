package hls

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"rounds/catalog"
)

// iframeLines is the size whose I-frames are offered for fast forward, rewind
// and scrubbing: such pictures are shown small and briefly.
const iframeLines = 360

// iframeRung chooses the rendition whose I-frames are offered: the largest of
// at most iframeLines, else the smallest. See the package comment for why it
// is one.
func iframeRung(renditions []unsealed) int {
	best, smallest := -1, 0
	for i, r := range renditions {
		lines := r.lines()
		if lines < renditions[smallest].lines() {
			smallest = i
		}
		if lines <= iframeLines && (best < 0 || lines > renditions[best].lines()) {
			best = i
		}
	}
	if best < 0 {
		return smallest
	}
	return best
}

// iframe is one picture to be cut out.
type iframe struct {
	SyncSample
	segment  int   // that holds it
	duration int64 // ticks until the next one or the end
}

// iframes lists the sync samples of a rendition with the time each stands for.
func (t timeline) iframes(video Track) []iframe {
	var list []iframe
	for i, s := range t.segments {
		for _, at := range s.Syncs {
			if n := len(list); n > 0 {
				list[n-1].duration = at.At - list[n-1].At
			}
			list = append(list, iframe{SyncSample: at, segment: i, duration: s.Runs[video.ID].End() - at.At})
		}
	}
	if n := len(list); n > 0 {
		last := t.segments[len(t.segments)-1].Runs[video.ID].End()
		list[n-1].duration = last - list[n-1].At
	}
	return list
}

// packIFrames writes the I-frames of a rendition that is still in clear as
// encrypted files of their own, and their playlist. It returns what the master
// playlist says about them.
func (p *packing) packIFrames(ctx context.Context, c unsealed) (catalog.Rendition, error) {
	frames := c.line.iframes(c.video)
	if len(frames) == 0 {
		return catalog.Rendition{}, fmt.Errorf("%w: no picture that stands alone", ErrMalformed)
	}
	ticks := make([]int64, len(frames))
	for i, f := range frames {
		if f.duration <= 0 || f.duration > math.MaxUint32 {
			return catalog.Rendition{}, fmt.Errorf("%w: I-frame %d stands for %d ticks", ErrMalformed, i, f.duration)
		}
		ticks[i] = f.duration
	}
	durations := extinfs(ticks, c.video.Timescale)
	sizes := make([]measured, len(frames))
	list := mediaList{initURI: c.list.Map, keyURI: p.job.KeyURI, iframesOnly: true}
	for i, f := range frames {
		if err := ctx.Err(); err != nil {
			return catalog.Rendition{}, err
		}
		size, err := p.sealIFrame(c, i, f)
		if err != nil {
			return catalog.Rendition{}, fmt.Errorf("%s: %w", catalog.IFrameName(i), err)
		}
		sizes[i] = measured{bytes: size, micros: durations[i]}
		list.entries = append(list.entries, mediaEntry{uri: catalog.IFrameName(i), duration: durations[i]})
	}
	return catalog.Rendition{
		Name: c.encoded.Name, Width: c.video.Width, Height: c.video.Height, Codecs: c.video.Codec,
		Bandwidth:        peakBitrate(sizes, targetDuration(durations)),
		AverageBandwidth: averageBitrate(sizes),
	}, writePlaylist(filepath.Join(c.encoded.Dir, catalog.IFramePlaylist), list)
}

// sealIFrame cuts the n-th I-frame out of its segment.
func (p *packing) sealIFrame(c unsealed, n int, f iframe) (size int64, err error) {
	err = withFile(filepath.Join(c.encoded.Dir, c.list.Segments[f.segment].URI), func(segment *os.File) error {
		media := io.MultiReader(
			bytes.NewReader(iframeHeader(n, c.video.ID, f)),
			io.NewSectionReader(segment, f.Offset, int64(f.Size)))
		size, err = p.seal(c.encoded.Name+"/"+catalog.IFrameName(n), media, uint64(n)) //nolint:gosec // G115: an index
		return err
	})
	return size, err
}

// Fields of the boxes around an I-frame.
const (
	tfhdBaseIsMoof  = 0x20000    // offsets count from the moof
	sampleIntra     = 0x02000000 // sample_depends_on 2: on no other; a sync sample
	iframeTrunFlags = trunDataOffset | trunDuration | trunSize | trunSampleFlags | trunComposition
)

// iframeHeader is a moof with one sample and the start of the mdat that holds
// it (ISO/IEC 14496-12 sections 8.8.4 to 8.8.12). Decode time and composition
// offset are those of the segment, so that the picture appears at the same
// time as there.
func iframeHeader(n int, track uint32, f iframe) []byte {
	const moofSize = 104
	header := newBox("moof",
		newBox("mfhd", bigEndian(0, uint32(n)+1)), //nolint:gosec // G115: an index
		newBox("traf",
			newBox("tfhd", bigEndian(tfhdBaseIsMoof, track)),
			newBox("tfdt", bigEndian(1<<24), binary.BigEndian.AppendUint64(nil, uint64(f.At))), //nolint:gosec // G115: not negative
			newBox("trun", bigEndian(1<<24|iframeTrunFlags, 1, moofSize+8,
				uint32(f.duration), f.Size, sampleIntra, uint32(f.Composition))))) //nolint:gosec // G115: checked; 32 bits in the source
	return append(header, boxHead("mdat", f.Size)...)
}

// bigEndian spells numbers of 32 bits.
func bigEndian(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// boxHead starts a box with a body of n bytes.
func boxHead(kind string, n uint32) []byte {
	return append(binary.BigEndian.AppendUint32(nil, n+8), kind...)
}

// newBox is a box of the given kind and parts.
func newBox(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(boxHead(kind, uint32(len(body))), body...) //nolint:gosec // G115: a header
}
