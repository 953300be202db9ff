package objects

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// textCacheControl is for the few objects that may be replaced under their name.
const textCacheControl = "private, max-age=60"

// PutText writes a small object that people may replace later, such as
// captions, in place of an earlier one.
func (s *Store) PutText(ctx context.Context, key, text string) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.bucket, Key: &key, Body: strings.NewReader(text),
		ContentType: aws.String(catalog.ContentType(key)), CacheControl: aws.String(textCacheControl),
	}, withRetries)
	if err != nil {
		return explain("put", key, err)
	}
	return nil
}

// Remove deletes one object; one that is not there is no error.
func (s *Store) Remove(ctx context.Context, key string) error {
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key}, withRetries)
	if err != nil {
		return explain("delete", key, err)
	}
	return nil
}
