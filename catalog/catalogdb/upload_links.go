package catalogdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectUploadLinks = `
	select t.id, t.uploads_to, t.created_at, t.expires_at, t.last_used_at, t.revoked_at,
	       exists (select from recordings r where r.created_by = t.id and r.state <> 'uploading')
	from api_tokens t where t.uploads_to is not null`

// AddUploadLink keeps a link to a webinar by the hash of its secret.
func (s *Store) AddUploadLink(ctx context.Context, webinar catalog.WebinarID, life time.Duration, hash []byte) (l identity.UploadLink, err error) {
	defer wrap(&err, "add upload link to %q", webinar)
	id := catalog.NewID("upl")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into api_tokens (id, name, token_hash, roles, scopes, created_by, expires_at, uploads_to)
			select $1, 'upload link: ' || left(title, 100), $3, '{}', '{}', $4, now() + $5::interval, id from webinars where id = $2`,
			id, webinar, hash, identity.FromContext(ctx).Actor(), life)
		if err != nil {
			return err
		}
		if l, err = readUploadLink(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "webinar.upload_link", "webinar", string(webinar), map[string]any{"link_id": id})
	})
	return l, err
}

// UploadLinks lists the newest links to a webinar.
func (s *Store) UploadLinks(ctx context.Context, webinar catalog.WebinarID) (links []identity.UploadLink, err error) {
	defer wrap(&err, "list upload links to %q", webinar)
	rows, err := s.db.Query(ctx, selectUploadLinks+` and t.uploads_to = $1 order by t.id desc limit 100`, webinar)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[identity.UploadLink])
}

// UploadLink returns one link; catalog.ErrNotFound when there is none.
func (s *Store) UploadLink(ctx context.Context, id string) (l identity.UploadLink, err error) {
	defer wrap(&err, "read upload link %q", id)
	return readUploadLink(ctx, s.db, id)
}

func readUploadLink(ctx context.Context, q querier, id string) (identity.UploadLink, error) {
	rows, err := q.Query(ctx, selectUploadLinks+` and t.id = $1`, id)
	if err != nil {
		return identity.UploadLink{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[identity.UploadLink])
}

// mayUploadByLink lets the holder of a link begin while nothing has arrived by it.
func (s *Store) mayUploadByLink(ctx context.Context, who identity.Principal, webinar catalog.WebinarID) error {
	if who.UploadTo != webinar {
		return catalog.ErrNotFound
	}
	link, err := s.UploadLink(ctx, who.TokenID)
	if err == nil && link.Used {
		err = &catalog.ConflictError{Code: "link_used", Message: "A recording has been sent by this link already, and it takes one only. Ask whoever gave it to you for another."}
	}
	if err != nil {
		return err
	}
	_, err = one[bool](ctx, s.db, `
		select true from webinars w join courses c on c.id = w.course_id join programs p on p.id = c.program_id
		where w.id = $1 and w.deleted_at is null and c.deleted_at is null and p.deleted_at is null`, webinar)
	return err
}

// mayManageByLink: what the holder of a link has sent, and nothing else.
func (s *Store) mayManageByLink(ctx context.Context, who identity.Principal, id catalog.RecordingID) error {
	_, err := one[bool](ctx, s.db, `
		select true from recordings r join webinars w on w.id = r.webinar_id
		where r.id = $1 and r.created_by = $2 and r.webinar_id = $3 and w.deleted_at is null`, id, who.TokenID, who.UploadTo)
	return err
}
