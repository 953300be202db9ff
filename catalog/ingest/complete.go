package ingest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"rounds/catalog"
)

// Complete joins the parts and hands the recording to the transcoder. What has
// arrived is asked of S3, not of the client: *catalog.UploadIncompleteError
// names the parts that are missing or have a wrong size. Idempotent, also
// after a crash at any point and when called twice at once: the second waits.
// It goes on when the client is gone, who closed the page at the last moment.
func (u *Uploads) Complete(ctx context.Context, id catalog.RecordingID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), completeTimeout)
	defer cancel()
	return u.Store.FinishUpload(ctx, id, func(upload catalog.Upload) error { return u.join(ctx, upload) })
}

// completeTimeout bounds what S3 may take to join ten thousand parts.
const completeTimeout = 5 * time.Minute

// join makes one object of the parts, unless that was done before.
func (u *Uploads) join(ctx context.Context, upload catalog.Upload) error {
	parts, err := u.list(ctx, upload)
	if err == nil {
		if missing := missingParts(upload, parts); len(missing) > 0 {
			return incomplete(missing)
		}
		err = u.joinParts(ctx, upload, parts)
	}
	if err == nil {
		return nil
	}
	// The multipart upload may be gone because it was joined before a crash.
	joined, headErr := u.joined(ctx, upload.Recording)
	switch {
	case headErr != nil:
		return headErr
	case joined:
		return nil
	case gone(err):
		return &catalog.ConflictError{Code: "upload_lost", Message: "The parts of this upload are no longer there. Please upload the file again."}
	default:
		return storageError(err)
	}
}

func (u *Uploads) joinParts(ctx context.Context, upload catalog.Upload, parts []types.Part) error {
	completed := make([]types.CompletedPart, len(parts))
	for i, p := range parts {
		completed[i] = types.CompletedPart{PartNumber: p.PartNumber, ETag: p.ETag, ChecksumSHA256: p.ChecksumSHA256}
	}
	_, err := u.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(upload.Recording.ID)), UploadId: &upload.S3UploadID,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: completed},
	})
	if err == nil {
		u.Observe(Step{Joined: len(parts), Bytes: upload.Recording.SizeBytes})
	}
	return err
}

// missingParts are the numbers that did not arrive or have not the size that
// was announced. When none is missing the sizes sum up to the file's.
func missingParts(upload catalog.Upload, parts []types.Part) (missing []int) {
	sizes := make(map[int]int64, len(parts))
	for _, p := range parts {
		sizes[int(aws.ToInt32(p.PartNumber))] = aws.ToInt64(p.Size)
	}
	for n := 1; n <= upload.Parts(); n++ {
		if sizes[n] != upload.PartSize(n) {
			missing = append(missing, n)
		}
	}
	return missing
}

// namedMissing is how many missing parts a sentence names.
const namedMissing = 20

func incomplete(missing []int) error {
	named := missing[:min(len(missing), namedMissing)]
	more := ""
	if rest := len(missing) - len(named); rest > 0 {
		more = fmt.Sprintf(" and %d more", rest)
	}
	return &catalog.UploadIncompleteError{
		Missing: missing,
		Message: "%d parts have not arrived yet: %s%s. Send them, then complete again.", Args: []any{len(missing), strings.Trim(strings.ReplaceAll(fmt.Sprint(named), " ", ", "), "[]"), more},
	}
}

// Abort gives an upload up: its row, its parts and whatever was joined of them
// are gone afterwards. catalog.ErrUploadFinished when it was completed.
func (u *Uploads) Abort(ctx context.Context, id catalog.RecordingID) error {
	return u.Store.DropUpload(ctx, id, func(upload catalog.Upload) error { return u.discard(ctx, upload) })
}

// discard removes what the storage has of an upload.
func (u *Uploads) discard(ctx context.Context, upload catalog.Upload) error {
	if err := u.stop(ctx, upload.Recording.ID, upload.S3UploadID); err != nil {
		return err
	}
	return u.removeObject(ctx, upload.Recording.ID)
}

func (u *Uploads) removeObject(ctx context.Context, id catalog.RecordingID) error {
	_, err := u.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &u.Bucket, Key: aws.String(catalog.UploadKey(id))})
	if gone(err) {
		return nil
	}
	return storageError(err)
}
