package objects

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"rounds/catalog"
)

// Errors of this package.
var (
	// ErrChanged: the source is no longer the object that was first looked at,
	// or it is shorter than S3 says.
	ErrChanged = errors.New("source object changed while it was fetched")
	// ErrMismatch: what lies in the bucket is not what was put there.
	ErrMismatch = errors.New("stored objects differ from the packaged files")
	// ErrExists: an object of that name is there already, with other content.
	ErrExists = errors.New("object exists already")
)

// withRetries makes every request of the client patient with 503 SlowDown,
// timeouts and broken connections: 6 tries with backoff of up to 10 s.
func withRetries(o *s3.Options) {
	o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = 6
		r.MaxBackoff = 10 * time.Second
	})
}

// coded tells whether S3 answered with one of the codes.
func coded(err error, codes ...string) bool {
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

// explain wraps an error of S3 in the catalog's vocabulary.
func explain(act, key string, err error) error {
	if coded(err, "NoSuchKey", "NotFound", "NoSuchBucket") {
		return fmt.Errorf("%s %s: %w: %w", act, key, catalog.ErrNotFound, err)
	}
	return fmt.Errorf("%s %s: %w", act, key, err)
}

func size(n *int64) int64 { return aws.ToInt64(n) }
