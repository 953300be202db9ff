package backup_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/deploy/backup"
	"rounds/deploy/local/s3test"
)

// places are the targets; the same must hold for each.
func places(t *testing.T) map[string]backup.Place {
	t.Helper()
	client, bucket := s3test.Bucket(t)
	return map[string]backup.Place{"folder": backup.Folder(t.TempDir()), "bucket": backup.Bucket(client, bucket, false)}
}

func source(t *testing.T) backup.Place {
	t.Helper()
	client, bucket := s3test.Bucket(t)
	return backup.Bucket(client, bucket, false)
}

func write(t *testing.T, p backup.Place, key, content string) {
	t.Helper()
	if err := p.Write(t.Context(), key, int64(len(content)), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, p backup.Place) map[string]string {
	t.Helper()
	found := map[string]string{}
	for o, err := range p.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Read(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close() // read only
		found[o.Key] = string(text)
	}
	return found
}

// TestMediaComesBackAsItWasAtAnInstant: copies add what is missing, what was
// deleted stays in the copy until its time is over, and a restore brings back what
// the buckets held then.
func TestMediaComesBackAsItWasAtAnInstant(t *testing.T) {
	t.Parallel()
	for name, target := range places(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, media := t.Context(), source(t)
			sources := map[string]backup.Place{"media": media}
			const keep, anyNumber = 30 * 24 * time.Hour, -1
			start := time.Now().Add(time.Hour).Truncate(time.Second)
			day := func(n int) time.Time { return start.Add(time.Duration(n) * 24 * time.Hour) }
			run := func(n, copied, removed int) {
				t.Helper()
				done, err := backup.Copy(ctx, sources, target, keep, day(n))
				if err != nil || copied != anyNumber && done.Copied != copied || done.Removed != removed {
					t.Fatalf("day %d: %+v, %v", n, done, err)
				}
			}
			write(t, media, "media/a/1.m4s", "one")
			write(t, media, "media/a/2.m4s", "two")
			run(0, 2, 0)
			run(1, 0, 0)
			write(t, media, "media/b/1.m4s", "three")
			if err := media.Remove(ctx, "media/a/1.m4s"); err != nil {
				t.Fatal(err)
			}
			run(2, 1, 0)
			for key := range content(t, media) { // what happens to a bucket whose keys were lost
				if err := media.Remove(ctx, key); err != nil {
					t.Fatal(err)
				}
			}
			if done, err := backup.Restore(ctx, target, sources, day(0).Add(time.Hour)); err != nil || done.Copied != 2 {
				t.Fatalf("%+v, %v", done, err)
			}
			if got := content(t, media); !maps.Equal(got, map[string]string{"media/a/1.m4s": "one", "media/a/2.m4s": "two"}) {
				t.Errorf("%v", got)
			}
			if done, err := backup.Restore(ctx, target, sources, day(9)); err != nil || done.Copied != 1 {
				t.Fatalf("%+v, %v", done, err)
			}
			_ = media.Remove(ctx, "media/a/1.m4s") // it was there a moment ago
			run(31, anyNumber, 0)                  // what was restored is newer than its copy
			run(33, anyNumber, 1)                  // day 1, the last to name it, began more than 30 days ago
			kept := slices.Sorted(maps.Keys(content(t, target)))
			if i := slices.IndexFunc(kept, func(k string) bool { return strings.HasSuffix(k, "a/1.m4s") }); i >= 0 {
				t.Errorf("%v", kept)
			}
		})
	}
}

// TestNothingCopiedIsNothingToRestore: an empty target is an error, not an empty
// success.
func TestNothingCopiedIsNothingToRestore(t *testing.T) {
	t.Parallel()
	for name, target := range places(t) {
		if _, err := backup.Restore(t.Context(), target, map[string]backup.Place{"media": source(t)}, time.Now()); err == nil {
			t.Errorf("%s: restored from nothing", name)
		}
	}
}

// TestFolderKeepsToItself: a key cannot lead out of it, and what was not written
// to its end is not there.
func TestFolderKeepsToItself(t *testing.T) {
	t.Parallel()
	f := backup.Folder(t.TempDir())
	for _, key := range []string{"../out", "/etc/out", "a/../../out"} {
		if err := f.Write(t.Context(), key, 1, strings.NewReader("x")); err == nil {
			t.Errorf("%s was written", key)
		}
	}
	broken := io.MultiReader(bytes.NewReader([]byte("half")), failing{})
	if err := f.Write(t.Context(), "a/b", 8, broken); err == nil || len(content(t, f)) != 0 {
		t.Errorf("%v, %v", err, content(t, f))
	}
	if err := f.Remove(context.WithoutCancel(t.Context()), "a/b"); err != nil {
		t.Error(err)
	}
}

type failing struct{}

// Read implements io.Reader.
func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
