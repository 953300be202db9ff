package objects

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/transcode"
)

// cacheControl fits every object: names are used once.
const cacheControl = "max-age=31536000, immutable"

// putsAtOnce bounds the files that are put at the same time.
const putsAtOnce = 8

// Store implements transcode.Store on the media bucket.
type Store struct {
	client *s3.Client
	bucket string
}

var _ transcode.Store = (*Store)(nil)

// NewStore keeps media in bucket.
func NewStore(client *s3.Client, bucket string) *Store {
	return &Store{client: client, bucket: bucket}
}

// Put implements transcode.Store. Repeating it after a failure is harmless:
// an object that is there with the same size and checksum counts as put, one that
// differs gives ErrExists.
func (s *Store) Put(ctx context.Context, prefix string, files []transcode.File, progress func(done int)) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	var media, playlists []transcode.File
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".m3u8") {
			playlists = append(playlists, f)
		} else {
			media = append(media, f)
		}
	}
	count := &counter{tell: progress}
	if err := s.putAll(ctx, prefix, media, count); err != nil {
		return err
	}
	return s.putAll(ctx, prefix, playlists, count)
}

// counter calls tell once for every file, never twice at the same time.
type counter struct {
	mu   sync.Mutex
	done int
	tell func(int)
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.tell(c.done)
}

func (s *Store) putAll(ctx context.Context, prefix string, files []transcode.File, count *counter) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for _, f := range files {
		group.Go(func() error {
			if err := s.put(ctx, prefix+f.Name, f); err != nil {
				return err
			}
			count.add()
			return nil
		})
	}
	return group.Wait()
}

func (s *Store) put(ctx context.Context, key string, f transcode.File) error {
	body, err := os.Open(f.Path)
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	defer func() { _ = body.Close() }()
	checksum := base64.StdEncoding.EncodeToString(f.SHA256[:])
	_, err = s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &key, Body: body,
		ContentLength: &f.Size, ContentType: &f.ContentType, CacheControl: aws.String(cacheControl),
		ChecksumSHA256: &checksum, IfNoneMatch: aws.String("*"),
	}, withRetries)
	if coded(err, "PreconditionFailed", "ConditionalRequestConflict") {
		return s.same(ctx, key, f.Size, checksum)
	}
	if err != nil {
		return explain("put", key, err)
	}
	return nil
}

// same accepts an object that an earlier try, whose answer was lost, has put.
func (s *Store) same(ctx context.Context, key string, want int64, checksum string) error {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &s.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled,
	}, withRetries)
	if err != nil {
		return explain("look at", key, err)
	}
	if size(head.ContentLength) != want || aws.ToString(head.ChecksumSHA256) != checksum {
		return fmt.Errorf("put %s: %w", key, ErrExists)
	}
	return nil
}

// Check implements transcode.Store; it returns ErrMismatch.
func (s *Store) Check(ctx context.Context, prefix string, files []transcode.File) error {
	missing := make(map[string]int64, len(files))
	for _, f := range files {
		missing[prefix+f.Name] = f.Size
	}
	err := s.list(ctx, prefix, func(objects []types.Object) error {
		for _, o := range objects {
			want, ok := missing[aws.ToString(o.Key)]
			if !ok || want != size(o.Size) {
				return fmt.Errorf("%w: %s has %d bytes", ErrMismatch, aws.ToString(o.Key), size(o.Size))
			}
			delete(missing, aws.ToString(o.Key))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check %s: %w", prefix, err)
	}
	for key := range missing {
		return fmt.Errorf("check %s: %w: %d missing, %s for one", prefix, ErrMismatch, len(missing), key)
	}
	return nil
}

// Delete implements transcode.Store. It lists the prefix again at the end and
// returns ErrMismatch when something is left.
func (s *Store) Delete(ctx context.Context, prefix string) error {
	if err := checkPrefix(prefix); err != nil {
		return err
	}
	err := s.list(ctx, prefix, func(objects []types.Object) error { return s.deleteObjects(ctx, objects) })
	if err == nil {
		err = s.Check(ctx, prefix, nil)
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", prefix, err)
	}
	return nil
}

func (s *Store) deleteObjects(ctx context.Context, objects []types.Object) error {
	if len(objects) == 0 {
		return nil
	}
	ids := make([]types.ObjectIdentifier, len(objects))
	for i, o := range objects {
		ids[i] = types.ObjectIdentifier{Key: o.Key}
	}
	answer, err := s.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &s.bucket, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
	}, withRetries)
	if err != nil {
		return err
	}
	for _, e := range answer.Errors {
		return fmt.Errorf("%s: %s", aws.ToString(e.Key), aws.ToString(e.Message))
	}
	return nil
}

// list hands over the objects below a prefix, page by page.
func (s *Store) list(ctx context.Context, prefix string, use func([]types.Object) error) error {
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, withRetries)
		if err != nil {
			return explain("list", prefix, err)
		}
		if err := use(page.Contents); err != nil {
			return err
		}
	}
	return nil
}

// checkPrefix refuses what could reach beyond one attempt.
func checkPrefix(prefix string) error {
	if strings.Count(prefix, "/") < 2 || !strings.HasSuffix(prefix, "/") {
		return fmt.Errorf("prefix %q is not one attempt's", prefix)
	}
	if strings.HasPrefix(prefix, catalog.UploadRoot) && !strings.Contains(prefix, "/parts/") {
		return fmt.Errorf("prefix %q is a presenter's", prefix)
	}
	return nil
}
