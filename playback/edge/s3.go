package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// S3 is the media bucket as an Origin.
type S3 struct {
	client *s3.Client
	bucket string
}

// NewS3 reads objects of bucket with the client's credentials.
func NewS3(client *s3.Client, bucket string) *S3 { return &S3{client: client, bucket: bucket} }

// quiet keeps the SDK from computing a checksum over every object it streams:
// the segments' own authentication and TLS cover the way.
func quiet(o *s3.Options) { o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired }

// Open implements Origin.
func (o *S3) Open(ctx context.Context, r Request) (*Object, error) {
	if r.HeadOnly {
		return o.head(ctx, r)
	}
	out, err := o.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &o.bucket, Key: &r.Key, Range: optional(r.Range),
		IfMatch: optional(r.IfMatch), IfNoneMatch: optional(r.IfNoneMatch),
	}, quiet)
	if err != nil {
		return nil, originError(r.Key, err)
	}
	object := &Object{Body: out.Body, Partial: out.ContentRange != nil, Header: http.Header{}}
	object.set("Content-Range", out.ContentRange)
	object.describe(out.ContentType, out.CacheControl, out.ETag, out.ContentEncoding, out.ContentLength, out.LastModified)
	return object, nil
}

func (o *S3) head(ctx context.Context, r Request) (*Object, error) {
	out, err := o.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &o.bucket, Key: &r.Key,
		IfMatch: optional(r.IfMatch), IfNoneMatch: optional(r.IfNoneMatch),
	})
	if err != nil {
		return nil, originError(r.Key, err)
	}
	object := &Object{Header: http.Header{}}
	object.describe(out.ContentType, out.CacheControl, out.ETag, out.ContentEncoding, out.ContentLength, out.LastModified)
	return object, nil
}

// ReadObject reads a whole object of at most limit bytes, e.g. a playlist.
func (o *S3) ReadObject(ctx context.Context, key string, limit int64) ([]byte, error) {
	object, err := o.Open(ctx, Request{Key: key})
	if err != nil {
		return nil, err
	}
	defer object.Body.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(object.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", key, limit)
	}
	return data, err
}

// ObjectSize tells how long an object is. catalog.ErrNotFound when there is
// none, catalog.ErrUnavailable when the storage does not answer.
func (o *S3) ObjectSize(ctx context.Context, key string) (int64, error) {
	out, err := o.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.bucket, Key: &key})
	if err != nil {
		return 0, worded(key, originError(key, err))
	}
	return aws.ToInt64(out.ContentLength), nil
}

// ReadObjectAt fills p from the byte at off on. Its errors are those of
// ObjectSize, and catalog.ErrUnavailable when there are fewer bytes.
func (o *S3) ReadObjectAt(ctx context.Context, key string, p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	part := fmt.Sprintf("bytes=%d-%d", off, off+int64(len(p))-1)
	object, err := o.Open(ctx, Request{Key: key, Range: part})
	if err != nil {
		return 0, worded(key, err)
	}
	defer object.Body.Close() //nolint:errcheck // read only
	n, err := io.ReadFull(object.Body, p)
	if err != nil {
		err = worded(key, err)
	}
	return n, err
}

// worded puts an error of the origin in the catalog's words.
func worded(key string, err error) error {
	if errors.Is(err, ErrNoObject) {
		return fmt.Errorf("%s: %w", key, catalog.ErrNotFound)
	}
	return fmt.Errorf("%s: %w: %w", key, catalog.ErrUnavailable, err)
}

func (o *Object) describe(contentType, cacheControl, etag, encoding *string, length *int64, modified *time.Time) {
	o.set("Content-Type", contentType)
	o.set("Cache-Control", cacheControl)
	o.set("ETag", etag)
	o.set("Content-Encoding", encoding)
	if length != nil {
		o.Header.Set("Content-Length", strconv.FormatInt(*length, 10))
	}
	if modified != nil {
		o.Header.Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
}

func (o *Object) set(name string, value *string) {
	if value != nil && *value != "" {
		o.Header.Set(name, *value)
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// originError turns S3's answers into the errors of an Origin.
func originError(key string, err error) error {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return fmt.Errorf("read %s: %w", key, err)
	}
	switch response.HTTPStatusCode() {
	case http.StatusNotFound, http.StatusForbidden:
		return ErrNoObject
	case http.StatusNotModified:
		return ErrNotModified
	case http.StatusPreconditionFailed:
		return ErrPrecondition
	case http.StatusRequestedRangeNotSatisfiable:
		return ErrRange
	default:
		return fmt.Errorf("read %s: %w", key, err)
	}
}
