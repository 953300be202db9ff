package edge_test

import (
	"errors"
	"testing"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
	"rounds/playback/edge"
)

// TestReadObjectAt reads parts of an object as they lie, and says in the
// catalog's words what is not there.
func TestReadObjectAt(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	put(t, client, bucket, "media/rec/fallback.mp4", "video/mp4", []byte("0123456789"))
	objects := edge.NewS3(client, bucket)
	if size, err := objects.ObjectSize(t.Context(), "media/rec/fallback.mp4"); err != nil || size != 10 {
		t.Errorf("%d bytes, %v", size, err)
	}
	part := make([]byte, 3)
	if n, err := objects.ReadObjectAt(t.Context(), "media/rec/fallback.mp4", part, 6); err != nil || string(part[:n]) != "678" {
		t.Errorf("%q, %v", part[:n], err)
	}
	if n, err := objects.ReadObjectAt(t.Context(), "media/rec/fallback.mp4", nil, 6); n != 0 || err != nil {
		t.Errorf("%d bytes into nothing, %v", n, err)
	}
	if _, err := objects.ReadObjectAt(t.Context(), "media/rec/fallback.mp4", part, 8); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err := objects.ObjectSize(t.Context(), "media/rec/nothing"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := objects.ReadObjectAt(t.Context(), "media/rec/nothing", part, 0); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("part of nothing: %v", err)
	}
}
