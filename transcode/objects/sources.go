package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/transcode"
)

// How a source is fetched: four ranges at a time, each streamed to disk.
const (
	rangeSize   = 16 << 20
	rangeTries  = 6
	concurrency = 4
)

// Sources implements transcode.Sources on the upload bucket.
type Sources struct {
	client   *s3.Client
	bucket   string
	patience time.Duration // for one range
	pause    func(ctx context.Context, try int) error
}

var _ transcode.Sources = (*Sources)(nil)

// NewSources gives access to the uploads in bucket.
func NewSources(client *s3.Client, bucket string) *Sources {
	return &Sources{client: client, bucket: bucket, patience: 2 * time.Minute, pause: backOff}
}

// Fetch implements transcode.Sources. It returns catalog.ErrNotFound when
// there is no upload and ErrChanged when it changes under way. After an error
// the file at path is incomplete.
func (s *Sources) Fetch(ctx context.Context, id catalog.RecordingID, path string, progress func(bytes int64)) error {
	return s.fetch(ctx, catalog.UploadKey(id), path, progress)
}

func (s *Sources) fetch(ctx context.Context, key, path string, progress func(bytes int64)) error {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key}, withRetries)
	if err != nil {
		return explain("look at", key, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", key, err)
	}
	f := &fetch{Sources: s, key: key, etag: aws.ToString(head.ETag), size: size(head.ContentLength), file: file, progress: progress}
	err = f.all(ctx)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("fetch %s: %w", key, err)
	}
	return nil
}

type fetch struct {
	*Sources
	key, etag string
	size      int64
	file      *os.File
	done      atomic.Int64
	progress  func(int64)
}

func (f *fetch) all(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for from := int64(0); from < f.size; from += rangeSize {
		group.Go(func() error { return f.patiently(ctx, from, min(from+rangeSize, f.size)) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if got := f.done.Load(); got != f.size {
		return fmt.Errorf("%w: %d of %d bytes", ErrChanged, got, f.size)
	}
	return nil
}

// patiently fetches one range, going on where a try broke off.
func (f *fetch) patiently(ctx context.Context, from, to int64) error {
	var err error
	for try := range rangeTries {
		var n int64
		n, err = f.once(ctx, from, to)
		from += n
		if from == to {
			return nil
		}
		if errors.Is(err, ErrChanged) || ctx.Err() != nil {
			return err
		}
		if err := f.pause(ctx, try); err != nil {
			return err
		}
	}
	return err
}

// once asks for the bytes from (included) to to (not) and returns how many came.
func (f *fetch) once(ctx context.Context, from, to int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	answer, err := f.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &f.bucket, Key: &f.key, IfMatch: &f.etag, Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1)),
	}, withRetries)
	if coded(err, "PreconditionFailed", "NoSuchKey", "InvalidRange") {
		return 0, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if aws.ToString(answer.ETag) != f.etag {
		return 0, fmt.Errorf("%w: ETag %s", ErrChanged, aws.ToString(answer.ETag))
	}
	n, err := io.Copy(io.NewOffsetWriter(f.file, from), io.LimitReader(answer.Body, to-from))
	f.progress(f.done.Add(n))
	if err == nil && n < to-from {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// backOff waits before the next try: 0.2 s, doubled each time.
func backOff(ctx context.Context, try int) error {
	timer := time.NewTimer(200 * time.Millisecond << try)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
