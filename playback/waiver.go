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
// It meets the requirement, and a completion is recorded by it at once. Revoked,
// it meets nothing any more; the completion stands unless whoever revokes says
// that it is to be taken back, which is put on record.
type Waiver struct {
	ID        WaiverID
	WebinarID catalog.WebinarID
	AccountID catalog.AccountID
	Reason    string
	By        string // account or token of the administrator
	At        time.Time
	Revoked   *Revocation // nil while it stands
	Credited  bool        // a completion is on record by it
}

// Revocation is why and by whom a waiver was taken back.
type Revocation struct {
	Reason string
	By     string
	At     time.Time
}

// Revoking asks for a waiver to be taken back.
type Revoking struct {
	ID     WaiverID
	Reason string
	// TakeBack says that the completion by it is taken back as well. Who has
	// meanwhile watched enough keeps one.
	TakeBack bool
}

// ErrWaived is returned when a waiver stands already: there is one at a time
// for a doctor and a webinar.
var ErrWaived = &catalog.ConflictError{
	Code:    "already_waived",
	Message: "This webinar is waived for this doctor already. Revoke that waiver first to give another reason.",
}
