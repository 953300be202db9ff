package buckets_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/deploy/care"
	"rounds/deploy/care/buckets"
	"rounds/deploy/local/s3test"
)

func TestBucketsAreThereAndClosed(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	put(t, client, bucket, "media/a/master.m3u8")
	if found := buckets.Look(t.Context(), client, bucket); found.Away != nil || found.Listed || found.Read != "" {
		t.Errorf("%+v", found)
	}
	if found := buckets.Look(t.Context(), client, "not-there-at-all"); care.Reason(found.Away).String() != "NoSuchBucket" {
		t.Errorf("missing: %+v", found)
	}
	took, clock, err := buckets.Reach(t.Context(), client, bucket)
	if err != nil || took <= 0 || time.Since(clock).Abs() > time.Minute {
		t.Errorf("%v %v %v", took, clock, err)
	}
}

// TestOpenBucketIsNoticed: a policy lets everybody read.
func TestOpenBucketIsNoticed(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	put(t, client, bucket, "secret.txt")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}]}`
	if _, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	if found := buckets.Look(t.Context(), client, bucket); found.Read != "secret.txt" {
		t.Errorf("%+v", found)
	}
	_, empty := s3test.Bucket(t)
	policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + empty + `"}]}`
	if _, err := client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &empty, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	if found := buckets.Look(t.Context(), client, empty); !found.Listed {
		t.Errorf("%+v", found)
	}
}

func TestLockUploadsAndObjects(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	client, bucket := s3test.Bucket(t)
	if locked, err := buckets.Locked(ctx, client, bucket); locked || err != nil {
		t.Errorf("locked %v, %v", locked, err)
	}
	if _, err := buckets.Locked(ctx, client, "not-there-at-all"); err == nil {
		t.Error("a bucket that is missing is locked")
	}
	if n, _, err := buckets.Unfinished(ctx, client, bucket); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	begun, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("uploads/a/source")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = client.AbortMultipartUpload(context.WithoutCancel(ctx), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: begun.Key, UploadId: begun.UploadId})
	})
	if n, oldest, err := buckets.Unfinished(ctx, client, bucket); n != 1 || time.Since(oldest).Abs() > time.Minute || err != nil {
		t.Errorf("%d %v %v", n, oldest, err)
	}
	put(t, client, bucket, "a")
	if has, err := buckets.Has(ctx, client, bucket, "a"); !has || err != nil {
		t.Errorf("%v %v", has, err)
	}
	if has, err := buckets.Has(ctx, client, bucket, "b"); has || err != nil {
		t.Errorf("%v %v", has, err)
	}
}

func put(t *testing.T, client *s3.Client, bucket, key string) {
	t.Helper()
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
}
