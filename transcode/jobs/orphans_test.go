package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/transcode"
	"rounds/transcode/objects"
)

// leave stores an object as an attempt that was killed would have left it.
func (b *testBundle) leave(id catalog.RecordingID) (key string) {
	b.t.Helper()
	key = catalog.MediaPrefix(id, catalog.NewToken()) + "v360/init.mp4"
	_, err := b.s3.PutObject(b.t.Context(), &s3.PutObjectInput{Bucket: &b.bucket, Key: &key, Body: strings.NewReader("left")})
	b.ok(err)
	return key
}

// TestSweepBesideAttempts sweeps without a pause, and without regard to age,
// while recordings are processed: they become ready with every object, and
// what dead attempts left is gone.
func TestSweepBesideAttempts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bucket := objects.NewStore(b.s3, b.bucket)
	ids := []catalog.RecordingID{b.uploadFile(talk(t, "7")), b.uploadFile(talk(t, "3"))}
	b.leave(ids[0])
	b.leave(catalog.NewRecordingID()) // its row is gone

	ctx, stop := context.WithCancel(context.Background())
	removed, ended := 0, make(chan error, 1)
	go func() {
		var err error
		for err == nil && ctx.Err() == nil {
			var found transcode.Orphans
			found, err = transcode.SweepOrphans(context.Background(), bucket, b.store.UnusedMedia, -time.Hour)
			removed += found.Removed
		}
		ended <- err
	}()
	kept := &counting{Store: b.pipeline.Store, files: map[string][]transcode.File{}}
	b.pipeline.Store = kept
	b.work()
	for _, id := range ids {
		b.enqueue(id)
		b.ok(b.wait())
	}
	stop()
	b.ok(<-ended)
	if removed != 2 {
		t.Errorf("%d orphans removed, want 2", removed)
	}
	for _, id := range ids {
		r := b.recording(id)
		if r.State != catalog.StateReady {
			t.Fatalf("state %s, failure %+v", r.State, r.Failure)
		}
		prefix := catalog.MediaPrefix(id, r.Token)
		b.ok(bucket.Check(t.Context(), prefix, kept.files[prefix]))
	}
}

// counting is a store that remembers what was put.
type counting struct {
	transcode.Store
	files map[string][]transcode.File
}

func (c *counting) Check(ctx context.Context, prefix string, files []transcode.File) error {
	c.files[prefix] = files
	return c.Store.Check(ctx, prefix, files)
}

// TestSweepLeavesTheYoung: what was written lately stays, whoever wrote it.
func TestSweepLeavesTheYoung(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := catalog.NewRecordingID()
	key := b.leave(id)
	bucket := objects.NewStore(b.s3, b.bucket)
	found, err := transcode.SweepOrphans(t.Context(), bucket, b.store.UnusedMedia, transcode.OrphanAge)
	b.ok(err)
	if keys := b.objects(id); len(keys) != 1 || keys[0] != key || found != (transcode.Orphans{Looked: 1}) {
		t.Errorf("found %+v, left %v", found, keys)
	}
	for _, want := range []transcode.Orphans{{Looked: 1, Removed: 1}, {}} { // the second time nothing is left
		found, err := transcode.SweepOrphans(t.Context(), bucket, b.store.UnusedMedia, -time.Hour)
		b.ok(err)
		if found != want {
			t.Errorf("found %+v, want %+v", found, want)
		}
	}
}
