package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// Object is one that is stored.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
}

// Place keeps objects.
type Place interface {
	// List yields all objects whose keys begin with prefix, in no order; it ends
	// with the first error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Read opens an object; the caller closes it.
	Read(ctx context.Context, key string) (io.ReadCloser, error)
	// Write stores an object as a whole or not at all, over one that is there.
	Write(ctx context.Context, key string, size int64, content io.Reader) error
	// Remove is idempotent.
	Remove(ctx context.Context, key string) error
}

// Bucket is a place in S3. With encrypted, what is written is encrypted by the
// storage (SSE-S3), which gateways may refuse.
func Bucket(client *s3.Client, bucket string, encrypted bool) Place {
	return &bucketPlace{client: client, bucket: bucket, encrypted: encrypted, transfer: transfermanager.New(client)}
}

type bucketPlace struct {
	client    *s3.Client
	bucket    string
	encrypted bool
	transfer  *transfermanager.Client
}

func (b *bucketPlace) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, fmt.Errorf("list bucket %s: %w", b.bucket, err))
				return
			}
			for _, o := range page.Contents {
				if !yield(Object{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

func (b *bucketPlace) Read(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return out.Body, nil
}

func (b *bucketPlace) Write(ctx context.Context, key string, _ int64, content io.Reader) error {
	input := &transfermanager.UploadObjectInput{Bucket: &b.bucket, Key: &key, Body: content, ContentType: aws.String(catalog.ContentType(key))}
	if b.encrypted {
		input.ServerSideEncryption = tmtypes.ServerSideEncryptionAes256
	}
	if strings.HasPrefix(key, "media/") && filepath.Ext(key) != ".vtt" { // captions may be replaced under their name
		input.CacheControl = aws.String("public, max-age=31536000, immutable")
	}
	if _, err := b.transfer.UploadObject(ctx, input); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

func (b *bucketPlace) Remove(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key}); err != nil {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}

// Folder is a place on a disk. Keys are paths below it.
func Folder(dir string) Place { return folderPlace(dir) }

type folderPlace string

func (f folderPlace) List(_ context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		root := filepath.Join(string(f), filepath.FromSlash(prefix))
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case entry.IsDir() || strings.HasPrefix(entry.Name(), unfinished):
				return nil
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			key, err := filepath.Rel(string(f), path)
			if err == nil && !yield(Object{filepath.ToSlash(key), info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Object{}, err)
		}
	}
}

// unfinished begins the name of a file that is being written.
const unfinished = ".unfinished-"

// path keeps keys below the folder: those of a bucket are not ours to trust.
func (f folderPlace) path(key string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(key)) {
		return "", fmt.Errorf("%q is no path below a folder", key)
	}
	return filepath.Join(string(f), filepath.FromSlash(key)), nil
}

func (f folderPlace) Read(_ context.Context, key string) (io.ReadCloser, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Write is durable when it returns.
func (f folderPlace) Write(_ context.Context, key string, _ int64, content io.Reader) (err error) {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it has its name by then, or is of no use
	_, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return os.Rename(file.Name(), path)
}

func (f folderPlace) Remove(_ context.Context, key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
