package ingest

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rounds/catalog"
)

// maxSigned bounds how many parts are signed with one request.
const maxSigned = 1000

// SignParts gives the right to send parts: a single PUT each, with the headers
// given. Length and checksum are part of the signature, so S3 refuses other
// bytes. catalog.ErrUploadFinished when the upload is over; *catalog.FieldError
// for a part that the file does not have, or a checksum that is missing or not
// asked for.
func (u *Uploads) SignParts(ctx context.Context, id catalog.RecordingID, parts []catalog.PartRequest) ([]catalog.SignedPart, error) {
	upload, err := u.Store.Upload(ctx, id)
	if err != nil {
		return nil, err
	}
	if upload.Recording.State != catalog.StateUploading {
		return nil, catalog.ErrUploadFinished
	}
	if len(parts) == 0 || len(parts) > maxSigned {
		return nil, catalog.Invalid("part_numbers", "Please name 1 to %d parts.", maxSigned)
	}
	signed := make([]catalog.SignedPart, len(parts))
	for i, part := range parts {
		if err := checkPart(upload, part); err != nil {
			return nil, err
		}
		if signed[i], err = u.sign(ctx, upload, part); err != nil {
			return nil, fmt.Errorf("sign part %d of %s: %w", part.Number, id, err)
		}
	}
	u.Observe(Step{Signed: len(signed)})
	return signed, nil
}

func checkPart(upload catalog.Upload, part catalog.PartRequest) error {
	if part.Number < 1 || part.Number > upload.Parts() {
		return catalog.Invalid("part_numbers", "This file has the parts 1 to %d.", upload.Parts())
	}
	sum, err := base64.StdEncoding.DecodeString(part.SHA256)
	switch {
	case upload.Recording.Checksum == "" && part.SHA256 != "":
		return catalog.Invalid("parts", "This upload was begun without checksums: send part_numbers.")
	case upload.Recording.Checksum != "" && (err != nil || len(sum) != 32):
		return catalog.Invalid("parts", "Each part of this upload needs its SHA-256 in base64.")
	default:
		return nil
	}
}

func (u *Uploads) sign(ctx context.Context, upload catalog.Upload, part catalog.PartRequest) (catalog.SignedPart, error) {
	input := &s3.UploadPartInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(upload.Recording.ID)), UploadId: &upload.S3UploadID,
		PartNumber:    aws.Int32(int32(part.Number)), //nolint:gosec // G115: at most 10,000
		ContentLength: aws.Int64(upload.PartSize(part.Number)),
	}
	if part.SHA256 != "" {
		input.ChecksumSHA256 = &part.SHA256
	}
	expires := time.Now().Add(u.URLLife).UTC().Truncate(time.Second)
	request, err := u.presign.PresignUploadPart(ctx, input, s3.WithPresignExpires(u.URLLife))
	if err != nil {
		return catalog.SignedPart{}, err
	}
	return catalog.SignedPart{Number: part.Number, URL: request.URL, Headers: clientHeaders(request.SignedHeader), ExpiresAt: expires}, nil
}

// clientHeaders are the signed headers that a client has to set itself: Host
// and Content-Length are set by every HTTP client, and browsers forbid them.
func clientHeaders(signed http.Header) map[string]string {
	headers := map[string]string{}
	for name, values := range signed {
		switch strings.ToLower(name) {
		case "host", "content-length":
		default:
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return headers
}

// Parts tells which parts have arrived, in order; none once the upload is over.
// When they were joined and only the database does not know it yet, all have
// arrived: what is left is Complete.
func (u *Uploads) Parts(ctx context.Context, id catalog.RecordingID) (catalog.RecordingState, []catalog.UploadedPart, error) {
	upload, err := u.Store.Upload(ctx, id)
	if err != nil || upload.Recording.State != catalog.StateUploading {
		return upload.Recording.State, nil, err
	}
	parts, err := u.list(ctx, upload)
	if gone(err) {
		return u.joinedParts(ctx, upload)
	}
	if err != nil {
		return upload.Recording.State, nil, storageError(err)
	}
	listed := make([]catalog.UploadedPart, len(parts))
	for i, p := range parts {
		listed[i] = catalog.UploadedPart{Number: int(aws.ToInt32(p.PartNumber)), SizeBytes: aws.ToInt64(p.Size), ETag: strings.Trim(aws.ToString(p.ETag), `"`), SHA256: aws.ToString(p.ChecksumSHA256)}
	}
	return upload.Recording.State, listed, nil
}

// joinedParts are all parts of an upload whose file is there, else none.
func (u *Uploads) joinedParts(ctx context.Context, upload catalog.Upload) (catalog.RecordingState, []catalog.UploadedPart, error) {
	joined, err := u.joined(ctx, upload.Recording)
	if err != nil || !joined {
		return upload.Recording.State, nil, err
	}
	listed := make([]catalog.UploadedPart, upload.Parts())
	for i := range listed {
		listed[i] = catalog.UploadedPart{Number: i + 1, SizeBytes: upload.PartSize(i + 1)}
	}
	return upload.Recording.State, listed, nil
}

// list asks S3 for all parts of a multipart upload.
func (u *Uploads) list(ctx context.Context, upload catalog.Upload) (parts []types.Part, err error) {
	pages := s3.NewListPartsPaginator(u.Client, &s3.ListPartsInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(upload.Recording.ID)), UploadId: &upload.S3UploadID,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, page.Parts...)
	}
	return parts, nil
}
