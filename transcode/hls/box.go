package hls

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrMalformed marks media that does not follow ISO/IEC 14496-12 or that uses
// a part of it this package does not read.
var ErrMalformed = errors.New("malformed media file")

// maxHeaderBox bounds what is held in memory of any box but mdat: a moof of a
// 6-second segment is a few kilobytes.
const maxHeaderBox = 8 << 20

// maxIndex bounds the index of a progressive file: twelve hours at 60 pictures a
// second need about 50 MiB.
const maxIndex = 128 << 20

// box is one box of an ISO base media file (ISO/IEC 14496-12 section 4.2).
type box struct {
	kind string // four characters
	body []byte // without the header
}

// splitBoxes cuts the body of a container into its boxes.
func splitBoxes(b []byte) ([]box, error) {
	var boxes []box
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, fmt.Errorf("%w: %d stray bytes after the last box", ErrMalformed, len(b))
		}
		size, kind := uint64(binary.BigEndian.Uint32(b)), string(b[4:8])
		header := uint64(8)
		if size == 1 && len(b) >= 16 {
			size, header = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < header || size > uint64(len(b)) {
			return nil, fmt.Errorf("%w: box %q of %d bytes does not fit", ErrMalformed, kind, size)
		}
		boxes = append(boxes, box{kind: kind, body: b[header:size]})
		b = b[size:]
	}
	return boxes, nil
}

// child follows a path of box kinds, taking the first of each kind. It returns
// nil when there is none or a container is malformed.
func child(body []byte, path ...string) []byte {
	for _, kind := range path {
		boxes, err := splitBoxes(body)
		if err != nil {
			return nil
		}
		body = nil
		for _, b := range boxes {
			if b.kind == kind {
				body = b.body
				break
			}
		}
	}
	return body
}

// fields reads big-endian numbers one after the other; after the first read
// beyond the end it returns zeros and remembers the error.
type fields struct {
	b   []byte
	err error
}

func (f *fields) take(n int) []byte {
	if f.err != nil || n < 0 || n > len(f.b) {
		f.err = fmt.Errorf("%w: box ends early", ErrMalformed)
		return make([]byte, min(max(n, 0), 8))
	}
	head := f.b[:n]
	f.b = f.b[n:]
	return head
}

func (f *fields) skip(n int)  { f.take(n) }
func (f *fields) u8() uint8   { return f.take(1)[0] }
func (f *fields) u16() uint16 { return binary.BigEndian.Uint16(f.take(2)) }
func (f *fields) u32() uint32 { return binary.BigEndian.Uint32(f.take(4)) }
func (f *fields) u64() uint64 { return binary.BigEndian.Uint64(f.take(8)) }

// fullBox reads version and flags (ISO/IEC 14496-12 section 4.2).
func (f *fields) fullBox() (version uint8, flags uint32) {
	word := f.u32()
	return uint8(word >> 24), word & 0xffffff
}

// boxReader walks the top level of a stream without holding media data, so a
// segment of any size is read in bounded memory.
type boxReader struct {
	r     io.Reader
	pos   int64 // bytes consumed
	limit int64 // of a box held in memory; 0 means maxHeaderBox
}

// next reads the header of the next box. It returns io.EOF at a clean end.
func (r *boxReader) next() (kind string, size int64, err error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:8]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: file ends inside a box header", ErrMalformed)
		}
		return "", 0, err
	}
	total, header := uint64(binary.BigEndian.Uint32(head[:])), uint64(8)
	if total == 1 {
		if _, err := io.ReadFull(r, head[8:]); err != nil {
			return "", 0, fmt.Errorf("%w: file ends inside a box header", ErrMalformed)
		}
		total, header = binary.BigEndian.Uint64(head[8:]), 16
	}
	if total < header || total > 1<<40 {
		return "", 0, fmt.Errorf("%w: box %q of %d bytes", ErrMalformed, head[4:8], total)
	}
	return string(head[4:8]), int64(total - header), nil
}

// Read makes boxReader count what it consumes.
func (r *boxReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.pos += int64(n)
	return n, err
}

// body reads a header box whole.
func (r *boxReader) body(kind string, size int64) ([]byte, error) {
	if size > cmp.Or(r.limit, maxHeaderBox) {
		return nil, fmt.Errorf("%w: box %q of %d bytes is too large", ErrMalformed, kind, size)
	}
	b, err := io.ReadAll(io.LimitReader(r, size))
	if err == nil && int64(len(b)) < size {
		err = fmt.Errorf("%w: file ends inside box %q", ErrMalformed, kind)
	}
	return b, err
}

// skip discards n bytes.
func (r *boxReader) skip(n int64) error {
	if n < 0 {
		return fmt.Errorf("%w: offsets go backwards", ErrMalformed)
	}
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: file ends early", ErrMalformed)
		}
		return err
	}
	return nil
}
