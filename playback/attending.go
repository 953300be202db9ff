package playback

import (
	"time"

	"rounds/catalog"
)

// Known is by what a report knows a person: the address, or the name where it
// has no address. Exactly one is given.
type Known struct {
	Email string // lower case
	Name  string // as the report spells it; letter case and repeated spaces are no matter
}

// ImportSummary tells of an import that was made.
type ImportSummary struct {
	ID          ImportID
	WebinarID   catalog.WebinarID
	Webinar     string // title
	Platform    string
	By          string
	CreatedAt   time.Time
	RetractedAt *time.Time
	RetractedBy string
	Reason      string // of the retraction
	Rows        int
	Doctors     int // enrolled, with at least one row
	Unmatched   int // rows of nobody who is enrolled
}

// UnmatchedPerson is somebody in the reports of a webinar who is not enrolled
// by that address or name.
type UnmatchedPerson struct {
	Known
	AttendedMS int64 // on the clock; imports that overlap count once each
	Joined     time.Time
	Left       time.Time
}

// Person is somebody enrolled, for those who match rows of reports.
type Person struct {
	AccountID   catalog.AccountID
	Name, Email string
}

// ClaimID names a claim ("clm_…").
type ClaimID string

// ClaimState is where a claim stands. The values are part of the API.
type ClaimState string

// The states of a claim.
const (
	ClaimPending  ClaimState = "pending"
	ClaimApproved ClaimState = "approved"
	ClaimRefused  ClaimState = "refused"
)

// Claim is what a doctor says of herself: that she was in the live session, by
// another address or name.
type Claim struct {
	ID        ClaimID
	WebinarID catalog.WebinarID
	AccountID catalog.AccountID
	Email     string // her own, for those who decide
	Name      string
	As        Known
	Note      string
	State     ClaimState
	Found     bool // the reports have somebody by that address or name who is nobody else
	CreatedAt time.Time
	DecidedAt *time.Time
	DecidedBy string
	Reason    string // of a refusal
}

// NewClaimID mints an identifier for a claim.
func NewClaimID() ClaimID { return ClaimID(catalog.NewID("clm")) }

// SavedMapping is a column mapping for sheets that are no platform's report.
type SavedMapping struct {
	Name      string
	Columns   []byte // JSON, as the reader of reports understands it
	UpdatedAt time.Time
}
