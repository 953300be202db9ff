package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"rounds/catalog"
)

// What holds when Config leaves it out.
const (
	DefaultMaxBytes = 64 << 30
	DefaultURLLife  = time.Hour
)

// Store keeps the rows of uploads.
type Store interface {
	Rows
	Changes
}

// Rows reads uploads; catalog.ErrNotFound when there is none.
type Rows interface {
	Upload(ctx context.Context, id catalog.RecordingID) (catalog.Upload, error)
	// Unfinished finds the upload of the same file by the same sender that was not completed.
	Unfinished(ctx context.Context, webinar catalog.WebinarID, by catalog.AccountID, fingerprint string) (catalog.Upload, error)
	// StaleUploads lists the uploads that were begun and not touched for longer than age.
	StaleUploads(ctx context.Context, age time.Duration) ([]catalog.RecordingID, error)
}

// Changes moves uploads on, each in one transaction.
type Changes interface {
	// InsertUpload stores a new one; catalog.ErrConflict when the same sender just began the same file.
	InsertUpload(ctx context.Context, u catalog.Upload) error
	// RestartUpload replaces the multipart upload; catalog.ErrConflict when somebody else did.
	RestartUpload(ctx context.Context, id catalog.RecordingID, oldID, newID string) error
	// FinishUpload has join make the object, then moves uploading to uploaded and
	// enqueues the recording. Later states are left as they are, without join.
	FinishUpload(ctx context.Context, id catalog.RecordingID, join func(catalog.Upload) error) error
	// DropUpload has stop end the sending, then forgets the upload;
	// catalog.ErrUploadFinished when it was completed. It and FinishUpload wait
	// for each other, in all processes.
	DropUpload(ctx context.Context, id catalog.RecordingID, stop func(catalog.Upload) error) error
}

// Config says where uploads go.
type Config struct {
	Client   *s3.Client
	Bucket   string
	Store    Store
	MaxBytes int64         // of a file; 0: DefaultMaxBytes
	URLLife  time.Duration // of a signed part; 0: DefaultURLLife
	// Observe is told what was done to files, if it is not nil.
	Observe func(Step)
}

// Step is something that was done to a file on its way in.
type Step struct {
	Signed int   // parts that may be sent now
	Joined int   // parts of a file that has arrived
	Bytes  int64 // of a file that has arrived
}

// Uploads takes presenters' files. It is safe for concurrent use.
type Uploads struct {
	Config
	presign *s3.PresignClient
}

// New returns Uploads with that configuration.
func New(c Config) *Uploads {
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.URLLife == 0 {
		c.URLLife = DefaultURLLife
	}
	if c.Observe == nil {
		c.Observe = func(Step) {}
	}
	return &Uploads{Config: c, presign: s3.NewPresignClient(c.Client)}
}

// gone tells whether S3 does not know the object or the multipart upload.
func gone(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "NoSuchUpload", "NoSuchKey", "NotFound":
		return true
	default:
		return false
	}
}

// storageError marks what S3 did not do as a fault that may pass.
func storageError(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(catalog.ErrUnavailable, err)
}

// begin opens a multipart upload for a recording.
func (u *Uploads) begin(ctx context.Context, r catalog.Recording) (string, error) {
	input := &s3.CreateMultipartUploadInput{Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(r.ID))}
	if r.Checksum == checksumSHA256 {
		input.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
	}
	begun, err := u.Client.CreateMultipartUpload(ctx, input)
	if err != nil {
		return "", storageError(err)
	}
	return aws.ToString(begun.UploadId), nil
}

// stop ends a multipart upload, and with it its parts; nothing happens when it
// is over already.
func (u *Uploads) stop(ctx context.Context, id catalog.RecordingID, uploadID string) error {
	_, err := u.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(id)), UploadId: &uploadID,
	})
	if gone(err) {
		return nil
	}
	return storageError(err)
}

// joined tells whether the whole file lies in the bucket as one object.
func (u *Uploads) joined(ctx context.Context, r catalog.Recording) (bool, error) {
	head, err := u.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(r.Source()))})
	if gone(err) {
		return false, nil
	}
	if err != nil {
		return false, storageError(err)
	}
	return aws.ToInt64(head.ContentLength) == r.SizeBytes, nil
}
