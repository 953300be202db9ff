// Package buckets is what the object storage tells, for the checks of package
// care: whether buckets are there, closed to strangers and locked, how far its
// clock is, which uploads nobody finishes, whether a recording has its files. It
// changes nothing. It is the home of the S3 client of care and must not import its
// siblings.
package buckets

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rounds/deploy/care"
)

// Reach asks for a bucket. It returns how long that took and the storage's clock,
// which is zero when it did not tell and is given in whole seconds.
func Reach(ctx context.Context, client *s3.Client, bucket string) (took time.Duration, clock time.Time, err error) {
	began := time.Now()
	out, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	if err != nil {
		return 0, clock, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	clock, _ = middleware.GetServerTime(out.ResultMetadata)
	return time.Since(began), clock, nil
}

// Look tells whether a bucket is there, and what a stranger without credentials may
// do with it: list it, or read its first object.
func Look(ctx context.Context, client *s3.Client, bucket string) care.Bucket {
	found := care.Bucket{Name: bucket}
	list, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: aws.Int32(1)})
	if err != nil {
		found.Away = err
		return found
	}
	if found.Listed, found.Away = opens(ctx, client, bucket, ""); len(list.Contents) == 0 || found.Away != nil {
		return found
	}
	first := aws.ToString(list.Contents[0].Key)
	read, err := opens(ctx, client, bucket, first)
	if found.Away = err; read {
		found.Read = first
	}
	return found
}

// opens tells whether a stranger gets a list, or an object: it sends the request
// without its signature.
func opens(ctx context.Context, client *s3.Client, bucket, key string) (open bool, err error) {
	signed, err := address(ctx, client, bucket, key)
	if err != nil {
		return false, err
	}
	bare, err := url.Parse(signed)
	if err != nil {
		return false, err
	}
	bare.RawQuery = ""
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, bare.String(), nil)
	if err != nil {
		return false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err
	}
	return response.StatusCode < http.StatusMultipleChoices, response.Body.Close()
}

// address is where the client itself would go.
func address(ctx context.Context, client *s3.Client, bucket, key string) (string, error) {
	signer := s3.NewPresignClient(client)
	if key != "" {
		request, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return "", err
		}
		return request.URL, nil
	}
	request, err := signer.PresignHeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	if err != nil {
		return "", err
	}
	return request.URL, nil
}

// Locked tells whether objects of a bucket can be kept from everybody.
func Locked(ctx context.Context, client *s3.Client, bucket string) (bool, error) {
	lock, err := client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
	if failure, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err); ok && failure.ErrorCode() == "ObjectLockConfigurationNotFoundError" {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return lock.ObjectLockConfiguration != nil && lock.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled, nil
}

// Unfinished counts uploads in parts that were begun and not finished, up to a
// thousand, and tells when the oldest of them was begun.
func Unfinished(ctx context.Context, client *s3.Client, bucket string) (count int, oldest time.Time, err error) {
	list, err := client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		return 0, oldest, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	for _, upload := range list.Uploads {
		if begun := aws.ToTime(upload.Initiated); oldest.IsZero() || begun.Before(oldest) {
			oldest = begun
		}
	}
	return len(list.Uploads), oldest, nil
}

// Has tells whether an object is there.
func Has(ctx context.Context, client *s3.Client, bucket, key string) (bool, error) {
	_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if _, missing := errors.AsType[*types.NotFound](err); missing {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("object %s: %w", key, err)
	}
	return true, nil
}
