package edge_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds/playback/edge"
)

// counted is an origin in memory that counts what it is asked.
type counted struct {
	objects map[string]string
	asked   atomic.Int32
	body    func(text string) io.ReadCloser // nil: all at once
}

func (o *counted) Open(_ context.Context, r edge.Request) (*edge.Object, error) {
	o.asked.Add(1)
	text, found := o.objects[r.Key]
	if !found {
		return nil, edge.ErrNoObject
	}
	object := &edge.Object{Header: http.Header{
		"Content-Length": {strconv.Itoa(len(text))}, "Etag": {`"` + r.Key[:3] + `"`}, "Content-Type": {"video/iso.segment"},
		"Last-Modified": {"Mon, 02 Nov 2026 10:00:00 GMT"},
	}}
	if !r.HeadOnly {
		object.Body = io.NopCloser(strings.NewReader(text))
		if o.body != nil {
			object.Body = o.body(text)
		}
	}
	return object, nil
}

func newCache(t *testing.T, origin edge.Origin, c edge.CacheConfig) *edge.Cache {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	cache, err := edge.NewCache(origin, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() }) // a test may have closed it
	return cache
}

func read(t *testing.T, origin edge.Origin, r edge.Request) string {
	t.Helper()
	object, err := origin.Open(t.Context(), r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	defer object.Body.Close()
	text, err := io.ReadAll(object.Body)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return string(text)
}

// settled reads an object until it comes from the disk: the first reader may
// be done a moment before the file is in place.
func settled(t *testing.T, cache *edge.Cache, key string) {
	t.Helper()
	for hits := cache.Stats().Hits; cache.Stats().Hits == hits && t.Context().Err() == nil; {
		read(t, cache, edge.Request{Key: key})
	}
}

func TestTheEdgeServesFromItsCache(t *testing.T) {
	t.Parallel()
	whole, key := string(segment()), strings.TrimPrefix(folder, "/")+"v720/seg_00000.m4s"
	origin := &counted{objects: map[string]string{key: whole}}
	cache := newCache(t, origin, edge.CacheConfig{})
	server := serve(t, edge.Config{Verifier: granted{}, Origin: cache, APIs: []*url.URL{parse(t, "http://127.0.0.1:1")}})
	object := "/" + key
	first := do(t, server, "GET", object+"?grant=yes")
	settled(t, cache, key)
	asked := origin.asked.Load()
	if warm := do(t, server, "GET", object+"?grant=yes"); first.body != whole || warm.body != whole || warm.header.Get("Content-Length") != "300000" {
		t.Errorf("%d bytes, then %d: %v", len(first.body), len(warm.body), warm.header)
	}
	tests := map[string]struct {
		method string
		header []string
		status int
		body   string
	}{
		"HEAD":                 {"HEAD", nil, 200, ""},
		"range":                {"GET", []string{"Range", "bytes=10-19"}, 206, whole[10:20]},
		"open range":           {"GET", []string{"Range", "bytes=299990-"}, 206, whole[299_990:]},
		"last bytes":           {"GET", []string{"Range", "bytes=-10"}, 206, whole[299_990:]},
		"more than there is":   {"GET", []string{"Range", "bytes=-900000"}, 206, whole},
		"range behind the end": {"GET", []string{"Range", "bytes=900000-"}, 416, "InvalidRange"},
		"backward":             {"GET", []string{"Range", "bytes=9-3"}, 200, whole},
		"same tag":             {"GET", []string{"If-None-Match", `"a", "med"`}, 304, ""},
		"another tag":          {"GET", []string{"If-None-Match", `"x"`}, 200, whole},
		"any tag":              {"GET", []string{"If-None-Match", "*"}, 304, ""},
		"if match":             {"GET", []string{"If-Match", `"x"`}, 412, "PreconditionFailed"},
		"if range, same":       {"GET", []string{"Range", "bytes=0-9", "If-Range", `"med"`}, 206, whole[:10]},
		"if range, changed":    {"GET", []string{"Range", "bytes=0-9", "If-Range", `"x"`}, 200, whole},
		"unchanged since":      {"GET", []string{"If-Modified-Since", "Mon, 02 Nov 2026 10:00:00 GMT"}, 304, ""},
	}
	for name, tt := range tests {
		got := do(t, server, tt.method, object+"?grant=yes", tt.header...)
		if got.status != tt.status || got.status >= 400 && !strings.Contains(got.body, tt.body) || got.status < 400 && got.body != tt.body {
			t.Errorf("%s: %d with %d bytes, want %d", name, got.status, len(got.body), tt.status)
		}
	}
	if n := origin.asked.Load(); n != asked {
		t.Errorf("the origin was asked %d more times", n-asked)
	}
	if refused := do(t, server, "GET", object); refused.status != 403 || strings.Contains(refused.body, whole[:10]) {
		t.Errorf("a cached object is served without a grant: %d", refused.status)
	}
}

// TestManyViewersOneFetch: an object is fetched once however many ask, and they
// read what has arrived while the rest is under way.
func TestManyViewersOneFetch(t *testing.T) {
	t.Parallel()
	text := string(segment())
	reader, writer := io.Pipe()
	origin := &counted{objects: map[string]string{"object": text}, body: func(string) io.ReadCloser { return reader }}
	cache := newCache(t, origin, edge.CacheConfig{})
	var viewers sync.WaitGroup
	halfway := make(chan struct{}, 20)
	for range 20 {
		viewers.Go(func() {
			object, err := cache.Open(t.Context(), edge.Request{Key: "object"})
			if err != nil {
				t.Error(err)
				return
			}
			defer object.Body.Close()
			half := make([]byte, 100_000)
			_, err = io.ReadFull(object.Body, half)
			halfway <- struct{}{}
			rest, errRest := io.ReadAll(object.Body)
			if err != nil || errRest != nil || string(half)+string(rest) != text {
				t.Errorf("%d bytes: %v, %v", len(half)+len(rest), err, errRest)
			}
		})
	}
	_, _ = io.WriteString(writer, text[:100_000])
	for range 20 {
		<-halfway
	}
	_, _ = io.WriteString(writer, text[100_000:])
	viewers.Wait()
	if n := origin.asked.Load(); n != 1 {
		t.Errorf("the origin was asked %d times", n)
	}
}

func TestBrokenFetchesAreNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := true
	origin := &counted{objects: map[string]string{"object": "all of it"}, body: func(text string) io.ReadCloser {
		if broken {
			text = text[:3]
		}
		return io.NopCloser(strings.NewReader(text))
	}}
	cache := newCache(t, origin, edge.CacheConfig{Dir: dir})
	if object, err := cache.Open(t.Context(), edge.Request{Key: "object"}); err == nil {
		if got, err := io.ReadAll(object.Body); err == nil {
			t.Errorf("a broken object looks whole: %q", got)
		}
		_ = object.Body.Close()
	}
	broken = false
	for { // the broken fetch may still be being cleared away
		object, err := cache.Open(t.Context(), edge.Request{Key: "object"})
		if err != nil {
			continue
		}
		if got, err := io.ReadAll(object.Body); err == nil && string(got) == "all of it" {
			break
		}
	}
	if _, err := cache.Open(t.Context(), edge.Request{Key: "none"}); !errors.Is(err, edge.ErrNoObject) {
		t.Errorf("an absent object: %v", err)
	}
}

