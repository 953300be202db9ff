package objects

import (
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
)

// TestText: captions are replaced under their name, and gone when removed.
func TestText(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	store, ctx := NewStore(client, bucket), t.Context()
	key := catalog.MediaPrefix(catalog.NewRecordingID(), catalog.NewToken()) + catalog.CaptionsName("pt-BR")
	for _, text := range []string{"WEBVTT\n\nolder", "WEBVTT\n"} {
		if err := store.PutText(ctx, key, text); err != nil {
			t.Fatal(err)
		}
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		if err != nil || string(body) != text || aws.ToString(got.ContentType) != "text/vtt; charset=utf-8" || aws.ToString(got.CacheControl) != textCacheControl {
			t.Errorf("%q, %v: %+v", body, err, got)
		}
	}
	for range 2 {
		if err := store.Remove(ctx, key); err != nil {
			t.Error(err)
		}
	}
	if _, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key}); err == nil {
		t.Error("still there")
	}
}
