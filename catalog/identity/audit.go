package identity

import "time"

// AuditEntry is one line of the audit log: who did what to which object.
type AuditEntry struct {
	ID         int64
	At         time.Time
	Actor      string // account id, token id or "system"
	Action     string // e.g. "webinar.update"
	ObjectType string
	ObjectID   string
	Detail     map[string]any
}
