package edge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// CacheConfig says where a cache lies and how large it may grow.
type CacheConfig struct {
	Dir      string        // of this cache alone; made when missing
	MaxBytes int64         // on disk, without the file system's own needs
	MaxAge   time.Duration // what was deleted from storage is gone from here after that; 0 means a day
	Log      *slog.Logger
}

const (
	defaultMaxAge = 24 * time.Hour
	// maxFills bounds the objects being fetched at once; beyond it viewers are
	// served past the cache.
	maxFills = 256
	// maxPassedBy bounds the names of objects too large; it is emptied when full.
	maxPassedBy = 4096
	// fillWithin bounds the fetching of one object.
	fillWithin = 5 * time.Minute
	// restAfterFault is how long the disk is left alone when it has refused.
	restAfterFault = time.Minute
)

// errPassBy says that an object is to be read past the cache.
var errPassBy = errors.New("not cached")

// Cache keeps objects of another Origin on disk. It relies on what is true of
// media objects: what lies under a key never changes.
//
// An object is one file (see [entry]), fetched once however many ask for it,
// read by them while it still arrives, and put in place by a rename when it is
// whole. So the process may be killed at any moment; a file that a power cut
// spoilt is found by its checksum when it is first served, and fetched again.
// When the cache is full, what was not asked for longest goes.
//
// The disk is no condition for service: when it refuses, viewers are served
// from the origin.
type Cache struct {
	config  CacheConfig
	origin  Origin
	entries *index
	lock    *os.File

	open  context.Context //nolint:containedctx // of the cache: fetches outlive the requests that began them
	close context.CancelFunc

	filling  sync.WaitGroup
	mu       sync.Mutex
	fills    map[entryName]*fill
	passedBy map[entryName]bool // objects that are too large

	restUntil    atomic.Int64 // Unix nanoseconds
	hits, misses atomic.Int64
}

// entryName names the file of an object: keys are hashed, so that none can lead
// out of the folder.
type entryName [sha256.Size]byte

func nameOf(key string) entryName { return sha256.Sum256([]byte(key)) }

// NewCache opens a cache over origin. It fails when the folder cannot be used
// or another process uses it. Close gives it back.
func NewCache(origin Origin, c CacheConfig) (*Cache, error) {
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	lock, err := lockFolder(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	cache := &Cache{config: c, origin: origin, lock: lock, fills: map[entryName]*fill{}, passedBy: map[entryName]bool{}}
	if cache.entries, err = scan(c.Dir, c.MaxBytes); err != nil {
		return nil, errors.Join(fmt.Errorf("open cache: %w", err), lock.Close())
	}
	cache.open, cache.close = context.WithCancel(context.Background())
	return cache, nil
}

// lockFolder claims the folder until the file is closed or the process ends.
func lockFolder(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is used by another process", dir), err, lock.Close())
	}
	return lock, nil
}

// Close gives the folder back, when fetches that were under way have been given
// up. Objects that are whole stay readable; what is asked for later comes past the cache.
func (c *Cache) Close() error {
	c.mu.Lock()
	c.close()
	c.mu.Unlock()
	c.filling.Wait()
	return c.lock.Close()
}

// CacheStats are the figures of a cache since it was opened.
type CacheStats struct {
	Hits, Misses int64
	Bytes        int64 // on disk now
}

// Stats returns the figures of this moment.
func (c *Cache) Stats() CacheStats {
	return CacheStats{Hits: c.hits.Load(), Misses: c.misses.Load(), Bytes: c.entries.size()}
}

// Open implements Origin.
func (c *Cache) Open(ctx context.Context, r Request) (*Object, error) {
	name := nameOf(r.Key)
	if e := c.stored(name, r.Key); e != nil {
		c.hits.Add(1)
		return e.open(r)
	}
	c.misses.Add(1)
	if r.HeadOnly {
		return c.origin.Open(ctx, r)
	}
	object, err := c.fetch(ctx, name, r)
	if errors.Is(err, errPassBy) {
		return c.origin.Open(ctx, r)
	}
	return object, err
}

// stored opens the file of an object; nil when there is none that can be used.
func (c *Cache) stored(name entryName, key string) *entry {
	known, checked := c.entries.use(name, time.Now().Add(-c.config.MaxAge))
	if !known {
		return nil
	}
	e, err := openEntry(c.path(name), key, checked)
	if err != nil {
		c.config.Log.Warn("cached object cannot be used", "key", key, "error", err)
		c.entries.drop(name)
		return nil
	}
	c.entries.check(name)
	return e
}

// fetch joins whoever fetches the object already, or begins.
func (c *Cache) fetch(ctx context.Context, name entryName, r Request) (*Object, error) {
	f := c.join(name, r.Key) //nolint:contextcheck // a fetch belongs to many requests and outlives each
	if f == nil {
		return nil, errPassBy
	}
	return f.open(ctx, r)
}

// join returns the fill of an object, which the caller must open; nil when the
// cache is not to be used now.
func (c *Cache) join(name entryName, key string) *fill {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.fills[name]; f != nil && f.hold() {
		return f
	}
	if c.open.Err() != nil || c.passedBy[name] || len(c.fills) >= maxFills || time.Now().UnixNano() < c.restUntil.Load() {
		return nil
	}
	f, err := newFill(c.config.Dir)
	if err != nil {
		c.rest(err)
		return nil
	}
	c.fills[name] = f
	c.filling.Go(func() { c.fill(name, key, f) })
	return f
}

// fill fetches an object for everybody who joined. It outlives each of them.
func (c *Cache) fill(name entryName, key string, f *fill) {
	ctx, cancel := context.WithTimeout(c.open, fillWithin)
	defer cancel()
	size, err := f.run(ctx, c.origin, key, c.config.MaxBytes/8)
	if err == nil {
		if err = c.keep(name, f); err == nil {
			c.entries.add(name, size)
		}
	}
	var disk *diskError
	if errors.As(err, &disk) {
		c.rest(err)
	}
	c.forget(name, errors.Is(err, errPassBy))
	f.finish(err)
}

// forget ends a fill; an object that is too large is not tried again soon.
func (c *Cache) forget(name entryName, tooLarge bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fills, name)
	if !tooLarge {
		return
	}
	if len(c.passedBy) >= maxPassedBy {
		clear(c.passedBy)
	}
	c.passedBy[name] = true
}

// keep puts a whole object in its place.
func (c *Cache) keep(name entryName, f *fill) error {
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &diskError{err}
	}
	if err := os.Rename(f.file.Name(), path); err != nil {
		return &diskError{err}
	}
	return nil
}

// rest leaves the disk alone for a while.
func (c *Cache) rest(err error) {
	c.restUntil.Store(time.Now().Add(restAfterFault).UnixNano())
	c.config.Log.Warn("cache on disk refuses, serving past it for a while", "error", err)
}

func (c *Cache) path(name entryName) string { return entryPath(c.config.Dir, name) }

func entryPath(dir string, name entryName) string {
	text := hex.EncodeToString(name[:])
	return filepath.Join(dir, text[:2], text)
}

// diskError is a fault of this machine's disk, not of the origin.
type diskError struct{ error }

func (e *diskError) Unwrap() error { return e.error }
