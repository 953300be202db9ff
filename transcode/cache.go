package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"rounds/catalog"
)

// ErrNoRoom says that a disk has no room for a source.
var ErrNoRoom = errors.New("no room on the disk for work")

// SourceCache keeps presenters' files on the local disk while, and after, they
// are worked on, so that the pieces of a recording that one machine encodes
// cost one download. What is in use stays; of the rest, what was not used for
// longest goes first, as soon as there are more than Bytes. A source that is
// larger than that is kept only for as long as it is in use. It is safe for
// concurrent use; nothing in it survives the process, see Pipeline.Sweep.
type SourceCache struct {
	Sources Sources
	Dir     string // exists
	Bytes   int64  // of sources that are kept beyond their use
	Reserve int64  // bytes of the disk that are left free for other work

	room func(dir string) (int64, error) // free bytes; set by tests

	mu      sync.Mutex
	entries map[catalog.RecordingID]*source
	used    []*source // of entries, least recently used first
}

// source is one file of a SourceCache.
type source struct {
	id    catalog.RecordingID
	path  string
	size  int64
	users int
	ready chan struct{} // closed when it was fetched, or could not be
	err   error         // of that; it is gone from the cache then
}

// Acquire returns the path of a recording's source, which must only be read,
// and how to say that it is no longer used. It fetches the source unless it is
// there or being fetched; progress is told the bytes of one's own fetch.
// ErrNoRoom when the disk is too full.
func (c *SourceCache) Acquire(ctx context.Context, id catalog.RecordingID, size int64, progress func(bytes int64)) (path string, release func(), err error) {
	for {
		s, mine := c.join(id, size)
		release := sync.OnceFunc(func() { c.leave(s) })
		if mine {
			err := c.fetch(ctx, s, progress)
			c.fetched(s, err)
			if err != nil {
				release()
				return "", nil, err
			}
			return s.path, release, nil
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			release()
			return "", nil, context.Cause(ctx)
		}
		if s.err == nil {
			return s.path, release, nil
		}
		release() // whoever fetched it has failed, perhaps because it was stopped
	}
}

// join makes the caller a user of a source; mine tells that it must fetch it.
func (c *SourceCache) join(id catalog.RecordingID, size int64) (s *source, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.entries[id]; ok {
		s.users++
		c.touch(s)
		return s, false
	}
	if c.entries == nil {
		c.entries = map[catalog.RecordingID]*source{}
	}
	s = &source{
		id: id, size: size, users: 1, ready: make(chan struct{}),
		path: filepath.Join(c.Dir, sourcePrefix+string(id)+"-"+catalog.NewToken()),
	}
	c.entries[id], c.used = s, append(c.used, s)
	return s, true
}

// touch makes s the most recently used.
func (c *SourceCache) touch(s *source) {
	c.used = append(without(c.used, s), s)
}

func (c *SourceCache) fetch(ctx context.Context, s *source, progress func(int64)) error {
	c.mu.Lock()
	c.shrink(c.Bytes)
	err := c.makeRoom(s)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.Sources.Fetch(ctx, s.id, s.path, progress)
}

// fetched ends the wait of all who joined.
func (c *SourceCache) fetched(s *source, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.err = err
	if err != nil {
		c.drop(s)
	}
	close(s.ready)
}

func (c *SourceCache) leave(s *source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.users--
	c.shrink(c.Bytes)
}

// shrink drops unused sources until there are no more than that many bytes.
func (c *SourceCache) shrink(bytes int64) {
	var total int64
	for _, s := range c.used {
		total += s.size
	}
	for _, s := range slices.Clone(c.used) {
		if total <= bytes {
			return
		}
		if s.users == 0 {
			c.drop(s)
			total -= s.size
		}
	}
}

// drop forgets a source and removes its file.
func (c *SourceCache) drop(s *source) {
	if c.entries[s.id] == s {
		delete(c.entries, s.id)
	}
	c.used = without(c.used, s)
	_ = os.Remove(s.path) // Sweep takes what is left
}

// makeRoom sees to it that a source that is about to be fetched fits on the
// disk, beside those that are being fetched and the reserve.
func (c *SourceCache) makeRoom(s *source) error {
	for {
		free, err := c.freeBytes()
		if err != nil {
			return fmt.Errorf("look at the room for sources: %w", err)
		}
		missing := c.coming() + c.Reserve - free
		if missing <= 0 {
			return nil
		}
		if !c.dropOldest() {
			return fmt.Errorf("%w: %d bytes are missing in %s for a source of %d", ErrNoRoom, missing, c.Dir, s.size)
		}
	}
}

// coming are the bytes of all sources that are being fetched.
func (c *SourceCache) coming() (bytes int64) {
	for _, s := range c.used {
		select {
		case <-s.ready:
		default:
			bytes += s.size
		}
	}
	return bytes
}

// dropOldest drops the unused source that was not used for longest, if any.
func (c *SourceCache) dropOldest() bool {
	for _, s := range c.used {
		if s.users == 0 {
			c.drop(s)
			return true
		}
	}
	return false
}

func (c *SourceCache) freeBytes() (int64, error) {
	if c.room != nil {
		return c.room(c.Dir)
	}
	return freeBytes(c.Dir)
}

// freeBytes is how many bytes fit on the disk of a folder.
func freeBytes(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, err
	}
	return int64(disk.Bavail) * disk.Bsize, nil //nolint:gosec // no disk has 2^63 blocks
}

// without removes one from list.
func without[T comparable](list []T, one T) []T {
	return slices.DeleteFunc(list, func(other T) bool { return other == one })
}

const sourcePrefix = "source-"
