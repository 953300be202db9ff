package ffmpeg

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"

	"rounds/catalog"
	"rounds/transcode"
)

// Elements of Matroska (RFC 9559) that are looked at.
const (
	idSegment     = 0x18538067
	idTracks      = 0x1654ae6b
	idChapters    = 0x1043a770
	idChapterFile = 0x6e67 // ChapterSegmentUUID: the chapter is in another file
	idEncryption  = 0x5035 // ContentEncryption
)

// holdersEBML are the elements on the way from tracks and chapters to those.
var holdersEBML = map[uint64]bool{
	0xae: true, 0x6d80: true, 0x6240: true, // TrackEntry, ContentEncodings, ContentEncoding
	0x45b9: true, 0xb6: true, // EditionEntry, ChapterAtom
}

// checkMatroska looks for what is encrypted, and for chapters that are to be
// played from other files.
func checkMatroska(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return eachElement(f, span{0, info.Size()}, func(id uint64, body span) error {
		if id != idSegment {
			return nil
		}
		return eachElement(f, body, func(id uint64, body span) error {
			if id != idTracks && id != idChapters {
				return nil
			}
			return checkElements(f, body, 0)
		})
	})
}

func checkElements(f io.ReaderAt, within span, depth int) error {
	if depth > maxDepth {
		return nil
	}
	return eachElement(f, within, func(id uint64, body span) error {
		switch {
		case id == idEncryption:
			return transcode.Unusable(catalog.FailEncrypted)
		case id == idChapterFile:
			return transcode.Unusable(catalog.FailUnsafeReference)
		case holdersEBML[id]:
			return checkElements(f, body, depth+1)
		}
		return nil
	})
}

// eachElement calls visit for the elements that follow each other in a part of
// a file (RFC 8794 section 6). One of unknown size lasts to the end of the
// part. Whatever is no element ends the walk.
func eachElement(f io.ReaderAt, within span, visit func(id uint64, body span) error) error {
	var header [12]byte
	for at, count := within.from, 0; at < within.to && count < maxBoxes; count++ {
		n, err := f.ReadAt(header[:min(12, within.to-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read source: %w", err)
		}
		id, idLength := variable(header[:n], true)
		size, sizeLength := variable(header[min(n, idLength):n], false)
		if idLength == 0 || sizeLength == 0 {
			return nil
		}
		body := span{at + int64(idLength+sizeLength), within.to}
		if size != 1<<(7*sizeLength)-1 && int64(size) < body.to-body.from { //nolint:gosec // G115: at most 56 bits
			body.to = body.from + int64(size) //nolint:gosec // G115: at most 56 bits
		}
		if err := visit(id, body); err != nil {
			return err
		}
		at = body.to
	}
	return nil
}

// variable reads a number whose leading zeros tell its length; length is 0 when
// it is cut. Ids keep the bit that ends the zeros.
func variable(b []byte, keep bool) (value uint64, length int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	length = bits.LeadingZeros8(b[0]) + 1
	if length > len(b) {
		return 0, 0
	}
	first := b[0]
	if !keep {
		first &= 0xff >> length
	}
	value = uint64(first)
	for _, next := range b[1:length] {
		value = value<<8 | uint64(next)
	}
	return value, length
}
