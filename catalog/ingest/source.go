package ingest

import (
	"context"
	"mime"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// sourceLife is how long a link to an uploaded file can be used. A browser that
// plays longer asks for a new one.
const sourceLife = 10 * time.Minute

// Source gives the right to read a presenter's file as it was uploaded, so that
// she can look at it before it is processed. catalog.ErrConflict while it is
// still being sent, catalog.ErrNotFound when it is gone.
func (u *Uploads) Source(ctx context.Context, id catalog.RecordingID) (catalog.SourceLink, error) {
	upload, err := u.Store.Upload(ctx, id)
	if err != nil {
		return catalog.SourceLink{}, err
	}
	r := upload.Recording
	if r.State == catalog.StateUploading {
		return catalog.SourceLink{}, &catalog.ConflictError{Code: "not_uploaded", Message: "This file has not been uploaded to its end. Please finish the upload first."}
	}
	there, err := u.joined(ctx, r)
	if err != nil {
		return catalog.SourceLink{}, err
	}
	if !there {
		return catalog.SourceLink{}, catalog.ErrNotFound
	}
	return u.watchable(ctx, catalog.UploadKey(r.Source()), playableType(r.Filename), path.Base(r.Filename))
}

// Preview gives the right to read the beginning of a recording that is encoded
// already while the rest is not. catalog.ErrNotFound when there is none: not
// yet, or no longer.
func (u *Uploads) Preview(ctx context.Context, id catalog.RecordingID) (catalog.SourceLink, error) {
	key := catalog.PreviewKey(id)
	_, err := u.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &u.Bucket, Key: &key})
	if gone(err) {
		return catalog.SourceLink{}, catalog.ErrNotFound
	}
	if err != nil {
		return catalog.SourceLink{}, storageError(err)
	}
	return u.watchable(ctx, key, "video/mp4", path.Base(key))
}

// watchable signs a link that a browser plays.
func (u *Uploads) watchable(ctx context.Context, key, kind, name string) (catalog.SourceLink, error) {
	expires := time.Now().Add(sourceLife).UTC().Truncate(time.Second)
	request, err := u.presign.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &u.Bucket, Key: &key,
		ResponseContentType:        &kind,
		ResponseContentDisposition: aws.String(mime.FormatMediaType("inline", map[string]string{"filename": name})),
		ResponseCacheControl:       aws.String("private, no-store"),
	}, s3.WithPresignExpires(sourceLife))
	if err != nil {
		return catalog.SourceLink{}, storageError(err)
	}
	return catalog.SourceLink{URL: request.URL, ExpiresAt: expires}, nil
}

// playableType is what a file is sent as, by its name: always a video, whatever
// the sender called it, so that a page somebody uploads is never shown as one.
// Browsers look into the file to play it; many refuse the names that QuickTime
// and its relatives have, though they can play what is inside.
func playableType(filename string) string {
	switch strings.ToLower(path.Ext(filename)) {
	case ".webm":
		return "video/webm"
	case ".mkv":
		return "video/x-matroska"
	default:
		return "video/mp4"
	}
}

// Origin is scheme, host and port that browsers send parts to and read sources
// from: pages have to allow it.
func (u *Uploads) Origin(ctx context.Context) (string, error) {
	request, err := u.presign.PresignHeadBucket(ctx, &s3.HeadBucketInput{Bucket: &u.Bucket})
	if err != nil {
		return "", err
	}
	scheme, rest, _ := strings.Cut(request.URL, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return scheme + "://" + host, nil
}
