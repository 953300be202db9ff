package edge

import (
	"cmp"
	"container/list"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// index knows the files of a cache, the most recently used first, and removes
// the last ones when they are too many bytes.
type index struct {
	dir  string
	most int64

	mu    sync.Mutex
	bytes int64
	order *list.List // of *indexed
	files map[entryName]*list.Element
}

// indexed is a file.
type indexed struct {
	name    entryName
	size    int64
	stored  time.Time
	checked bool // its bytes were right since this process began
}

// scan finds what an earlier process left, the newest first, and removes what
// is no object.
func scan(dir string, most int64) (*index, error) {
	i := &index{dir: dir, most: most, order: list.New(), files: map[entryName]*list.Element{}}
	var found []*indexed
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		f := &indexed{}
		raw, wrong := hex.DecodeString(d.Name())
		if err != nil || wrong != nil || copy(f.name[:], raw) != len(f.name) || len(raw) != len(f.name) {
			return removePartial(path, err)
		}
		f.size, f.stored = info.Size(), info.ModTime()
		found = append(found, f)
		return nil
	})
	slices.SortFunc(found, func(a, b *indexed) int { return cmp.Compare(a.stored.UnixNano(), b.stored.UnixNano()) })
	for _, f := range found {
		i.put(f)
	}
	return i, err
}

// removePartial removes a file that never became whole; files that are not the
// cache's own are left alone.
func removePartial(path string, err error) error {
	if err == nil && strings.HasPrefix(filepath.Base(path), partialPrefix) {
		return os.Remove(path)
	}
	return err
}

// use tells whether there is a file that was stored after notBefore, and
// whether its bytes were checked; it counts as used now.
func (i *index) use(name entryName, notBefore time.Time) (known, checked bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	element := i.files[name]
	if element == nil {
		return false, false
	}
	f := element.Value.(*indexed)
	if f.stored.Before(notBefore) {
		i.remove(element)
		return false, false
	}
	i.order.MoveToFront(element)
	return true, f.checked
}

// check remembers that the bytes of a file are right.
func (i *index) check(name entryName) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if element := i.files[name]; element != nil {
		element.Value.(*indexed).checked = true
	}
}

// add makes a new file known, whose bytes were just written.
func (i *index) add(name entryName, size int64) {
	i.put(&indexed{name: name, size: size, stored: time.Now(), checked: true})
}

func (i *index) put(f *indexed) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if old := i.files[f.name]; old != nil {
		i.bytes -= old.Value.(*indexed).size
		i.order.Remove(old)
	}
	i.files[f.name] = i.order.PushFront(f)
	i.bytes += f.size
	for i.bytes > i.most && i.order.Len() > 0 {
		i.remove(i.order.Back())
	}
}

// drop removes a file that cannot be used.
func (i *index) drop(name entryName) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if element := i.files[name]; element != nil {
		i.remove(element)
	}
}

// remove forgets a file and deletes it; whoever reads it keeps reading. The
// caller holds the lock.
func (i *index) remove(element *list.Element) {
	f := element.Value.(*indexed)
	i.order.Remove(element)
	delete(i.files, f.name)
	i.bytes -= f.size
	_ = os.Remove(entryPath(i.dir, f.name)) // found again by the next scan
}

func (i *index) size() int64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bytes
}
