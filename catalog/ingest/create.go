package ingest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"rounds/catalog"
)

const checksumSHA256 = "sha256"

// Create begins the upload of a file to a webinar: r names the webinar, the
// file and who sends it (CreatedBy). The same file again – by Fingerprint –
// gives the unfinished upload. Errors are *catalog.FieldError for what cannot
// be used, with the code too_large on size_bytes for a file beyond the limit.
func (u *Uploads) Create(ctx context.Context, r catalog.Recording) (catalog.Upload, error) {
	r, err := u.clean(r)
	if err != nil {
		return catalog.Upload{}, err
	}
	if upload, err := u.unfinished(ctx, r); !errors.Is(err, catalog.ErrNotFound) {
		return upload, err
	}
	r.ID, r.State = catalog.NewRecordingID(), catalog.StateUploading
	upload := catalog.Upload{Recording: r, PartSizeBytes: catalog.PartSizeFor(r.SizeBytes)}
	if upload.S3UploadID, err = u.begin(ctx, r); err != nil {
		return catalog.Upload{}, fmt.Errorf("begin upload: %w", err)
	}
	if err := u.Store.InsertUpload(ctx, upload); err != nil {
		_ = u.stop(context.WithoutCancel(ctx), r.ID, upload.S3UploadID) // S3's lifecycle rule sweeps what is left
		if errors.Is(err, catalog.ErrConflict) {
			return u.unfinished(ctx, r) // the same request was faster
		}
		return catalog.Upload{}, err
	}
	return upload, nil
}

// clean checks what a client announces about a file.
func (u *Uploads) clean(r catalog.Recording) (catalog.Recording, error) {
	var err error
	if r.Filename, err = catalog.CleanLine("filename", r.Filename, 255, true); err != nil {
		return r, err
	}
	r.Filename = path.Base(strings.ReplaceAll(r.Filename, `\`, "/"))
	if r.ContentType, err = catalog.CleanLine("content_type", r.ContentType, 200, false); err != nil {
		return r, err
	}
	if r.Fingerprint, err = catalog.CleanLine("fingerprint", r.Fingerprint, 200, false); err != nil {
		return r, err
	}
	switch {
	case r.SizeBytes <= 0:
		return r, &catalog.FieldError{Field: "size_bytes", Code: "empty", Message: "This file is empty. Please choose the recording itself."}
	case r.SizeBytes > u.MaxBytes:
		return r, &catalog.FieldError{
			Field: "size_bytes", Code: "too_large",
			Message: "Files can have at most %d GiB. Please export the recording with a lower bit rate.", Args: []any{u.MaxBytes >> 30},
		}
	case r.Checksum != "" && r.Checksum != checksumSHA256:
		return r, catalog.Invalid("checksum", `The checksum is "sha256" or left out.`)
	default:
		return r, nil
	}
}

// unfinished finds the upload that continues with this file and makes sure
// that S3 still has it. catalog.ErrNotFound when there is none.
func (u *Uploads) unfinished(ctx context.Context, r catalog.Recording) (catalog.Upload, error) {
	if r.Fingerprint == "" {
		return catalog.Upload{}, catalog.ErrNotFound
	}
	upload, err := u.Store.Unfinished(ctx, r.WebinarID, r.CreatedBy, r.Fingerprint)
	if err != nil {
		return upload, err
	}
	if upload.Recording.SizeBytes != r.SizeBytes {
		return upload, &catalog.ConflictError{
			Code:    "fingerprint_conflict",
			Message: "An unfinished upload with this fingerprint has another size. Delete it first, or use another fingerprint.",
		}
	}
	return u.revive(ctx, upload)
}

// revive gives an upload a fresh multipart upload when S3 has swept the old
// one and the file was not joined from it.
func (u *Uploads) revive(ctx context.Context, upload catalog.Upload) (catalog.Upload, error) {
	if _, err := u.list(ctx, upload); !gone(err) {
		return upload, storageError(err)
	}
	if joined, err := u.joined(ctx, upload.Recording); err != nil || joined {
		return upload, err // Complete will see it
	}
	fresh, err := u.begin(ctx, upload.Recording)
	if err != nil {
		return upload, err
	}
	err = u.Store.RestartUpload(ctx, upload.Recording.ID, upload.S3UploadID, fresh)
	if errors.Is(err, catalog.ErrConflict) {
		_ = u.stop(context.WithoutCancel(ctx), upload.Recording.ID, fresh) // S3's lifecycle rule sweeps what is left
		return u.Store.Upload(ctx, upload.Recording.ID)
	}
	upload.S3UploadID = fresh
	return upload, err
}
