package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

const recordingColumns = `r.id, r.webinar_id, r.filename, r.size_bytes, r.content_type, r.fingerprint, r.checksum, coalesce(r.source_id, ''), r.cut_from_ms, r.cut_to_ms, r.state,
	r.progress, r.eta_s, r.stages, r.warnings, r.failure, r.duration_ms, r.token, r.created_by, r.created_at, r.updated_at,
	r.published_at, r.withdrawn_at`

func scanRecording(row pgx.CollectableRow) (r catalog.Recording, err error) {
	err = row.Scan(recordingFields(&r)...)
	return r, err
}

func recordingFields(r *catalog.Recording) []any {
	return []any{
		&r.ID, &r.WebinarID, &r.Filename, &r.SizeBytes, &r.ContentType, &r.Fingerprint, &r.Checksum, &r.SourceID, &r.Cut.FromMS, &r.Cut.ToMS, &r.State,
		&r.Progress, &r.ETASeconds, &r.Stages, &r.Warnings, &r.Failure, &r.DurationMS, &r.Token, &r.CreatedBy, &r.CreatedAt,
		&r.UpdatedAt, &r.PublishedAt, &r.WithdrawnAt,
	}
}

// readRecording reads a recording with its renditions, tallest first.
func readRecording(ctx context.Context, q querier, id catalog.RecordingID) (catalog.Recording, error) {
	rows, err := q.Query(ctx, `select `+recordingColumns+` from recordings r join webinars w on w.id = r.webinar_id
		where r.id = $1 and w.deleted_at is null`, id)
	if err != nil {
		return catalog.Recording{}, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRecording)
	if err != nil {
		return r, err
	}
	r.Renditions, err = readRenditions(ctx, q, id)
	return r, err
}

func readRenditions(ctx context.Context, q querier, id catalog.RecordingID) ([]catalog.Rendition, error) {
	rows, err := q.Query(ctx, `
		select name, height, width, frame_rate, bandwidth, average_bandwidth, codecs, size_bytes
		from renditions where recording_id = $1 order by height desc, name`, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Rendition])
}

// Recording returns one recording with its renditions.
func (s *Store) Recording(ctx context.Context, id catalog.RecordingID) (r catalog.Recording, err error) {
	defer wrap(&err, "read recording %q", id)
	return readRecording(ctx, s.db, id)
}
