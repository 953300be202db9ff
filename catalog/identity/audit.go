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

// AuditFilter says which lines of the audit log are wanted; what is empty does
// not matter.
type AuditFilter struct {
	ObjectID string
	Actor    string // account id, token id or "system"
	Action   string // "webinar.update", or "webinar." for all of that kind
	Since    *time.Time
	Before   *time.Time
}

// AccountFilter says which accounts are wanted; what is empty does not matter.
type AccountFilter struct {
	Email    string
	Role     Role
	Disabled bool // only those that are kept from signing in
}
