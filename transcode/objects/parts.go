package objects

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/transcode"
)

// Parts implements transcode.Parts in the upload bucket.
type Parts struct {
	*Store
	sources *Sources
}

var (
	_ transcode.Parts                       = (*Parts)(nil)
	_ transcode.Bucket[catalog.PartsFolder] = (*Parts)(nil)
)

// NewParts keeps encoded pieces in the upload bucket.
func NewParts(client *s3.Client, bucket string) *Parts {
	return &Parts{Store: NewStore(client, bucket), sources: NewSources(client, bucket)}
}

// PutParts implements transcode.Parts. As with Store.Put, repeating it is harmless.
func (p *Parts) PutParts(ctx context.Context, prefix string, files []transcode.File) error {
	return p.Put(ctx, prefix, files, func(int) {})
}

// PutPreview implements transcode.Parts.
func (p *Parts) PutPreview(ctx context.Context, id catalog.RecordingID, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	key := catalog.PreviewKey(id)
	_, err = p.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &p.bucket, Key: &key, Body: f, ContentType: aws.String(catalog.ContentType(key))})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// FetchPart implements transcode.Parts.
func (p *Parts) FetchPart(ctx context.Context, prefix string, part catalog.Part, path string) error {
	if err := p.sources.fetch(ctx, prefix+part.Name, path, func(int64) {}); err != nil {
		return err
	}
	size, sum, err := digest(path)
	if err != nil {
		return err
	}
	if size != part.Size || !bytes.Equal(sum, part.SHA256) {
		return fmt.Errorf("%w: %s%s has %d bytes, %d were put", transcode.ErrSpoiltPart, prefix, part.Name, size, part.Size)
	}
	return nil
}

// digest reads a file for its size and checksum.
func digest(path string) (size int64, sum []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	size, err = io.Copy(hash, f)
	return size, hash.Sum(nil), err
}

// Folders implements transcode.Bucket: one call of use for each recording that
// has parts. It costs a request for each upload that there is.
func (p *Parts) Folders(ctx context.Context, use func([]catalog.PartsFolder) error) error {
	return p.below(ctx, catalog.UploadRoot, func(recording string) error {
		var folders []catalog.PartsFolder
		err := p.below(ctx, recording+catalog.PartsFolderName, func(prefix string) error {
			if folder, ok := catalog.ParsePartsPrefix(prefix); ok {
				folders = append(folders, folder)
			}
			return nil
		})
		if err != nil || len(folders) == 0 {
			return err
		}
		return use(folders)
	})
}
