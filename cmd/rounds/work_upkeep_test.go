package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/ingest"
	"rounds/deploy/local/s3test"
	"rounds/deploy/schema/schematest"
	"rounds/transcode/objects"
)

// TestUpkeep runs all pieces as several workers at once would, against real
// storage and a real database: what nobody needs is gone, what somebody may
// need is left, and each piece was done once.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), schematest.New(t)
	store := catalogdb.New(db, catalogdb.Hooks{})
	client, bucket := s3test.Bucket(t)
	uploads := ingest.New(ingest.Config{Client: client, Bucket: bucket, Store: store})
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec(`insert into programs (id, title) values ('prg_1', 'Cardiology')`)
	exec(`insert into courses (id, program_id, title) values ('crs_1', 'prg_1', 'Arrhythmia')`)
	exec(`insert into webinars (id, course_id, title) values ('web_1', 'crs_1', 'Atrial fibrillation')`)
	begin := func(name string) catalog.RecordingID {
		t.Helper()
		upload, err := uploads.Create(ctx, catalog.Recording{WebinarID: "web_1", Filename: name, SizeBytes: 1000, Fingerprint: name})
		if err != nil {
			t.Fatal(err)
		}
		return upload.Recording.ID
	}
	put := func(key string) {
		t.Helper()
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
			t.Fatal(err)
		}
	}
	there := func(key string) bool {
		_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(key)})
		return err == nil
	}

	abandoned, fresh, failed := begin("abandoned.mp4"), begin("fresh.mp4"), begin("failed.mp4")
	exec(`update recordings set updated_at = now() - interval '15 days' where id in ($1, $2)`, abandoned, failed)
	exec(`update recordings set state = 'uploaded' where id = $1`, failed)
	put(catalog.UploadKey(failed))
	attempt, _, err := store.Begin(ctx, failed, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	running := catalog.MediaPrefix(failed, attempt.Token) + "v360/init.mp4"
	orphan := catalog.MediaPrefix(failed, catalog.NewToken()) + "v360/init.mp4"
	put(running)
	put(orphan)

	var log lockedBuffer
	keep := func(ctx context.Context) {
		u := newUpkeep(store, uploads, objects.NewStore(client, bucket), objects.NewParts(client, bucket), slog.New(slog.NewTextHandler(&log, nil)))
		u.orphanAge = -time.Minute
		for _, c := range u.chores() {
			u.once(ctx, c)
		}
	}
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() { keep(ctx) })
	}
	workers.Wait()

	if _, err := store.Recording(ctx, abandoned); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("abandoned upload: %v", err)
	}
	for _, id := range []catalog.RecordingID{fresh, failed} {
		if _, err := store.Recording(ctx, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if !there(running) || there(orphan) || !there(catalog.UploadKey(failed)) {
		t.Errorf("running attempt there: %v, orphan there: %v, source there: %v", there(running), there(orphan), there(catalog.UploadKey(failed)))
	}
	if err := store.Fail(ctx, attempt, catalog.Failure{Code: catalog.FailInternal, Message: "Our fault."}); err != nil {
		t.Fatal(err)
	}
	exec(`delete from upkeep`)
	keep(ctx)
	if there(running) || !there(catalog.UploadKey(failed)) {
		t.Errorf("after the failure: attempt's media there: %v, source there: %v", there(running), there(catalog.UploadKey(failed)))
	}
	for line, want := range map[string]int{"chore=kept_answers": 2, "chore=unfinished_uploads": 2, "uploads=1": 1, "looked=2 removed=1": 1, "looked=1 removed=1": 1, "level=WARN": 0} {
		if got := strings.Count(log.tail(100_000), line); got != want {
			t.Errorf("%q is logged %d times, want %d:\n%s", line, got, want, log.tail(100_000))
		}
	}
}
