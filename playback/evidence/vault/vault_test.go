package vault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
	"rounds/playback/evidence"
	"rounds/playback/evidence/vault"
)

// locked makes a bucket with Object Lock. It cannot be removed while what is
// in it is kept; it goes with the gateway's folder.
func locked(t *testing.T) (*s3.Client, string, *vault.Vault) {
	t.Helper()
	client, bucket := s3test.Client(t), "locked-"+catalog.NewToken()
	for range 2 {
		if err := vault.Ensure(t.Context(), client, bucket); err != nil {
			t.Fatal(err)
		}
	}
	return client, bucket, vault.New(client, bucket, 10*time.Minute)
}

func headOf(t *testing.T, day evidence.Day, previous evidence.Sum) ([]byte, evidence.StoredHead) {
	t.Helper()
	text, err := evidence.Head{Day: day, WrittenAt: day.Next().Start(), Previous: previous}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := evidence.ReadHead(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, read
}

func TestTheFirstHeadOfADayStays(t *testing.T) {
	t.Parallel()
	client, bucket, v := locked(t)
	ctx := t.Context()
	if _, err := v.Get(ctx, "2026-11-22"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("nothing there: %v", err)
	}
	first, read := headOf(t, "2026-11-22", evidence.Sum{})
	other, _ := headOf(t, "2026-11-22", read.Sum)
	for _, body := range [][]byte{first, other} {
		if stored, err := v.Put(ctx, "2026-11-22", body); err != nil || string(stored) != string(first) {
			t.Fatalf("stored %s, %v", stored, err)
		}
	}
	// Somebody with all rights tries what a gateway refuses and S3 keeps a version for.
	key := aws.String("heads/2026-11-22.json")
	_, _ = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: key, Body: strings.NewReader(string(other))})
	_, _ = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: key})
	versions, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	oldest := versions.Versions[len(versions.Versions)-1].VersionId
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: key, VersionId: oldest, BypassGovernanceRetention: aws.Bool(true)})
	if err == nil {
		t.Error("a locked head was deleted")
	}
	soon := time.Now().Add(time.Second)
	_, err = client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &bucket, Key: key, VersionId: oldest, Retention: &types.ObjectLockRetention{
		Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: &soon,
	}})
	if err == nil {
		t.Error("the retention of a head was shortened")
	}
	if stored, err := v.Get(ctx, "2026-11-22"); err != nil || string(stored) != string(first) {
		t.Errorf("after all this: %s, %v", stored, err)
	}
}

func TestHeadsComeInOrder(t *testing.T) {
	t.Parallel()
	_, _, v := locked(t)
	var before evidence.Sum
	var days []evidence.Day
	for day := evidence.Day("2026-11-29"); day < "2026-12-03"; day = day.Next() {
		text, read := headOf(t, day, before)
		if _, err := v.Put(t.Context(), day, text); err != nil {
			t.Fatal(err)
		}
		before, days = read.Sum, append(days, day)
	}
	for head, err := range v.Heads(t.Context()) {
		if err != nil || head.Day != days[0] {
			t.Fatalf("head of %s, want %s: %v", head.Day, days[0], err)
		}
		days = days[1:]
	}
	if len(days) != 0 {
		t.Errorf("not read: %v", days)
	}
}

func TestABucketWithoutObjectLockIsRefused(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	if err := vault.Ensure(t.Context(), client, bucket); err == nil || !strings.Contains(err.Error(), "Object Lock") {
		t.Errorf("error %v", err)
	}
}
