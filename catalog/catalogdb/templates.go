package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectText = `
	select id, channel, kind, locale, version, subject, body, external_id, category, approval, approval_note, frozen, revision,
	       created_by, created_at, updated_at, retired_at
	from message_templates where true`

func readText(ctx context.Context, q querier, id, lock string) (catalog.MessageText, error) {
	rows, err := q.Query(ctx, selectText+` and id = $1 and retired_at is null`+lock, id)
	if err != nil {
		return catalog.MessageText{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.MessageText])
}

// CreateText stores a text as the next version of its channel, kind and
// language. It is used from the moment its approval says approved.
func (s *Store) CreateText(ctx context.Context, t catalog.MessageText) (made catalog.MessageText, err error) {
	defer wrap(&err, "store a text for %s %s", t.Channel, t.Kind)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('text ' || $1 || $2 || lower($3), 0))`, t.Channel, t.Kind, t.Locale); err != nil {
			return err
		}
		id := catalog.NewID("tpl")
		_, err := tx.Exec(ctx, `
			insert into message_templates (id, channel, kind, locale, version, subject, body, external_id, category, approval, approval_note, frozen, created_by)
			select $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $8, $9, $10, $9 = 'approved', $11
			from message_templates where channel = $2 and kind = $3 and lower(locale) = lower($4)`,
			id, t.Channel, t.Kind, t.Locale, t.Subject, t.Body, t.ExternalID, t.Category, t.Approval, t.ApprovalNote, identity.FromContext(ctx).Actor())
		if err != nil {
			return err
		}
		if made, err = readText(ctx, tx, id, ""); err != nil {
			return err
		}
		return auditText(ctx, tx, "message_template.create", made)
	})
	return made, err
}

func auditText(ctx context.Context, tx pgx.Tx, action string, t catalog.MessageText) error {
	return audit(ctx, tx, action, "message_template", t.ID,
		map[string]any{"channel": t.Channel, "kind": t.Kind, "locale": t.Locale, "version": t.Version, "approval": t.Approval})
}

// Text returns a stored text; catalog.ErrNotFound when there is none.
func (s *Store) Text(ctx context.Context, id string) (t catalog.MessageText, err error) {
	defer wrap(&err, "read text %q", id)
	return readText(ctx, s.db, id, "")
}

// Texts lists stored texts that are not retired, oldest first: of one channel
// and of one kind when these are not empty.
func (s *Store) Texts(ctx context.Context, channel catalog.Channel, kind catalog.MessageKind, p catalog.PageRequest) (page catalog.Page[catalog.MessageText], err error) {
	defer wrap(&err, "list texts")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectText+` and id > $1 and retired_at is null and ($2 = '' or channel = $2) and ($3 = '' or kind = $3) order by id limit $4`,
		after.ID, channel, kind, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.MessageText])
	return paged(items, err, p, func(t catalog.MessageText) catalog.Cursor { return catalog.Cursor{ID: t.ID} })
}

// UpdateText reads a text, lets change alter it and stores it as its next
// revision. A text that was approved once keeps its words: whoever approved
// them approved these. catalog.ErrVersionMismatch when revision is not nil and
// not the present one; a *catalog.ConflictError for frozen words.
func (s *Store) UpdateText(ctx context.Context, id string, revision *int, change func(*catalog.MessageText) error) (t catalog.MessageText, err error) {
	defer wrap(&err, "update text %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		was, err := readText(ctx, tx, id, ` for update`)
		if err != nil {
			return err
		}
		if revision != nil && *revision != was.Revision {
			return catalog.ErrVersionMismatch
		}
		t = was
		if err := change(&t); err != nil {
			return err
		}
		if was.Frozen && (t.Subject != was.Subject || t.Body != was.Body) {
			return &catalog.ConflictError{Code: "text_frozen", Message: "This text was approved in these words. Store the new words as a new version."}
		}
		_, err = tx.Exec(ctx, `
			update message_templates set subject = $2, body = $3, external_id = $4, category = $5, approval = $6, approval_note = $7,
			       frozen = frozen or $6 = 'approved', revision = revision + 1, updated_at = now() where id = $1`,
			id, t.Subject, t.Body, t.ExternalID, t.Category, t.Approval, t.ApprovalNote)
		if err != nil {
			return err
		}
		if t, err = readText(ctx, tx, id, ""); err != nil {
			return err
		}
		return auditText(ctx, tx, "message_template.update", t)
	})
	return t, err
}

// RetireText takes a text out of use; the newest approved version that is left,
// or the one built in, takes its place. catalog.ErrNotFound when there is none.
func (s *Store) RetireText(ctx context.Context, id string, revision *int) (err error) {
	defer wrap(&err, "retire text %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		t, err := readText(ctx, tx, id, ` for update`)
		if err != nil {
			return err
		}
		if revision != nil && *revision != t.Revision {
			return catalog.ErrVersionMismatch
		}
		if _, err := tx.Exec(ctx, `update message_templates set retired_at = now() where id = $1`, id); err != nil {
			return err
		}
		return auditText(ctx, tx, "message_template.retire", t)
	})
}
