package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// EnsureBuckets brings the storage into the state that Rounds needs, and is
// idempotent: both buckets exist and are closed to the public, browsers from
// allowedOrigins may PUT into the upload bucket, and unfinished uploads are
// swept there after a month where the storage can do that.
func EnsureBuckets(ctx context.Context, client *s3.Client, uploadBucket, mediaBucket string, allowedOrigins []string) error {
	for _, bucket := range []string{uploadBucket, mediaBucket} {
		if err := ensureBucket(ctx, client, bucket); err != nil {
			return fmt.Errorf("bucket %s: %w", bucket, err)
		}
	}
	if err := allowBrowsers(ctx, client, uploadBucket, allowedOrigins); err != nil {
		return fmt.Errorf("CORS of bucket %s: %w", uploadBucket, err)
	}
	if err := sweepUnfinished(ctx, client, uploadBucket); err != nil {
		return fmt.Errorf("lifecycle of bucket %s: %w", uploadBucket, err)
	}
	return nil
}

func ensureBucket(ctx context.Context, client *s3.Client, bucket string) error {
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		if err := createBucket(ctx, client, bucket); err != nil {
			return err
		}
	}
	_, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	return unlessUnsupported(err)
}

func createBucket(ctx context.Context, client *s3.Client, bucket string) error {
	input := &s3.CreateBucketInput{Bucket: &bucket}
	if region := client.Options().Region; region != "us-east-1" { // which must not be named
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	_, err := client.CreateBucket(ctx, input)
	var ours *types.BucketAlreadyOwnedByYou
	if errors.As(err, &ours) {
		return nil // somebody else was faster
	}
	return err
}

func allowBrowsers(ctx context.Context, client *s3.Client, bucket string, origins []string) error {
	_, err := client.PutBucketCors(ctx, &s3.PutBucketCorsInput{
		Bucket: &bucket,
		CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{
			AllowedMethods: []string{"PUT"},
			AllowedOrigins: origins,
			AllowedHeaders: []string{"*"},
			ExposeHeaders:  []string{"ETag", "x-amz-checksum-sha256", "x-amz-checksum-crc64nvme"},
			MaxAgeSeconds:  aws.Int32(3600),
		}}},
	})
	return err
}

// keepUnfinishedDays is how long an interrupted upload can be continued.
const keepUnfinishedDays = 30

func sweepUnfinished(ctx context.Context, client *s3.Client, bucket string) error {
	_, err := client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: &bucket,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("unfinished-uploads"), Status: types.ExpirationStatusEnabled,
			Filter:                         &types.LifecycleRuleFilter{Prefix: aws.String("uploads/")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(keepUnfinishedDays)},
		}}},
	})
	return unlessUnsupported(err)
}

// unlessUnsupported passes over what a gateway does not implement; buckets of
// versitygw are closed to the public anyway.
func unlessUnsupported(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && (api.ErrorCode() == "NotImplemented" || api.ErrorCode() == "MethodNotAllowed") {
		return nil
	}
	return err
}
