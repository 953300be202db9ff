// Package vault is the second place for daily heads: an S3 bucket of its own
// with Object Lock in compliance mode. Until its years are over, nobody can
// change or remove an object there, whatever rights they have.
//
// Its whole promise is that the first version of a head stays: a later one
// under the same key, or a mark of deletion over it, changes nothing of what
// [Vault.Heads] reads. On a gateway that keeps no versions, writing over a
// locked object is refused, which comes to the same.
//
// This package is the home of the S3 client for evidence; it must not import
// its siblings.
package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"rounds/catalog"
	"rounds/playback/evidence"
)

const (
	prefix  = "heads/"
	suffix  = ".json"
	maxHead = 256 << 20 // bytes; some 1.5 million enrolments that grew in one day
)

// Vault stores heads and reads them back.
type Vault struct {
	client *s3.Client
	bucket string
	keep   time.Duration
}

// New returns a vault in a bucket that Ensure made. Heads that are written
// cannot be removed for keep.
func New(client *s3.Client, bucket string, keep time.Duration) *Vault {
	return &Vault{client: client, bucket: bucket, keep: keep}
}

// Ensure makes the bucket, closed to the public and with Object Lock. It is
// idempotent. A bucket that exists without Object Lock is an error: S3 lets
// nobody be sure of it afterwards.
func Ensure(ctx context.Context, client *s3.Client, bucket string) error {
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		if err := create(ctx, client, bucket); err != nil {
			return fmt.Errorf("bucket %s: %w", bucket, err)
		}
	}
	_, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	if err != nil && !hasCode(err, "NotImplemented", "MethodNotAllowed") { // gateways are closed anyway
		return fmt.Errorf("bucket %s: %w", bucket, err)
	}
	lock, err := client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
	if err != nil || lock.ObjectLockConfiguration == nil || lock.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
		return errors.Join(fmt.Errorf("bucket %s has no Object Lock: evidence needs a bucket of its own that was made with it", bucket), err)
	}
	return nil
}

func create(ctx context.Context, client *s3.Client, bucket string) error {
	input := &s3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: aws.Bool(true)}
	if region := client.Options().Region; region != "us-east-1" { // which must not be named
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	_, err := client.CreateBucket(ctx, input)
	if hasCode(err, "BucketAlreadyOwnedByYou") {
		return nil // somebody else was faster
	}
	return err
}

// Put stores the head of a day unless there is one, and returns what is stored
// then: body, or what was there first.
func (v *Vault) Put(ctx context.Context, day evidence.Day, body []byte) ([]byte, error) {
	until := time.Now().Add(v.keep)
	_, err := v.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &v.bucket, Key: aws.String(keyOf(day)), Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
		IfNoneMatch: aws.String("*"), ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: &until,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, // S3 wants one named with Object Lock
	})
	if err == nil {
		return body, nil
	}
	if hasCode(err, "PreconditionFailed", "ConditionalRequestConflict", "AccessDenied") {
		if stored, getErr := v.Get(ctx, day); !errors.Is(getErr, catalog.ErrNotFound) {
			return stored, getErr
		}
	}
	return nil, fmt.Errorf("store the head of %s: %w", day, err)
}

// Get reads the head of a day as it was stored first. catalog.ErrNotFound.
func (v *Vault) Get(ctx context.Context, day evidence.Day) ([]byte, error) {
	first, err := v.firsts(ctx, keyOf(day))
	if err != nil {
		return nil, err
	}
	if len(first) == 0 {
		return nil, fmt.Errorf("head of %s: %w", day, catalog.ErrNotFound)
	}
	return v.read(ctx, first[0])
}

// Heads reads all heads, in the order of their days, each as it was stored first.
func (v *Vault) Heads(ctx context.Context) evidence.Heads {
	return func(yield func(evidence.StoredHead, error) bool) {
		firsts, err := v.firsts(ctx, prefix)
		if err != nil {
			yield(evidence.StoredHead{}, err)
			return
		}
		for _, first := range firsts {
			head, err := v.head(ctx, first)
			if !yield(head, err) {
				return
			}
		}
	}
}

func (v *Vault) head(ctx context.Context, first version) (evidence.StoredHead, error) {
	body, err := v.read(ctx, first)
	if err != nil {
		return evidence.StoredHead{}, err
	}
	head, err := evidence.ReadHead(body)
	if err == nil && keyOf(head.Day) != first.key {
		err = fmt.Errorf("%s holds the head of %s", first.key, head.Day)
	}
	return head, err
}

// version names one version of an object; id is empty where none are kept.
type version struct{ key, id string }

// firsts lists the first version of every head below a prefix, by key. S3 lists
// by key and the newest version first.
func (v *Vault) firsts(ctx context.Context, below string) ([]version, error) {
	var firsts []version
	pages := s3.NewListObjectVersionsPaginator(v.client, &s3.ListObjectVersionsInput{Bucket: &v.bucket, Prefix: &below})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list heads: %w", err)
		}
		for _, object := range page.Versions {
			if n := len(firsts); n > 0 && firsts[n-1].key == *object.Key {
				firsts = firsts[:n-1]
			}
			if strings.HasSuffix(*object.Key, suffix) {
				firsts = append(firsts, version{*object.Key, aws.ToString(object.VersionId)})
			}
		}
	}
	return firsts, nil
}

func (v *Vault) read(ctx context.Context, of version) ([]byte, error) {
	input := &s3.GetObjectInput{Bucket: &v.bucket, Key: &of.key}
	if of.id != "" && of.id != "null" {
		input.VersionId = &of.id
	}
	object, err := v.client.GetObject(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", of.key, err)
	}
	defer object.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(object.Body, maxHead+1))
	if err == nil && len(body) > maxHead {
		err = errors.New("too long")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", of.key, err)
	}
	return body, nil
}

func keyOf(day evidence.Day) string { return prefix + string(day) + suffix }

func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, code := range codes {
		if api.ErrorCode() == code {
			return true
		}
	}
	return false
}
