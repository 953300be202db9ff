package hls

import (
	"errors"
	"fmt"
	"io"
)

// Run is the samples of one track in one segment, in ticks of its timescale.
type Run struct {
	Start       int64 // decode time of the first sample (tfdt)
	Composition int64 // composition offset of the first sample
	Duration    int64 // Σ sample durations
	Longest     int64 // longest sample
	Samples     int
	Bytes       int64 // Σ sample sizes
}

// End is the decode time at which the next segment must start.
func (r Run) End() int64 { return r.Start + r.Duration }

// Segment is what a media segment says about itself.
type Segment struct {
	Runs map[uint32]Run // by track
	// StartsWithIDR: the first picture of the video track is an IDR picture
	// (ITU-T H.264 section 7.4.1.2.4), so that playing can start here.
	StartsWithIDR bool
	Syncs         []SyncSample // of the video track, in decoding order
	Size          int64        // bytes, in clear
}

// SyncSample is a picture that needs no other one (ISO/IEC 14496-12 section
// 8.6.2), in ticks of its track and bytes of its file.
type SyncSample struct {
	At          int64 // decode time
	Composition int64 // composition offset
	Offset      int64 // from the start of the file, in clear
	Size        uint32
}

// maxSamples bounds the samples of a segment: an hour at 120 fps.
const maxSamples = 432000

// ReadSegment reads one media segment in clear (ISO/IEC 14496-12 section
// 8.16.2). It holds the moof boxes in memory, never the media data.
func ReadSegment(r io.Reader, init Init) (Segment, error) {
	return newSegmentReader(r, init).read()
}

// readSamples reads where the samples of one track lie in a segment.
func readSamples(r io.Reader, init Init, track uint32) ([]located, error) {
	s := newSegmentReader(r, init)
	s.keep = track
	_, err := s.read()
	return s.kept, err
}

// located is a sample and where it lies in its file.
type located struct {
	at             int64
	size, duration uint32
}

type segmentReader struct {
	boxes     *boxReader
	init      Init
	seg       Segment
	firstAt   int64  // where the first video sample lies in the file
	firstSize uint32 // its size
	looked    bool   // at its NAL units
	keep      uint32 // track whose samples are wanted one by one; 0: none
	kept      []located
}

func newSegmentReader(r io.Reader, init Init) *segmentReader {
	return &segmentReader{boxes: &boxReader{r: r}, init: init, seg: Segment{Runs: map[uint32]Run{}}}
}

func (s *segmentReader) read() (Segment, error) {
	for {
		start := s.boxes.pos
		kind, size, err := s.boxes.next()
		if errors.Is(err, io.EOF) {
			return s.finish()
		}
		if err == nil {
			err = s.box(kind, size, start)
		}
		if err != nil {
			return Segment{}, err
		}
	}
}

func (s *segmentReader) finish() (Segment, error) {
	if len(s.seg.Runs) == 0 {
		return Segment{}, fmt.Errorf("%w: segment without samples", ErrMalformed)
	}
	s.seg.Size = s.boxes.pos
	return s.seg, nil
}

func (s *segmentReader) box(kind string, size, start int64) error {
	switch kind {
	case "moof":
		body, err := s.boxes.body(kind, size)
		if err != nil {
			return err
		}
		return s.moof(body, start)
	case "mdat":
		return s.mdat(size)
	default:
		return s.boxes.skip(size)
	}
}

func (s *segmentReader) moof(body []byte, start int64) error {
	boxes, err := splitBoxes(body)
	if err != nil {
		return err
	}
	for _, b := range boxes {
		if b.kind == "traf" {
			if err := s.traf(b.body, start); err != nil {
				return err
			}
		}
	}
	return nil
}

