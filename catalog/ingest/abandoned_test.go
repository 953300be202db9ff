package ingest

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

func TestAbandonedUploadsAreGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	id := upload.Recording.ID
	b.put(t, upload, 2, content(upload, 2))
	if swept, err := b.SweepAbandoned(t.Context(), time.Hour); err != nil || swept != 0 {
		t.Errorf("an upload whose part has just arrived: %d swept, %v", swept, err)
	}
	if _, parts, err := b.Parts(t.Context(), id); err != nil || len(parts) != 1 {
		t.Errorf("parts left: %v, %v", parts, err)
	}
	for _, want := range []int{1, 0} { // the second time there is nothing to do
		if swept, err := b.SweepAbandoned(t.Context(), -time.Minute); err != nil || swept != want {
			t.Errorf("%d swept, want %d: %v", swept, want, err)
		}
	}
	if _, err := b.Store.Upload(t.Context(), id); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("row: %v", err)
	}
	_, err := b.Client.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &b.Bucket, Key: aws.String(catalog.UploadKey(id)), UploadId: &upload.S3UploadID})
	if !gone(err) {
		t.Errorf("parts are still there: %v", err)
	}
}

func TestFinishedUploadsAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	b.putAll(t, upload)
	id := upload.Recording.ID
	if err := b.Complete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	// The list of stale uploads may be older than the completion.
	if err := b.abandon(t.Context(), id, time.Now().Add(time.Minute)); !errors.Is(err, catalog.ErrUploadFinished) {
		t.Errorf("giving up a finished upload: %v", err)
	}
	if got := b.stored(t, id); len(got) != len(file) {
		t.Errorf("%d bytes left of %d", len(got), len(file))
	}
}
