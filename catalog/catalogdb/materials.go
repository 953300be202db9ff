package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectMaterial = `
	select m.id, m.webinar_id, m.title, m.filename, m.content_type, m.size_bytes, m.sha256, m.created_by, m.created_at, m.uploaded_at
	from materials m join webinars w on w.id = m.webinar_id join courses c on c.id = w.course_id join programs p on p.id = c.program_id
	where m.deleted_at is null and w.deleted_at is null and c.deleted_at is null and p.deleted_at is null`

// AddMaterial announces a material of a webinar. A *catalog.FieldError when the
// webinar has as many as it may.
func (s *Store) AddMaterial(ctx context.Context, m catalog.Material) (made catalog.Material, err error) {
	defer wrap(&err, "add material to %q", m.WebinarID)
	m.ID, m.CreatedBy = catalog.NewMaterialID(), identity.FromContext(ctx).Actor()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, "webinars", string(m.WebinarID), nil); err != nil {
			return err
		}
		there, err := one[int](ctx, tx, `select count(*)::int from materials where webinar_id = $1 and deleted_at is null`, m.WebinarID)
		if err != nil {
			return err
		}
		if there >= catalog.MaxMaterials {
			return &catalog.ConflictError{Code: "too_many_materials", Message: "A webinar can have %d materials. Please delete one first.", Args: []any{catalog.MaxMaterials}}
		}
		err = tx.QueryRow(ctx, `
			insert into materials (id, webinar_id, title, filename, content_type, size_bytes, sha256, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8) returning created_at`,
			m.ID, m.WebinarID, m.Title, m.Filename, m.ContentType, m.SizeBytes, m.SHA256, m.CreatedBy).Scan(&m.CreatedAt)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "material.create", "material", string(m.ID), map[string]any{"webinar_id": m.WebinarID, "filename": m.Filename})
	})
	return m, err
}

// Material returns one material, also one that is only announced;
// catalog.ErrNotFound when there is none. Whether somebody may have it is what
// Webinar and MayUpload say of its webinar.
func (s *Store) Material(ctx context.Context, id catalog.MaterialID) (m catalog.Material, err error) {
	defer wrap(&err, "read material %q", id)
	rows, err := s.db.Query(ctx, selectMaterial+` and m.id = $1`, id)
	if err != nil {
		return m, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.Material])
}

// Materials lists those of a webinar, oldest first; with unfinished also those
// that are only announced.
func (s *Store) Materials(ctx context.Context, id catalog.WebinarID, unfinished bool) (materials []catalog.Material, err error) {
	defer wrap(&err, "list materials of %q", id)
	rows, err := s.db.Query(ctx, selectMaterial+` and m.webinar_id = $1 and ($2 or m.uploaded_at is not null) order by m.id`, id, unfinished)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Material])
}

// FinishMaterial marks a material as there. Idempotent.
func (s *Store) FinishMaterial(ctx context.Context, id catalog.MaterialID) (m catalog.Material, err error) {
	defer wrap(&err, "finish material %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update materials set uploaded_at = now() where id = $1 and uploaded_at is null and deleted_at is null`, id)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, "material.upload", "material", string(id), nil)
	})
	if err != nil {
		return m, err
	}
	return s.Material(ctx, id)
}

// DeleteMaterial takes a material away; its object goes with the next upkeep.
func (s *Store) DeleteMaterial(ctx context.Context, id catalog.MaterialID) (err error) {
	defer wrap(&err, "delete material %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update materials set deleted_at = now() where id = $1 and deleted_at is null`, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "material.delete", "material", string(id), nil)
	})
}

// UnwantedMaterials lists what was deleted, and what was announced longer than
// age ago and never came.
func (s *Store) UnwantedMaterials(ctx context.Context, age time.Duration) (ids []catalog.MaterialID, err error) {
	defer wrap(&err, "list unwanted materials")
	rows, err := s.db.Query(ctx, `
		select id from materials where deleted_at is not null or uploaded_at is null and created_at < clock_timestamp() - $1::interval
		order by created_at limit 1000`, age)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.MaterialID])
}

// ForgetMaterial removes the row of a material that is unwanted. Idempotent.
func (s *Store) ForgetMaterial(ctx context.Context, id catalog.MaterialID) (err error) {
	defer wrap(&err, "forget material %q", id)
	_, err = s.db.Exec(ctx, `delete from materials where id = $1 and (deleted_at is not null or uploaded_at is null)`, id)
	return err
}
