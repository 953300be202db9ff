package identity

import (
	"time"

	"rounds/catalog"
)

// How long upload links can be used.
const (
	UploadLinkLife    = 3 * 24 * time.Hour // unless somebody says otherwise
	MaxUploadLinkLife = 14 * 24 * time.Hour
)

// UploadLink is a link by which somebody without an account sends one
// recording, as it is listed: without its secret, which is stored as a hash only.
type UploadLink struct {
	ID         string
	WebinarID  catalog.WebinarID
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
	Used       bool // a recording has arrived by it
}

// Open tells whether it can still be used to begin.
func (l UploadLink) Open(now time.Time) bool {
	return !l.Used && l.RevokedAt == nil && l.ExpiresAt.After(now)
}
