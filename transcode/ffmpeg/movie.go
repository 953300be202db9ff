package ffmpeg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// movie is what the index of an MP4 with one H.264 track tells; section numbers
// are those of ISO/IEC 14496-12.
type movie struct {
	timescale   int    // ticks a second (8.4.2)
	step        int    // ticks from frame to frame in decoding order, the same for all (8.6.1.2)
	frames      int    // (8.7.3)
	keys        []int  // sync samples, counted from 0 (8.6.2)
	composition int    // ticks from decoding to showing the first frame (8.6.1.3)
	begin       int    // tick that is shown at zero (8.6.6)
	setup       []byte // AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1)
}

// maxMoov is far more than the index of a chunk takes.
const maxMoov = 16 << 20

// readMovie reads the index of a file that was made here.
func readMovie(path string) (movie, error) {
	index, err := movieIndex(path)
	if err != nil {
		return movie{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	var m movie
	if err := m.boxes(index); err != nil {
		return movie{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	if m.timescale == 0 || m.step == 0 || m.frames == 0 || m.setup == nil {
		return movie{}, fmt.Errorf("%s has no pictures", filepath.Base(path))
	}
	return m, nil
}

var errCutIndex = errors.New("index is cut")

// movieIndex finds the movie box among those of the file.
func movieIndex(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	for at := int64(0); ; {
		var header [16]byte
		n, err := f.ReadAt(header[:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		size := int64(0)
		if n >= 8 {
			size = boxSize(header[:n], 0)
		}
		if size < 8 {
			return nil, errCutIndex
		}
		if string(header[4:8]) == "moov" && size <= maxMoov {
			index := make([]byte, size-8)
			_, err := f.ReadAt(index, at+8)
			return index, err
		}
		at += size
	}
}

// boxes reads the boxes in data, one after another, and those within them.
func (m *movie) boxes(data []byte) error {
	for len(data) >= 8 {
		size := int64(binary.BigEndian.Uint32(data))
		if size < 8 || size > int64(len(data)) {
			return errCutIndex
		}
		if err := m.box(string(data[4:8]), data[8:size]); err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

// sampleEntry is how many bytes of an stsd and its visual sample entry come
// before the boxes within (8.5.2, 12.1.3).
const sampleEntry = 8 + 8 + 78

// box reads one box; what has a fixed layout is cut to 32-bit words.
func (m *movie) box(kind string, data []byte) error {
	words := func(n int) int { // the n-th word, 0 beyond the end
		if 4*n+4 > len(data) {
			return 0
		}
		return int(int32(binary.BigEndian.Uint32(data[4*n:]))) //nolint:gosec // G115: offsets are signed, counts small
	}
	switch kind {
	case "trak", "mdia", "minf", "stbl", "edts":
		return m.boxes(data)
	case "stsd":
		return m.boxes(data[min(len(data), sampleEntry):])
	case "mdhd":
		m.timescale = words(3)
	case "elst":
		m.begin = words(3)
	case "stsz":
		m.frames = words(2)
	case "stts":
		m.step = words(3)
		if words(1) > 1 { // runs of frames that differ in length
			return errors.New("frames are not evenly spread")
		}
	case "ctts":
		m.composition = words(3)
	case "stss":
		for i := range min(words(1), len(data)/4) {
			m.keys = append(m.keys, words(2+i)-1)
		}
	case "avcC":
		m.setup = slices.Clone(data)
	}
	return nil
}
