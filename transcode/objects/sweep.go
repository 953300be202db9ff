package objects

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// Sweep lists the attempt prefixes of a recording, each with its trailing
// slash, so that those no row knows of can be deleted.
func (s *Store) Sweep(ctx context.Context, id catalog.RecordingID) ([]string, error) {
	var prefixes []string
	pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{
		Bucket: &s.bucket, Prefix: aws.String(catalog.RecordingPrefix(id)), Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, withRetries)
		if err != nil {
			return nil, explain("list", catalog.RecordingPrefix(id), err)
		}
		for _, p := range page.CommonPrefixes {
			prefixes = append(prefixes, aws.ToString(p.Prefix))
		}
	}
	return prefixes, nil
}
