package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	objectsPrefix  = "objects/"
	manifestPrefix = "manifests/"
	manifestSuffix = ".gz"
	manifestTime   = "20060102T150405.000Z"
	atOnce         = 8 // objects that are copied
)

// Done is what a run came to.
type Done struct {
	Objects, Copied, Removed int
	Bytes                    int64     // copied
	Oldest                   time.Time // manifest that is kept: media can be restored to then
}

// Copy brings what the buckets hold to the target, writes a manifest, and removes
// what no manifest of the last keep names. It may be ended at any point and begun
// again. Sources are named by their buckets.
func Copy(ctx context.Context, sources map[string]Place, target Place, keep time.Duration, now time.Time) (done Done, err error) {
	held := map[string]Object{}
	for _, bucket := range slices.Sorted(maps.Keys(sources)) {
		for o, err := range sources[bucket].List(ctx, "") {
			if err != nil {
				return done, err
			}
			held[bucket+"/"+o.Key] = o
		}
	}
	copied, err := listed(ctx, target, objectsPrefix)
	if err != nil {
		return done, err
	}
	done.Objects = len(held)
	var bytes, objects atomic.Int64
	err = each(ctx, held, func(ctx context.Context, name string, o Object) error {
		if c, ok := copied[name]; ok && c.Size == o.Size && !c.Modified.Before(o.Modified) {
			return nil
		}
		bucket, _, _ := strings.Cut(name, "/")
		objects.Add(1)
		bytes.Add(o.Size)
		return copyOne(ctx, sources[bucket], o.Key, target, objectsPrefix+name, o.Size)
	})
	done.Copied, done.Bytes = int(objects.Load()), bytes.Load()
	if err != nil {
		return done, err
	}
	if err := writeManifest(ctx, target, held, now); err != nil {
		return done, err
	}
	done.Removed, done.Oldest, err = expire(ctx, target, copied, keep, now)
	return done, err
}

func listed(ctx context.Context, place Place, prefix string) (map[string]Object, error) {
	found := map[string]Object{}
	for o, err := range place.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		found[strings.TrimPrefix(o.Key, prefix)] = o
	}
	return found, nil
}

// each does something for all objects, some at a time, until one fails.
func each(ctx context.Context, objects map[string]Object, do func(ctx context.Context, name string, o Object) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for name, o := range objects {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return do(ctx, name, o) })
	}
	return group.Wait()
}

func copyOne(ctx context.Context, from Place, key string, to Place, as string, size int64) error {
	content, err := from.Read(ctx, key)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	counted := &counter{from: content}
	if err := to.Write(ctx, as, size, counted); err != nil {
		return err
	}
	if counted.n != size {
		return fmt.Errorf("copy %s: %d bytes came, %d were announced", key, counted.n, size)
	}
	return nil
}

