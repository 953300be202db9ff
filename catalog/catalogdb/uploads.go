package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectUpload = `select ` + recordingColumns + `, r.upload_id, r.part_size_bytes
	from recordings r join webinars w on w.id = r.webinar_id where w.deleted_at is null`

func scanUpload(row pgx.CollectableRow) (u catalog.Upload, err error) {
	err = row.Scan(append(recordingFields(&u.Recording), &u.S3UploadID, &u.PartSizeBytes)...)
	return u, err
}

func readUpload(ctx context.Context, q querier, where string, args ...any) (catalog.Upload, error) {
	rows, err := q.Query(ctx, selectUpload+` and `+where, args...)
	if err != nil {
		return catalog.Upload{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanUpload)
}

// Upload returns a recording with what the server knows about its sending.
func (s *Store) Upload(ctx context.Context, id catalog.RecordingID) (u catalog.Upload, err error) {
	defer wrap(&err, "read upload of %q", id)
	return readUpload(ctx, s.db, `r.id = $1`, id)
}

// Unfinished returns the upload that the same sender began to the same webinar
// with the same fingerprint and has not completed; catalog.ErrNotFound when
// there is none.
func (s *Store) Unfinished(ctx context.Context, webinar catalog.WebinarID, by catalog.AccountID, fingerprint string) (u catalog.Upload, err error) {
	defer wrap(&err, "find unfinished upload")
	return readUpload(ctx, s.db,
		`r.webinar_id = $1 and r.created_by = $2 and r.fingerprint = $3 and r.fingerprint <> '' and r.state = 'uploading'`,
		webinar, by, fingerprint)
}

// InsertUpload stores a new recording in the state uploading. When the same
// sender has just begun the same file, catalog.ErrConflict: use Unfinished.
func (s *Store) InsertUpload(ctx context.Context, u catalog.Upload) (err error) {
	defer wrap(&err, "store upload")
	r := u.Recording
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into recordings (id, webinar_id, filename, size_bytes, content_type, fingerprint, checksum, upload_id, part_size_bytes, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
			r.ID, r.WebinarID, r.Filename, r.SizeBytes, r.ContentType, r.Fingerprint, r.Checksum, u.S3UploadID, u.PartSizeBytes, r.CreatedBy)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrConflict
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "recording.create", "recording", string(r.ID), map[string]any{"webinar_id": r.WebinarID})
	})
}

// RestartUpload replaces the multipart upload of a recording whose old one is
// gone. catalog.ErrConflict when somebody else did so or the upload is over.
func (s *Store) RestartUpload(ctx context.Context, id catalog.RecordingID, oldID, newID string) (err error) {
	defer wrap(&err, "restart upload of %q", id)
	tag, err := s.db.Exec(ctx, `
		update recordings set upload_id = $3, updated_at = now() where id = $1 and upload_id = $2 and state = 'uploading'`, id, oldID, newID)
	if err == nil && tag.RowsAffected() == 0 {
		return catalog.ErrConflict
	}
	return err
}

// FinishUpload has join make one object of the parts, then moves the recording
// from uploading to uploaded and tells the transcoder, in one transaction that
// holds the row: whoever else finishes or drops the upload waits. Idempotent:
// later states are left as they are, without calling join.
func (s *Store) FinishUpload(ctx context.Context, id catalog.RecordingID, join func(catalog.Upload) error) (err error) {
	defer wrap(&err, "finish upload of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		u, err := readUpload(ctx, tx, `r.id = $1 for update of r`, id)
		if err != nil || u.Recording.State != catalog.StateUploading {
			return err
		}
		if err := join(u); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update recordings set state = 'uploaded', updated_at = clock_timestamp() where id = $1`, id); err != nil {
			return err
		}
		if err := audit(ctx, tx, "recording.uploaded", "recording", string(id), nil); err != nil {
			return err
		}
		return s.hooks.Enqueue(ctx, tx, id)
	})
}

// DropUpload has stop end the sending, then forgets a recording whose file was
// not completed; catalog.ErrUploadFinished when it was. It holds the row as
// FinishUpload does.
func (s *Store) DropUpload(ctx context.Context, id catalog.RecordingID, stop func(catalog.Upload) error) (err error) {
	defer wrap(&err, "drop upload of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		u, err := readUpload(ctx, tx, `r.id = $1 for update of r`, id)
		if err != nil {
			return err
		}
		if u.Recording.State != catalog.StateUploading {
			return catalog.ErrUploadFinished
		}
		if err := stop(u); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from recordings where id = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, "recording.abort", "recording", string(id), nil)
	})
}

// MayUpload tells whether who may send recordings of a webinar: an admin or
// one of its presenters; catalog.ErrNotFound otherwise.
func (s *Store) MayUpload(ctx context.Context, who identity.Principal, id catalog.WebinarID) (err error) {
	defer wrap(&err, "check uploader of %q", id)
	if who.UploadTo != "" {
		return s.mayUploadByLink(ctx, who, id)
	}
	_, err = one[bool](ctx, s.db, `
		select true from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where w.id = $2 and w.deleted_at is null and c.deleted_at is null and p.deleted_at is null
		  and ($1::text is null or exists (select from webinar_presenters wp where wp.webinar_id = w.id and wp.account_id = $1))`,
		viewer(who), id)
	return err
}

// MayManage tells whether who may manage a recording: an admin or a presenter
// of its webinar; catalog.ErrNotFound otherwise.
func (s *Store) MayManage(ctx context.Context, who identity.Principal, id catalog.RecordingID) (err error) {
	defer wrap(&err, "check manager of %q", id)
	if who.UploadTo != "" {
		return s.mayManageByLink(ctx, who, id)
	}
	webinar, err := one[catalog.WebinarID](ctx, s.db, `select webinar_id from recordings where id = $1`, id)
	if err != nil {
		return err
	}
	return s.MayUpload(ctx, who, webinar)
}
