package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// What an Origin answers instead of an object.
var (
	// ErrNoObject: there is no such object, or the origin does not say.
	ErrNoObject = errors.New("no such object")
	// ErrNotModified: the client's copy is current (RFC 9110 section 15.4.5).
	ErrNotModified = errors.New("not modified")
	// ErrPrecondition: If-Match or If-Unmodified-Since did not hold.
	ErrPrecondition = errors.New("precondition failed")
	// ErrRange: the range lies outside the object (RFC 9110 section 15.5.17).
	ErrRange = errors.New("range not satisfiable")
	// ErrBusy: the origin asks to slow down or does not answer.
	ErrBusy = errors.New("origin is not available")
)

// Request is what a client asked of an object. Empty and zero fields were not given.
type Request struct {
	Key               string // in the bucket, without a leading slash
	Head              bool   // only the headers
	Range             string // as in the Range header
	IfNoneMatch       string
	IfMatch           string
	IfModifiedSince   time.Time
	IfUnmodifiedSince time.Time
}

// Object is an answer. The caller closes Body, which is nil for Head.
type Object struct {
	Body         io.ReadCloser
	Size         int64 // of the body
	ContentType  string
	ContentRange string // set when this is part of the object
	CacheControl string
	ETag         string
	LastModified time.Time
}

// Origin reads objects. It is safe for concurrent use.
type Origin interface {
	// Open returns the object or one of the errors of this package; anything
	// else is a fault. It stops when ctx ends.
	Open(ctx context.Context, r Request) (Object, error)
}

// S3 is an Origin over one bucket.
type S3 struct {
	Client *s3.Client
	Bucket string
}

// Open implements Origin.
func (o S3) Open(ctx context.Context, r Request) (Object, error) {
	if r.Head {
		return o.head(ctx, r)
	}
	found, err := o.Client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &o.Bucket, Key: &r.Key, Range: given(r.Range),
		IfNoneMatch: given(r.IfNoneMatch), IfMatch: given(r.IfMatch),
		IfModifiedSince: givenTime(r.IfModifiedSince), IfUnmodifiedSince: givenTime(r.IfUnmodifiedSince),
	})
	if err != nil {
		return Object{}, originError(err)
	}
	return Object{
		Body: found.Body, Size: aws.ToInt64(found.ContentLength), ContentType: aws.ToString(found.ContentType),
		ContentRange: aws.ToString(found.ContentRange), CacheControl: aws.ToString(found.CacheControl),
		ETag: aws.ToString(found.ETag), LastModified: aws.ToTime(found.LastModified),
	}, nil
}

func (o S3) head(ctx context.Context, r Request) (Object, error) {
	found, err := o.Client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &o.Bucket, Key: &r.Key, Range: given(r.Range),
		IfNoneMatch: given(r.IfNoneMatch), IfMatch: given(r.IfMatch),
		IfModifiedSince: givenTime(r.IfModifiedSince), IfUnmodifiedSince: givenTime(r.IfUnmodifiedSince),
	})
	if err != nil {
		return Object{}, originError(err)
	}
	return Object{
		Size: aws.ToInt64(found.ContentLength), ContentType: aws.ToString(found.ContentType),
		ContentRange: aws.ToString(found.ContentRange), CacheControl: aws.ToString(found.CacheControl),
		ETag: aws.ToString(found.ETag), LastModified: aws.ToTime(found.LastModified),
	}, nil
}

// originError tells S3's answers apart by their status: HEAD has no body to tell more.
func originError(err error) error {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return errors.Join(ErrBusy, err)
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
		return errors.Join(ErrBusy, err)
	}
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func givenTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
