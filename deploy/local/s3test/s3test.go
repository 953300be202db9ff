// Package s3test gives each test a bucket of its own in the S3 gateway that
// `make test` starts.
package s3test

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// The settings of the gateway, set by `make test`.
const (
	EnvEndpoint  = "ROUNDS_TEST_S3_ENDPOINT"
	EnvAccessKey = "ROUNDS_TEST_S3_ACCESS_KEY"
	EnvSecretKey = "ROUNDS_TEST_S3_SECRET_KEY" //nolint:gosec // its name, not the key
)

// Client returns a client of the gateway. Without a gateway the test fails
// and says how to get one.
func Client(t testing.TB) *s3.Client {
	t.Helper()
	endpoint := os.Getenv(EnvEndpoint)
	if endpoint == "" {
		t.Fatalf("%s is not set: run `make test`, or `make test-services` in another terminal and use what it prints", EnvEndpoint)
	}
	return s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(os.Getenv(EnvAccessKey), os.Getenv(EnvSecretKey), ""),
	})
}

// Bucket creates a bucket and removes it with its content when the test ends.
func Bucket(t testing.TB) (*s3.Client, string) {
	t.Helper()
	client, name := Client(t), "test-"+catalog.NewToken()
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatalf("create bucket: %v", err)
	}
	t.Cleanup(func() { empty(t, client, name) })
	return client, name
}

func empty(t testing.TB, client *s3.Client, bucket string) {
	t.Helper()
	ctx := context.Background()
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("list bucket: %v", err)
			return
		}
		for _, object := range page.Contents {
			if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: object.Key}); err != nil {
				t.Errorf("delete %s: %v", aws.ToString(object.Key), err)
			}
		}
	}
	if _, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
		t.Errorf("delete bucket: %v", err)
	}
}
