package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"rounds/catalog"
	"rounds/transcode"
)

// checkMovie walks the top-level boxes: without a whole moov (or a fragment's
// moof) nothing in the file can be found, which is what an interrupted
// recording or upload looks like.
func checkMovie(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	found := transcode.Unusable(catalog.FailTruncated)
	err = eachBox(f, span{0, info.Size()}, func(kind string, _ span, body span) error {
		switch kind {
		case "ftyp":
			if isPhoto(f, body) {
				found = transcode.Unusable(catalog.FailNotMedia)
			}
		case "moov":
			if body.to > info.Size() {
				return errStop
			}
			found = errors.Join(checkReferences(f, body, 0), checkEncryption(io.NewSectionReader(f, body.from, body.to-body.from)))
			return errStop
		}
		return nil
	})
	if err != nil {
		return err
	}
	return found
}

// isPhoto tells whether an ftyp box names a still picture (ISO/IEC 23008-12
// section 10): phones write them in the same container.
func isPhoto(f io.ReaderAt, body span) bool {
	var brand [4]byte
	if _, err := f.ReadAt(brand[:], body.from); err != nil {
		return false
	}
	return slices.Contains([]string{"heic", "heix", "heim", "heis", "mif1", "avif"}, string(brand[:]))
}

// span is a part of a file.
type span struct{ from, to int64 }

// errStop ends a walk early and well.
var errStop = errors.New("stop")

// maxBoxes is more than any recorder writes on one level.
const maxBoxes = 100_000

// eachBox calls visit for the boxes that follow each other in a part of a file.
// The last one's body may end after the part does: it was cut. Whatever is no
// box ends the walk.
func eachBox(f io.ReaderAt, within span, visit func(kind string, whole, body span) error) error {
	var header [16]byte
	for at, boxes := within.from, 0; at < within.to && boxes < maxBoxes; boxes++ {
		n, err := f.ReadAt(header[:min(16, within.to-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read source: %w", err)
		}
		if n < 8 {
			break
		}
		size, head := boxSize(header[:n], within.to-at), int64(8)
		if binary.BigEndian.Uint32(header[:]) == 1 {
			head = 16
		}
		if size < head {
			break
		}
		err = visit(string(header[4:8]), span{at, at + size}, span{at + head, at + size})
		if errors.Is(err, errStop) {
			return nil
		}
		if err != nil {
			return err
		}
		at += size
	}
	return nil
}

// maxDepth is deeper than a reference lies.
const maxDepth = 6

// checkReferences looks through a movie box for samples that are kept elsewhere:
// in files or on hosts (ISO/IEC 14496-12 section 8.7.2), or as alternatives
// (rmra of QuickTime). A movie box within a compressed one (cmov) cannot be
// looked through; nothing has written it for decades.
func checkReferences(f io.ReaderAt, within span, depth int) error {
	if depth > maxDepth {
		return nil
	}
	return eachBox(f, within, func(kind string, _, body span) error {
		body.to = min(body.to, within.to)
		switch kind {
		case "trak", "mdia", "minf", "dinf":
			return checkReferences(f, body, depth+1)
		case "dref":
			return checkLocations(f, span{body.from + 8, body.to})
		case "rmra":
			return transcode.Unusable(catalog.FailUnsafeReference)
		case "cmov":
			return transcode.Unusable(catalog.FailUnsupported)
		}
		return nil
	})
}

// checkLocations reads the entries of a data reference box: flag 1 means that
// the samples are in this file; some writers leave the location empty instead.
func checkLocations(f io.ReaderAt, entries span) error {
	return eachBox(f, entries, func(_ string, _, body span) error {
		entry := make([]byte, max(0, min(body.to, entries.to, body.from+4096)-body.from))
		n, err := f.ReadAt(entry, body.from)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read source: %w", err)
		}
		if n < 4 || entry[3]&1 != 0 || len(bytes.Trim(entry[4:n], "\x00")) == 0 {
			return nil
		}
		return transcode.Unusable(catalog.FailUnsafeReference)
	})
}

// scheme is a SchemeTypeBox with one of the protection schemes of ISO/IEC
// 23001-7, or Microsoft's earlier one. ffprobe shows such tracks as ordinary.
var scheme = regexp.MustCompile(`(?s)schm.{4}(cenc|cens|cbc1|cbcs|piff)`)

// schemeLength is how many bytes a match of scheme has.
const schemeLength = 12

// checkEncryption looks through a movie box for protected tracks, piece by
// piece: the box of a long recording has many megabytes.
func checkEncryption(moov io.Reader) error {
	window := make([]byte, 0, 1<<20)
	for {
		n, err := moov.Read(window[len(window):cap(window)])
		window = window[:len(window)+n]
		if scheme.Match(window) {
			return transcode.Unusable(catalog.FailEncrypted)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read source: %w", err)
		}
		keep := min(len(window), schemeLength-1)
		window = append(window[:0], window[len(window)-keep:]...)
	}
}

// boxSize reads a box header: 32 bits, 64 bits after a 1, or to the end of
// what is left after a 0. It returns 0 for a header that is cut.
func boxSize(header []byte, left int64) int64 {
	switch size := int64(binary.BigEndian.Uint32(header)); size {
	case 0:
		return left
	case 1:
		if len(header) < 16 {
			return 0
		}
		return int64(min(binary.BigEndian.Uint64(header[8:]), 1<<61))
	default:
		return size
	}
}