// traf reads one track fragment (ISO/IEC 14496-12 section 8.8.6).
func (s *segmentReader) traf(body []byte, moofStart int64) error {
	head, err := readTrackHeader(child(body, "tfhd"), s.init)
	if err != nil {
		return err
	}
	start, err := readDecodeTime(child(body, "tfdt"))
	if err != nil {
		return err
	}
	boxes, err := splitBoxes(body)
	if err != nil {
		return err
	}
	run, seen := s.seg.Runs[head.track.ID]
	if !seen {
		run.Start = start
	} else if run.End() != start {
		return fmt.Errorf("%w: fragments of track %d leave a gap at %d", ErrMalformed, head.track.ID, start)
	}
	reader := &runReader{head: head, run: run, moofStart: moofStart, at: moofStart, keep: head.track.ID == s.keep}
	for _, b := range boxes {
		if b.kind != "trun" {
			continue
		}
		if err := reader.read(b.body); err != nil {
			return err
		}
	}
	s.seg.Runs[head.track.ID] = reader.run
	s.kept = append(s.kept, reader.kept...)
	if video, _ := s.init.Video(); head.track.ID == video.ID {
		s.seg.Syncs = append(s.seg.Syncs, reader.syncs...)
		if s.firstSize == 0 {
			s.firstAt, s.firstSize = reader.firstAt, reader.firstSize
		}
	}
	return nil
}

// trackHeader is a tfhd with the defaults of its track filled in.
type trackHeader struct {
	track                 Track
	duration, size, flags uint32
}

// Flags of tfhd (ISO/IEC 14496-12 section 8.8.7).
const (
	tfhdBaseOffset  = 0x1
	tfhdDescription = 0x2
	tfhdDuration    = 0x8
	tfhdSize        = 0x10
	tfhdFlags       = 0x20
)

func readTrackHeader(tfhd []byte, init Init) (trackHeader, error) {
	f := &fields{b: tfhd}
	_, flags := f.fullBox()
	id := f.u32()
	head := trackHeader{}
	for _, t := range init.Tracks {
		if t.ID == id {
			head = trackHeader{track: t, duration: t.duration, size: t.size, flags: t.flags}
		}
	}
	if f.err == nil && (head.track.ID != id || id == 0) {
		return head, fmt.Errorf("%w: track %d is not in the initialisation section", ErrMalformed, id)
	}
	if flags&tfhdBaseOffset != 0 {
		return head, fmt.Errorf("%w: base-data-offset in a segment", ErrMalformed)
	}
	if flags&tfhdDescription != 0 {
		f.skip(4)
	}
	if flags&tfhdDuration != 0 {
		head.duration = f.u32()
	}
	if flags&tfhdSize != 0 {
		head.size = f.u32()
	}
	if flags&tfhdFlags != 0 {
		head.flags = f.u32()
	}
	return head, f.err
}

// readDecodeTime reads a tfdt (ISO/IEC 14496-12 section 8.8.12).
func readDecodeTime(tfdt []byte) (int64, error) {
	f := &fields{b: tfdt}
	version, _ := f.fullBox()
	var at uint64
	if version == 1 {
		at = f.u64()
	} else {
		at = uint64(f.u32())
	}
	if f.err == nil && at > 1<<60 {
		return 0, fmt.Errorf("%w: decode time %d", ErrMalformed, at)
	}
	return int64(at), f.err //nolint:gosec // G115: bounded above
}

// Flags of trun (ISO/IEC 14496-12 section 8.8.8).
const (
	trunDataOffset  = 0x1
	trunFirstFlags  = 0x4
	trunDuration    = 0x100
	trunSize        = 0x200
	trunSampleFlags = 0x400
	trunComposition = 0x800
)

// sampleNotSync is the flag of a sample that depends on others (ISO/IEC
// 14496-12 section 8.8.3.1).
const sampleNotSync = 0x10000

// runReader reads the truns of one track fragment, one after the other.
type runReader struct {
	head      trackHeader
	run       Run
	moofStart int64
	at        int64 // where the next sample lies in the file
	firstAt   int64 // where the first one lies
	firstSize uint32
	syncs     []SyncSample
	keep      bool // all samples
	kept      []located
}

