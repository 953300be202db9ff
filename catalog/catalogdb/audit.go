package catalogdb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Words of the audit log that are used in many places.
const (
	aboutProgram  = "program"    // what was changed
	detailReason  = "reason"     // why
	detailAccount = "account_id" // whom it concerned
)

// audit writes down who did what, in the transaction that does it. The actor
// is the request's principal, or "system".
func audit(ctx context.Context, tx pgx.Tx, action, objectType, objectID string, detail map[string]any) error {
	actor := identity.FromContext(ctx).Actor()
	if actor == "" {
		actor = "system"
	}
	if detail == nil {
		detail = map[string]any{}
	}
	_, err := tx.Exec(ctx, `insert into audit_log (actor, action, object_type, object_id, detail) values ($1, $2, $3, $4, $5)`,
		actor, action, objectType, objectID, detail)
	return err
}

// AuditLog lists what was done, newest first, as far as a filter lets it through.
func (s *Store) AuditLog(ctx context.Context, f identity.AuditFilter, p catalog.PageRequest) (page catalog.Page[identity.AuditEntry], err error) {
	defer wrap(&err, "read audit log")
	before := int64(1<<63 - 1)
	if p.Cursor != "" {
		cursor, err := catalog.ParseCursor(p.Cursor)
		if err != nil {
			return page, err
		}
		if before, err = strconv.ParseInt(cursor.ID, 10, 64); err != nil {
			return page, catalog.Invalid("query.cursor", "Use the next_cursor of the page before, unchanged.")
		}
	}
	c := conditions{}
	c.and("id < ?", before)
	if f.ObjectID != "" {
		c.and("object_id = ?", f.ObjectID)
	}
	if f.Actor != "" {
		c.and("actor = ?", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Action, "."): // of one kind: a range that its index has in one piece
		c.and("action > ?", f.Action)
		c.and("action < ?", strings.TrimSuffix(f.Action, ".")+"/")
	case f.Action != "":
		c.and("action = ?", f.Action)
	}
	if f.Since != nil {
		c.and("at >= ?", *f.Since)
	}
	if f.Before != nil {
		c.and("at < ?", *f.Before)
	}
	c.args = append(c.args, p.Size()+1)
	rows, err := s.db.Query(ctx, `select id, at, actor, action, object_type, object_id, detail from audit_log where true`+c.sql+
		` order by id desc limit $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e identity.AuditEntry, err error) {
		var at time.Time
		err = row.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.ObjectType, &e.ObjectID, &e.Detail)
		e.At = at.UTC()
		return e, err
	})
	return paged(items, err, p, func(e identity.AuditEntry) catalog.Cursor {
		return catalog.Cursor{ID: strconv.FormatInt(e.ID, 10)}
	})
}

// paged cuts the one item too many that was asked for, to know whether there
// is a next page.
func paged[T any](items []T, err error, p catalog.PageRequest, key func(T) catalog.Cursor) (catalog.Page[T], error) {
	if err != nil || len(items) <= p.Size() {
		return catalog.Page[T]{Items: items}, err
	}
	items = items[:p.Size()]
	return catalog.Page[T]{Items: items, NextCursor: key(items[len(items)-1]).String()}, nil
}
