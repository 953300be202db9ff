package playback

import (
	"time"

	"rounds/catalog"
)

// WaiverID names a waiver ("wvr_…").
type WaiverID string

// NewWaiverID mints an identifier for a waiver.
func NewWaiverID() WaiverID { return WaiverID(catalog.NewID("wvr")) }

// Waiver is an administrator's word that a doctor need not complete a webinar.
// It meets the requirement as long as it stands; it is no completion, so
// nothing is recorded by it for good.
type Waiver struct {
	ID        WaiverID
	WebinarID catalog.WebinarID
	AccountID catalog.AccountID
	Reason    string
	By        string // account or token of the administrator
	At        time.Time
	Revoked   *Revocation // nil while it stands
}

// Revocation is why and by whom a waiver was taken back.
type Revocation struct {
	Reason string
	By     string
	At     time.Time
}

// ErrWaived is returned when a waiver stands already: there is one at a time
// for a doctor and a webinar.
var ErrWaived = &catalog.ConflictError{
	Code:    "already_waived",
	Message: "This webinar is waived for this doctor already. Revoke that waiver first to give another reason.",
}