type counter struct {
	from io.Reader
	n    int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// writeManifest lists what there was: size and name, a line each.
func writeManifest(ctx context.Context, target Place, held map[string]Object, now time.Time) error {
	reader, writer := io.Pipe()
	go func() {
		zip := gzip.NewWriter(writer)
		for _, name := range slices.Sorted(maps.Keys(held)) {
			if _, err := fmt.Fprintf(zip, "%d\t%s\n", held[name].Size, name); err != nil {
				break // the reader has gone
			}
		}
		writer.CloseWithError(zip.Close())
	}()
	defer reader.Close() //nolint:errcheck // it ends the writer
	return target.Write(ctx, manifestPrefix+now.UTC().Format(manifestTime)+manifestSuffix, -1, reader)
}

func readManifest(ctx context.Context, target Place, at time.Time) (map[string]int64, error) {
	content, err := target.Read(ctx, manifestPrefix+at.Format(manifestTime)+manifestSuffix)
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // read only
	zip, err := gzip.NewReader(content)
	if err != nil {
		return nil, fmt.Errorf("manifest of %v: %w", at, err)
	}
	sizes, lines := map[string]int64{}, bufio.NewScanner(zip)
	for lines.Scan() {
		size, name, _ := strings.Cut(lines.Text(), "\t")
		if sizes[name], err = strconv.ParseInt(size, 10, 64); err != nil {
			return nil, fmt.Errorf("manifest of %v: %w", at, err)
		}
	}
	return sizes, lines.Err()
}

// manifests are the times of all, the oldest first.
func manifests(ctx context.Context, target Place) (times []time.Time, err error) {
	found, err := listed(ctx, target, manifestPrefix)
	for name := range found {
		at, err := time.Parse(manifestTime, strings.TrimSuffix(name, manifestSuffix))
		if err != nil {
			return nil, fmt.Errorf("%s%s is no manifest", manifestPrefix, name)
		}
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times, err
}

// expire removes manifests that are older than keep, but for the newest of them,
// which says what there was when that time began, and objects that none names.
// What was copied in this run is in the newest manifest.
func expire(ctx context.Context, target Place, copied map[string]Object, keep time.Duration, now time.Time) (removed int, oldest time.Time, err error) {
	times, err := manifests(ctx, target)
	if err != nil {
		return 0, oldest, err
	}
	first := 0
	for i, at := range times {
		if !at.After(now.Add(-keep)) {
			first = i
		}
	}
	named := map[string]bool{}
	for _, at := range times[first:] {
		sizes, err := readManifest(ctx, target, at)
		if err != nil {
			return 0, oldest, err
		}
		for name := range sizes {
			named[name] = true
		}
	}
	for _, at := range times[:first] {
		if err := target.Remove(ctx, manifestPrefix+at.Format(manifestTime)+manifestSuffix); err != nil {
			return 0, oldest, err
		}
	}
	for name := range copied {
		if named[name] {
			continue
		}
		if err := target.Remove(ctx, objectsPrefix+name); err != nil {
			return removed, oldest, err
		}
		removed++
	}
	return removed, times[first], nil
}

// Restore brings back what the buckets lack of what they held at an instant: what
// the last manifest before it names, and the first after it. Objects that are there
// with their size stay as they are, and so do later ones: what a database of that
// instant does not know is cleared away by upkeep.
func Restore(ctx context.Context, target Place, buckets map[string]Place, at time.Time) (done Done, err error) {
	wanted, err := heldAt(ctx, target, at)
	if err != nil {
		return done, err
	}
	missing := map[string]Object{}
	for bucket, place := range buckets {
		there, err := listed(ctx, place, "")
		if err != nil {
			return done, err
		}
		for name, size := range wanted {
			key, ours := strings.CutPrefix(name, bucket+"/")
			if o, ok := there[key]; ours && (!ok || o.Size != size) {
				missing[name] = Object{Key: key, Size: size}
			}
		}
	}
	var bytes, objects atomic.Int64
	err = each(ctx, missing, func(ctx context.Context, name string, o Object) error {
		bucket, _, _ := strings.Cut(name, "/")
		objects.Add(1)
		bytes.Add(o.Size)
		return copyOne(ctx, target, objectsPrefix+name, buckets[bucket], o.Key, o.Size)
	})
	return Done{Objects: len(wanted), Copied: int(objects.Load()), Bytes: bytes.Load()}, err
}

func heldAt(ctx context.Context, target Place, at time.Time) (map[string]int64, error) {
	times, err := manifests(ctx, target)
	if err != nil {
		return nil, err
	}
	if len(times) == 0 {
		return nil, fmt.Errorf("there is no manifest in %s: nothing was copied here", manifestPrefix)
	}
	after, _ := slices.BinarySearchFunc(times, at, time.Time.Compare)
	held := map[string]int64{}
	for _, i := range []int{after - 1, after} {
		if i < 0 || i >= len(times) {
			continue
		}
		sizes, err := readManifest(ctx, target, times[i])
		if err != nil {
			return nil, err
		}
		maps.Copy(held, sizes)
	}
	return held, nil
}
