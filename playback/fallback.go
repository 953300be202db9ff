package playback

import (
	"io"

	"rounds/catalog"
)

// fallbackWindow is how much of a stored file is read at once: some seconds of
// play, and few enough requests to the storage.
const fallbackWindow = 512 << 10

// Fallback is the progressive file of a recording in clear, made from its stored
// form while it is read (catalog.FallbackStream). It holds one window in memory
// and is not safe for concurrent use; io.NewSectionReader makes a ReadSeeker of it.
type Fallback struct {
	stored io.ReaderAt
	key    []byte
	size   int64
	window []byte // in clear
	at     int64  // of its first byte
}

// NewFallback reads a stored file of size bytes under the content key.
func NewFallback(stored io.ReaderAt, size int64, key []byte) *Fallback {
	return &Fallback{stored: stored, key: key, size: size}
}

// Size is the length of the file, stored and in clear.
func (f *Fallback) Size() int64 { return f.size }

// ReadAt implements io.ReaderAt. Errors are those of the storage;
// io.ErrUnexpectedEOF when it has less than size bytes.
func (f *Fallback) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= f.size {
			return n, io.EOF
		}
		if err := f.Load(off); err != nil {
			return n, err
		}
		copied := copy(p[n:], f.window[off-f.at:])
		n, off = n+copied, off+int64(copied)
	}
	return n, nil
}

// Load makes sure that the byte at off, which must lie in the file, is at hand.
func (f *Fallback) Load(off int64) error {
	if off >= f.at && off < f.at+int64(len(f.window)) {
		return nil
	}
	window := make([]byte, min(fallbackWindow, f.size-off))
	n, err := f.stored.ReadAt(window, off)
	if n < len(window) {
		if err == nil || err == io.EOF { //nolint:errorlint // io.ReaderAt returns it as it is
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	stream, err := catalog.FallbackStream(f.key, off)
	if err != nil {
		return err
	}
	stream.XORKeyStream(window, window)
	f.window, f.at = window, off
	return nil
}
