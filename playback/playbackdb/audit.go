package playbackdb

import (
	"cmp"
	"context"

	"rounds/catalog/identity"
)

// audit writes down who did what, in the transaction that does it. The actor is
// the request's principal, or "system".
func audit(ctx context.Context, tx querier, action, objectType, objectID string, detail map[string]any) error {
	if detail == nil {
		detail = map[string]any{}
	}
	_, err := tx.Exec(ctx, `insert into audit_log (actor, action, object_type, object_id, detail) values ($1, $2, $3, $4, $5)`,
		actor(ctx), action, objectType, objectID, detail)
	return err
}

// actor is who asks.
func actor(ctx context.Context) string { return cmp.Or(identity.FromContext(ctx).Actor(), "system") }

// detailReason names in the audit log why something was done.
const detailReason = "reason"