// read adds the samples of one trun.
func (r *runReader) read(trun []byte) error {
	f := &fields{b: trun}
	_, flags := f.fullBox()
	count := f.u32()
	if flags&trunDataOffset != 0 {
		r.at = r.moofStart + int64(int32(f.u32())) //nolint:gosec // G115: signed in the file
	}
	var firstFlags uint32
	if flags&trunFirstFlags != 0 {
		firstFlags = f.u32()
	}
	if int64(count)+int64(r.run.Samples) > maxSamples {
		return fmt.Errorf("%w: %d samples and %d more in one segment", ErrMalformed, r.run.Samples, count)
	}
	for i := range count {
		s := r.sample(f, flags)
		if i == 0 && flags&trunFirstFlags != 0 {
			s.flags = firstFlags
		}
		if f.err != nil {
			return f.err
		}
		r.add(s)
	}
	return f.err
}

// sample is one entry of a trun with the defaults filled in.
type sample struct {
	duration, size, flags uint32
	composition           int64
}

func (r *runReader) sample(f *fields, flags uint32) sample {
	s := sample{duration: r.head.duration, size: r.head.size, flags: r.head.flags}
	if flags&trunDuration != 0 {
		s.duration = f.u32()
	}
	if flags&trunSize != 0 {
		s.size = f.u32()
	}
	if flags&trunSampleFlags != 0 {
		s.flags = f.u32()
	}
	if flags&trunComposition != 0 {
		s.composition = int64(int32(f.u32())) //nolint:gosec // G115: signed from version 1 on, small before
	}
	return s
}

func (r *runReader) add(s sample) {
	if r.run.Samples == 0 {
		r.run.Composition = s.composition
	}
	if r.firstSize == 0 {
		r.firstAt, r.firstSize = r.at, s.size
	}
	if s.flags&sampleNotSync == 0 {
		r.syncs = append(r.syncs, SyncSample{At: r.run.End(), Composition: s.composition, Offset: r.at, Size: s.size})
	}
	if r.keep {
		r.kept = append(r.kept, located{at: r.at, size: s.size, duration: s.duration})
	}
	r.run.Samples++
	r.run.Bytes += int64(s.size)
	r.run.Duration += int64(s.duration)
	r.run.Longest = max(r.run.Longest, int64(s.duration))
	r.at += int64(s.size)
}

// mdat looks at the first video sample and skips the rest.
func (s *segmentReader) mdat(size int64) error {
	end := s.boxes.pos + size
	if !s.looked && s.firstSize > 0 && s.firstAt >= s.boxes.pos && s.firstAt+int64(s.firstSize) <= end {
		s.looked = true
		if err := s.boxes.skip(s.firstAt - s.boxes.pos); err != nil {
			return err
		}
		idr, err := s.firstPicture()
		if err != nil {
			return err
		}
		s.seg.StartsWithIDR = idr
	}
	return s.boxes.skip(end - s.boxes.pos)
}

// NAL unit types (ITU-T H.264 table 7-1).
const (
	nalSlice      = 1
	nalPartitions = 4 // 2 to 4: data partitioning
	nalIDR        = 5
)

// firstPicture walks the NAL units of the first video sample up to its first
// slice (ISO/IEC 14496-15 section 5.3.4) and tells whether it is IDR.
func (s *segmentReader) firstPicture() (bool, error) {
	video, _ := s.init.Video()
	end := s.boxes.pos + int64(s.firstSize)
	for s.boxes.pos+int64(video.nalLength)+1 <= end {
		var head [5]byte
		if _, err := io.ReadFull(s.boxes, head[:video.nalLength+1]); err != nil {
			return false, fmt.Errorf("%w: file ends inside a sample", ErrMalformed)
		}
		length := int64(0)
		for _, b := range head[:video.nalLength] {
			length = length<<8 | int64(b)
		}
		switch kind := head[video.nalLength] & 0x1f; {
		case kind == nalIDR:
			return true, nil
		case kind >= nalSlice && kind <= nalPartitions:
			return false, nil
		}
		if length < 1 || s.boxes.pos+length-1 > end {
			return false, fmt.Errorf("%w: NAL unit of %d bytes", ErrMalformed, length)
		}
		if err := s.boxes.skip(length - 1); err != nil {
			return false, err
		}
	}
	return false, nil
}
