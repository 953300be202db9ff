package transcode

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// sourcesFunc is a Sources made of a function.
type sourcesFunc func(ctx context.Context, id catalog.RecordingID, path string) error

func (f sourcesFunc) Fetch(ctx context.Context, id catalog.RecordingID, path string, progress func(int64)) error {
	err := f(ctx, id, path)
	progress(1)
	return err
}

// writing is a Sources that writes small files.
func writing(_ context.Context, id catalog.RecordingID, path string) error {
	return os.WriteFile(path, []byte(id), 0o600)
}

func noProgress(int64) {}

// TestCacheIsBounded: whatever is acquired and released, what is in use is
// there and right, and what is not is bounded.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "cache") //nolint:usetesting // a rapid.T has no folder
		if err != nil {
			t.Fatal(err)
		}
		c := &SourceCache{Sources: sourcesFunc(writing), Dir: dir, Bytes: 10}
		type use struct {
			id, path string
			size     int64
			release  func()
		}
		var uses []use
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if len(uses) > 0 && rapid.Bool().Draw(t, "release one") {
				i := rapid.IntRange(0, len(uses)-1).Draw(t, "which")
				uses[i].release()
				uses[i].release() // twice does no harm
				uses = slices.Delete(uses, i, i+1)
			} else {
				n := rapid.IntRange(0, 5).Draw(t, "recording")
				u := use{id: "abcdef"[n : n+1], size: []int64{1, 3, 4, 6, 9, 25}[n]}
				u.path, u.release, err = c.Acquire(context.Background(), catalog.RecordingID(u.id), u.size, noProgress)
				if err != nil {
					t.Fatal(err)
				}
				uses = append(uses, u)
			}
			inUse := map[string]int64{}
			var pinned, total int64
			for _, u := range uses {
				if content, err := os.ReadFile(u.path); err != nil || string(content) != u.id {
					t.Fatalf("in use: %q, %v", content, err)
				}
				inUse[u.id] = u.size
			}
			for _, size := range inUse {
				pinned += size
			}
			for _, s := range c.used {
				total += s.size
			}
			files, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(files) != len(c.used) || total > max(c.Bytes, pinned) {
				t.Fatalf("%d files, %d entries, %d bytes, %d in use: %v", len(files), len(c.used), total, pinned, err)
			}
		}
	})
}

// TestCacheFetchesOnce: many who want the same source wait for one fetch, and
// when whoever fetches is stopped the next one does it.
func TestCacheFetchesOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var fetches atomic.Int32
		proceed := make(chan struct{})
		c := &SourceCache{Dir: dir, Bytes: 100, Sources: sourcesFunc(func(ctx context.Context, id catalog.RecordingID, path string) error {
			fetches.Add(1)
			select {
			case <-proceed:
				return writing(ctx, id, path)
			case <-ctx.Done():
				return ctx.Err()
			}
		})}
		ctx, stop := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() {
			_, _, err := c.Acquire(ctx, "a", 1, noProgress)
			first <- err
		}()
		synctest.Wait()
		var others sync.WaitGroup
		for range 5 {
			others.Go(func() {
				path, release, err := c.Acquire(t.Context(), "a", 1, noProgress)
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				if content, err := os.ReadFile(path); err != nil || string(content) != "a" {
					t.Errorf("%q, %v", content, err)
				}
			})
		}
		synctest.Wait()
		stop()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the stopped one: %v", err)
		}
		synctest.Wait()
		close(proceed)
		others.Wait()
		if n := fetches.Load(); n != 2 {
			t.Errorf("%d fetches, want one that was stopped and one for all others", n)
		}
	})
}

// TestCacheLooksAtTheDisk: what is not in use makes room, and a source that has
// none is not fetched.
func TestCacheLooksAtTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &SourceCache{Sources: sourcesFunc(writing), Dir: dir, Bytes: 1000, Reserve: 5}
	c.room = func(string) (int64, error) {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		return int64(30 - 10*len(files)), err
	}
	_, release, err := c.Acquire(t.Context(), "a", 10, noProgress)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Acquire(t.Context(), "b", 20, noProgress); !errors.Is(err, ErrNoRoom) {
		t.Errorf("no room beside one in use: %v", err)
	}
	release()
	path, release, err := c.Acquire(t.Context(), "b", 20, noProgress)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || !slices.Equal(left, []string{path}) {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := Sweep(dir); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 0 {
		t.Errorf("after a sweep: %v, %v", left, err)
	}
}
