package objects

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rounds/catalog"
	"rounds/transcode"
)

var _ transcode.Bucket[catalog.MediaFolder] = (*Store)(nil)

// Folders implements transcode.Bucket: one call of use for each recording,
// after one request to S3. What has not the form of an attempt's prefix is
// none of ours and left out.
func (s *Store) Folders(ctx context.Context, use func([]catalog.MediaFolder) error) error {
	return s.below(ctx, catalog.MediaRoot, func(recording string) error {
		var folders []catalog.MediaFolder
		err := s.below(ctx, recording, func(prefix string) error {
			if id, token, _, ok := catalog.ParseMediaKey(prefix + catalog.MasterPlaylist); ok {
				folders = append(folders, catalog.MediaFolder{RecordingID: id, Token: token})
			}
			return nil
		})
		if err != nil || len(folders) == 0 {
			return err
		}
		return use(folders)
	})
}

// below hands over the folders in a folder, each with its trailing slash.
func (s *Store) below(ctx context.Context, folder string, use func(prefix string) error) error {
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &folder, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, withRetries)
		if err != nil {
			return explain("list", folder, err)
		}
		for _, p := range page.CommonPrefixes {
			if err := use(aws.ToString(p.Prefix)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Newest implements transcode.Bucket.
func (s *Store) Newest(ctx context.Context, prefix string) (newest time.Time, err error) {
	err = s.list(ctx, prefix, func(objects []types.Object) error {
		for _, o := range objects {
			if at := aws.ToTime(o.LastModified); at.After(newest) {
				newest = at
			}
		}
		return nil
	})
	return newest, err
}
