package playback

import (
	"time"

	"rounds/catalog"
)

// Certificate says that an account has met the rule of a program: each webinar
// was completed or waived, with confirmed live maps. It is issued once for an
// enrolment, in the transaction of the last completion, and stays.
type Certificate struct {
	ID          CertificateID
	EnrolmentID catalog.EnrolmentID
	AccountID   catalog.AccountID
	ProgramID   catalog.ProgramID
	Title       string // of the program
	IssuedAt    time.Time
}

// CertificateID is "crt_…".
type CertificateID string
