package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
)

// materialLife is how long a link to a material can be used: long enough to
// begin a download.
const materialLife = 5 * time.Minute

// SignMaterial gives the right to send a material: one PUT of exactly its
// bytes. The storage refuses another size or checksum.
func (u *Uploads) SignMaterial(ctx context.Context, m catalog.Material) (catalog.SignedPart, error) {
	expires := time.Now().Add(u.URLLife).UTC().Truncate(time.Second)
	request, err := u.presign.PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.MaterialKey(m.ID)),
		ContentLength: &m.SizeBytes, ContentType: &m.ContentType, ChecksumSHA256: &m.SHA256,
	}, s3.WithPresignExpires(u.URLLife))
	if err != nil {
		return catalog.SignedPart{}, storageError(err)
	}
	return catalog.SignedPart{Number: 1, URL: request.URL, Headers: clientHeaders(request.SignedHeader), ExpiresAt: expires}, nil
}

// CheckMaterial believes no client: the object has to be there with the size
// that was announced and to begin as files of its kind do.
// catalog.ErrUploadIncomplete while it is not there, a *catalog.FieldError when
// it is something else than its name says.
func (u *Uploads) CheckMaterial(ctx context.Context, m catalog.Material) error {
	object, err := u.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &u.Bucket, Key: aws.String(catalog.MaterialKey(m.ID))})
	if gone(err) {
		return catalog.ErrUploadIncomplete
	}
	if err != nil {
		return storageError(err)
	}
	defer object.Body.Close() //nolint:errcheck // read only
	if aws.ToInt64(object.ContentLength) != m.SizeBytes {
		return catalog.ErrUploadIncomplete
	}
	kind, _ := m.Kind()
	head := make([]byte, len(kind.Begins))
	if _, err := io.ReadFull(object.Body, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return storageError(err)
	}
	if string(head) != kind.Begins {
		return &catalog.FieldError{Field: "filename", Code: "wrong_content", Message: "This file is not what its name says (%s). Please send the right one.", Args: []any{m.Filename}}
	}
	return nil
}

// MaterialLink gives the right to download a material, as an attachment: a
// browser saves it and never shows it as a page of ours.
func (u *Uploads) MaterialLink(ctx context.Context, m catalog.Material) (catalog.SourceLink, error) {
	expires := time.Now().Add(materialLife).UTC().Truncate(time.Second)
	request, err := u.presign.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.MaterialKey(m.ID)),
		ResponseContentType:        &m.ContentType,
		ResponseContentDisposition: aws.String(attachment(m.Filename)),
		ResponseCacheControl:       aws.String("private, no-store"),
	}, s3.WithPresignExpires(materialLife))
	if err != nil {
		return catalog.SourceLink{}, storageError(err)
	}
	return catalog.SourceLink{URL: request.URL, ExpiresAt: expires}, nil
}

// attachment is a Content-Disposition (RFC 6266); names that are not ASCII get
// the extended form.
func attachment(filename string) string {
	if header := mime.FormatMediaType("attachment", map[string]string{"filename": filename}); header != "" {
		return header
	}
	return "attachment"
}

// RemoveMaterial deletes the object of a material. Idempotent.
func (u *Uploads) RemoveMaterial(ctx context.Context, id catalog.MaterialID) error {
	_, err := u.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &u.Bucket, Key: aws.String(catalog.MaterialKey(id))})
	if gone(err) {
		return nil
	}
	return storageError(err)
}

// MaterialRows are the rows that SweepMaterials needs.
type MaterialRows interface {
	// UnwantedMaterials lists those that were deleted, and those that were announced longer than age ago and never came.
	UnwantedMaterials(ctx context.Context, age time.Duration) ([]catalog.MaterialID, error)
	// ForgetMaterial removes the row of such a one.
	ForgetMaterial(ctx context.Context, id catalog.MaterialID) error
}

// SweepMaterials removes the objects of unwanted materials and then forgets
// them, and returns how many. Idempotent; one that fails does not keep the
// others from it.
func (u *Uploads) SweepMaterials(ctx context.Context, rows MaterialRows, age time.Duration) (swept int, err error) {
	unwanted, err := rows.UnwantedMaterials(ctx, age)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range unwanted {
		err := u.RemoveMaterial(ctx, id)
		if err == nil {
			err = rows.ForgetMaterial(ctx, id)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("remove material %s: %w", id, err))
			continue
		}
		swept++
	}
	return swept, errors.Join(failures...)
}