// TestWhatAKillLeaves: whole files are found again, half ones removed, spoilt
// ones fetched again; two processes cannot share a folder.
func TestWhatAKillLeaves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	origin := &counted{objects: map[string]string{"one": "the first object", "two": "the second object"}}
	before := newCache(t, origin, edge.CacheConfig{Dir: dir})
	settled(t, before, "one")
	settled(t, before, "two")
	if _, err := edge.NewCache(origin, edge.CacheConfig{Dir: dir, MaxBytes: 1}); err == nil {
		t.Error("two caches use one folder")
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "partial-123")
	if err := os.WriteFile(half, []byte("the fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	spoil(t, dir, "the second object", "the second XXXXXX")

	after := newCache(t, origin, edge.CacheConfig{Dir: dir})
	if _, err := os.Stat(half); err == nil {
		t.Error("a half object is still there")
	}
	asked := origin.asked.Load()
	if got := read(t, after, edge.Request{Key: "one"}); got != "the first object" || origin.asked.Load() != asked {
		t.Errorf("%q, fetched again: %v", got, origin.asked.Load() != asked)
	}
	if got := read(t, after, edge.Request{Key: "two"}); got != "the second object" || origin.asked.Load() != asked+1 {
		t.Errorf("a spoilt object is served: %q", got)
	}
}

// spoil changes bytes of a file below dir, not its length.
func spoil(t *testing.T, dir, old, changed string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.Replace(content, []byte(old), []byte(changed), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	origin := &counted{objects: map[string]string{"large": strings.Repeat("x", 40_000)}}
	keys := make([]string, 40)
	for i := range keys {
		keys[i] = "object" + strconv.Itoa(i)
		origin.objects[keys[i]] = strings.Repeat("x", 10_000)
	}
	cache := newCache(t, origin, edge.CacheConfig{MaxBytes: 100_000})
	for _, key := range keys {
		settled(t, cache, key)
		settled(t, cache, keys[0]) // used all the time, so it stays
	}
	if size := cache.Stats().Bytes; size > 100_000 || size < 50_000 {
		t.Errorf("%d bytes", size)
	}
	asked := origin.asked.Load()
	read(t, cache, edge.Request{Key: keys[0]})
	if origin.asked.Load() != asked {
		t.Error("what is used most had to go")
	}
	for range 2 {
		read(t, cache, edge.Request{Key: "large"})
	}
	if n := origin.asked.Load() - asked; n != 3 {
		t.Errorf("an object too large for the cache was asked for %d times, want 3: tried once, then read past it", n)
	}
}

func TestOldObjectsAreFetchedAgain(t *testing.T) {
	t.Parallel()
	origin := &counted{objects: map[string]string{"object": "text"}}
	cache := newCache(t, origin, edge.CacheConfig{MaxAge: time.Nanosecond})
	read(t, cache, edge.Request{Key: "object"})
	for n := int32(1); origin.asked.Load() == n; { // it joins the first fetch while that ends
		read(t, cache, edge.Request{Key: "object"})
	}
}

// endless is an origin whose objects never end, but with who asked for them.
type endless struct{}

func (endless) Open(ctx context.Context, _ edge.Request) (*edge.Object, error) {
	body, source := io.Pipe()
	context.AfterFunc(ctx, func() { _ = source.CloseWithError(ctx.Err()) })
	return &edge.Object{Header: http.Header{"Content-Length": {"1000"}, "Etag": {`"e"`}}, Body: body}, nil
}

// TestACacheLeavesNothingBehind: what is under way when it is closed is given
// up before the folder is another's.
func TestACacheLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cache := newCache(t, endless{}, edge.CacheConfig{Dir: dir})
	object, err := cache.Open(t.Context(), edge.Request{Key: "object"})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	if err := cache.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, err := io.ReadAll(object.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("who was reading learned: %v", err)
	}
}

// TestAFullDiskIsPassedBy: viewers are served when the disk refuses.
func TestAFullDiskIsPassedBy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	origin := &counted{objects: map[string]string{"object": "text"}}
	cache := newCache(t, origin, edge.CacheConfig{Dir: dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := read(t, cache, edge.Request{Key: "object"}); got != "text" {
			t.Errorf("%q", got)
		}
	}
}
