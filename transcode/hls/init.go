package hls

import (
	"errors"
	"fmt"
	"io"
)

// Track is one track of an initialisation section.
type Track struct {
	ID            uint32
	Kind          string // "vide" or "soun"
	Timescale     uint32 // ticks a second
	Codec         string // RFC 6381, e.g. "avc1.64001F" or "mp4a.40.2"
	Width, Height int    // of a video track, in pixels
	Channels      int    // of an audio track
	nalLength     int    // bytes of the length before each NAL unit
	duration      uint32 // of a sample that does not say (trex)
	size          uint32
	flags         uint32
}

// Init is what an initialisation section says about the tracks.
type Init struct {
	Tracks []Track
}

// Video returns the first video track; ok is false when there is none.
func (i Init) Video() (Track, bool) { return i.first("vide") }

// Audio returns the first audio track; ok is false when there is none.
func (i Init) Audio() (Track, bool) { return i.first("soun") }

func (i Init) first(kind string) (Track, bool) {
	for _, t := range i.Tracks {
		if t.Kind == kind {
			return t, true
		}
	}
	return Track{}, false
}

// ReadInit reads an initialisation section: ftyp and moov (ISO/IEC 14496-12
// section 8.2.1). It returns ErrMalformed for anything else, for encrypted
// bytes for instance.
func ReadInit(r io.Reader) (Init, error) {
	boxes := &boxReader{r: r}
	for {
		kind, size, err := boxes.next()
		if errors.Is(err, io.EOF) {
			return Init{}, fmt.Errorf("%w: no moov box", ErrMalformed)
		}
		if err != nil {
			return Init{}, err
		}
		if kind == "moov" {
			body, err := boxes.body(kind, size)
			if err != nil {
				return Init{}, err
			}
			return readMoov(body)
		}
		if err := boxes.skip(size); err != nil {
			return Init{}, err
		}
	}
}

func readMoov(moov []byte) (Init, error) {
	boxes, err := splitBoxes(moov)
	if err != nil {
		return Init{}, err
	}
	var init Init
	for _, b := range boxes {
		if b.kind != "trak" {
			continue
		}
		track, err := readTrack(b.body)
		if err != nil {
			return Init{}, err
		}
		init.Tracks = append(init.Tracks, track)
	}
	return init, readDefaults(moov, &init)
}

// readDefaults applies the trex boxes (ISO/IEC 14496-12 section 8.8.3).
func readDefaults(moov []byte, init *Init) error {
	boxes, err := splitBoxes(child(moov, "mvex"))
	if err != nil {
		return err
	}
	for _, b := range boxes {
		if b.kind != "trex" {
			continue
		}
		f := &fields{b: b.body}
		f.fullBox()
		id := f.u32()
		f.skip(4) // sample description
		duration, size, flags := f.u32(), f.u32(), f.u32()
		if f.err != nil {
			return f.err
		}
		for i := range init.Tracks {
			if init.Tracks[i].ID == id {
				init.Tracks[i].duration, init.Tracks[i].size, init.Tracks[i].flags = duration, size, flags
			}
		}
	}
	return nil
}

func readTrack(trak []byte) (Track, error) {
	track := Track{}
	tkhd := &fields{b: child(trak, "tkhd")} // section 8.3.2
	if version, _ := tkhd.fullBox(); version == 1 {
		tkhd.skip(16)
	} else {
		tkhd.skip(8)
	}
	track.ID = tkhd.u32()
	mdhd := &fields{b: child(trak, "mdia", "mdhd")} // section 8.4.2
	if version, _ := mdhd.fullBox(); version == 1 {
		mdhd.skip(16)
	} else {
		mdhd.skip(8)
	}
	track.Timescale = mdhd.u32()
	hdlr := &fields{b: child(trak, "mdia", "hdlr")} // section 8.4.3
	hdlr.skip(8)
	track.Kind = string(hdlr.take(4))
	for _, f := range []*fields{tkhd, mdhd, hdlr} {
		if f.err != nil {
			return Track{}, f.err
		}
	}
	if track.Timescale == 0 {
		return Track{}, fmt.Errorf("%w: timescale of track %d is 0", ErrMalformed, track.ID)
	}
	return track, readSampleEntry(child(trak, "mdia", "minf", "stbl", "stsd"), &track)
}

// readSampleEntry reads the first sample description (ISO/IEC 14496-12 section 8.5.2).
func readSampleEntry(stsd []byte, track *Track) error {
	if len(stsd) < 8 {
		return fmt.Errorf("%w: track %d has no sample description", ErrMalformed, track.ID)
	}
	entries, err := splitBoxes(stsd[8:])
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%w: track %d has no sample description", ErrMalformed, track.ID)
	}
	switch entry := entries[0]; track.Kind {
	case "vide":
		return readVisualEntry(entry, track)
	case "soun":
		return readAudioEntry(entry, track)
	default:
		track.Codec = entry.kind
		return nil
	}
}

// readVisualEntry reads a VisualSampleEntry (ISO/IEC 14496-12 section 12.1.3).
func readVisualEntry(entry box, track *Track) error {
	f := &fields{b: entry.body}
	f.skip(24)
	track.Width, track.Height = int(f.u16()), int(f.u16())
	f.skip(50)
	if f.err != nil {
		return f.err
	}
	return readAVC(entry.kind, f.b, track)
}

// readAudioEntry reads an AudioSampleEntry (ISO/IEC 14496-12 section 12.2.3).
func readAudioEntry(entry box, track *Track) error {
	f := &fields{b: entry.body}
	f.skip(16)
	track.Channels = int(f.u16())
	f.skip(10)
	if f.err != nil {
		return f.err
	}
	if entry.kind != "mp4a" {
		return fmt.Errorf("%w: audio codec %q", ErrMalformed, entry.kind)
	}
	return readAAC(child(f.b, "esds"), track)
}
