package edge

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"sync"
)

// partialPrefix marks files that are no objects yet.
const partialPrefix = "partial-"

// fill is an object on its way to the disk. Any number of viewers read what has
// arrived and wait for the rest.
type fill struct {
	file *os.File

	mu      sync.Mutex
	users   int // the file is closed when nobody is left
	info    entryInfo
	begun   bool  // info is known
	written int64 // bytes that may be read
	done    bool
	err     error
	changed chan struct{} // closed and replaced when any of these changes
}

// newFill returns a fill with two users: who runs it and who asked.
func newFill(dir string) (*fill, error) {
	file, err := os.CreateTemp(dir, partialPrefix)
	if err != nil {
		return nil, err
	}
	return &fill{file: file, users: 2, changed: make(chan struct{})}, nil
}

// hold adds a user, unless the fill has failed already.
func (f *fill) hold() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users == 0 || f.err != nil {
		return false
	}
	f.users++
	return true
}

func (f *fill) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users--; f.users == 0 {
		_ = f.file.Close() // a broken one is removed or found by its length
	}
}

// update changes what users wait for.
func (f *fill) update(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// wait returns when the condition, asked under the lock, holds or the fill is over.
func (f *fill) wait(ctx context.Context, holds func() bool) error {
	for {
		f.mu.Lock()
		over, err, changed := holds() || f.done, f.err, f.changed
		f.mu.Unlock()
		if over {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run copies the object into the file; it returns the file's size. An object
// larger than most is none of the cache's: errPassBy.
func (f *fill) run(ctx context.Context, origin Origin, key string, most int64) (int64, error) {
	object, err := origin.Open(ctx, Request{Key: key})
	if err != nil {
		return 0, err
	}
	defer object.Body.Close() //nolint:errcheck // read only
	size, err := strconv.ParseInt(object.Header.Get("Content-Length"), 10, 64)
	if err != nil || size > most || object.Header.Get("ETag") == "" {
		return 0, errPassBy
	}
	info := entryInfo{Key: key, Header: object.Header, Size: size}
	f.update(func() { f.info, f.begun = info, true })
	if info.CRC, err = f.copy(object.Body, size); err != nil {
		return 0, err
	}
	tail, err := info.tail()
	if err != nil {
		return 0, err
	}
	if _, err := f.file.Write(tail); err != nil {
		return 0, &diskError{err}
	}
	return size + int64(len(tail)), nil
}

// copy writes exactly size bytes and returns their checksum.
func (f *fill) copy(body io.Reader, size int64) (uint32, error) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	sum, left := crc32.New(castagnoli), size
	for left > 0 {
		n, err := body.Read((*buffer)[:min(int64(len(*buffer)), left)])
		if n > 0 {
			if _, err := f.file.Write((*buffer)[:n]); err != nil {
				return 0, &diskError{err}
			}
			_, _ = sum.Write((*buffer)[:n]) // never fails
			left -= int64(n)
			f.update(func() { f.written += int64(n) })
		}
		if err == io.EOF && left > 0 {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			return 0, err
		}
	}
	return sum.Sum32(), nil
}

// finish tells everybody how it ended; a broken file is removed.
func (f *fill) finish(err error) {
	if err != nil {
		_ = os.Remove(f.file.Name()) // the next start removes what is left
	}
	f.update(func() { f.done, f.err = true, err })
	f.release()
}

// open answers a request from what is arriving. The caller has joined; its
// share ends with the body.
func (f *fill) open(ctx context.Context, r Request) (*Object, error) {
	err := f.wait(ctx, func() bool { return f.begun })
	if err != nil {
		f.release()
		return nil, passDiskBy(err)
	}
	object, part, err := f.info.answer(r)
	if err != nil {
		f.release()
		return nil, err
	}
	object.Body = &fillBody{ctx: ctx, fill: f, at: part.from, end: part.from + part.length}
	return object, nil
}

// passDiskBy turns a fault of the disk into the advice to do without it.
func passDiskBy(err error) error {
	var disk *diskError
	if errors.As(err, &disk) {
		return errPassBy
	}
	return err
}

// fillBody reads a part of an object that is still arriving.
type fillBody struct {
	ctx     context.Context //nolint:containedctx // a body ends with the request it answers
	fill    *fill
	at, end int64
	closed  bool
}

// Read implements io.Reader.
func (b *fillBody) Read(p []byte) (int, error) {
	if b.at >= b.end {
		return 0, io.EOF
	}
	var arrived int64
	err := b.fill.wait(b.ctx, func() bool {
		arrived = b.fill.written
		return arrived > b.at
	})
	if arrived <= b.at {
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	n, err := b.fill.file.ReadAt(p[:min(int64(len(p)), min(arrived, b.end)-b.at)], b.at)
	b.at += int64(n)
	return n, err
}

// Close implements io.Closer.
func (b *fillBody) Close() error {
	if !b.closed {
		b.closed = true
		b.fill.release()
	}
	return nil
}
