package catalog

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// Identifiers are opaque strings: a short prefix that tells a human what the
// id names, then 26 characters that sort by time of creation (48 bits of
// milliseconds, 80 random bits, as in the ULID specification, lower case).
// Clients must not parse them. The types keep one kind from being passed where
// another is meant.
type (
	// ProgramID names a Program ("prg_…").
	ProgramID string
	// CourseID names a Course ("crs_…").
	CourseID string
	// WebinarID names a Webinar ("web_…").
	WebinarID string
	// RecordingID names a Recording ("rec_…").
	RecordingID string
	// AccountID names a person's Account ("acc_…").
	AccountID string
	// InvitationID names an Invitation ("inv_…"); it is not the secret code.
	InvitationID string
	// EnrolmentID names a doctor's Enrolment in a Program ("enr_…").
	EnrolmentID string
	// PlaybackSessionID names one doctor playing one webinar on one device ("pbs_…").
	PlaybackSessionID string
)

// crockford is the ULID alphabet in lower case: no i, l, o, u.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New… functions mint a fresh identifier of their kind.

// NewProgramID mints an identifier for a program.
func NewProgramID() ProgramID { return ProgramID(NewID("prg")) }

// NewCourseID mints an identifier for a course.
func NewCourseID() CourseID { return CourseID(NewID("crs")) }

// NewWebinarID mints an identifier for a webinar.
func NewWebinarID() WebinarID { return WebinarID(NewID("web")) }

// NewRecordingID mints an identifier for a recording.
func NewRecordingID() RecordingID { return RecordingID(NewID("rec")) }

// NewAccountID mints an identifier for an account.
func NewAccountID() AccountID { return AccountID(NewID("acc")) }

// NewInvitationID mints an identifier for an invitation.
func NewInvitationID() InvitationID { return InvitationID(NewID("inv")) }

// NewEnrolmentID mints an identifier for an enrolment.
func NewEnrolmentID() EnrolmentID { return EnrolmentID(NewID("enr")) }

// NewPlaybackSessionID mints an identifier for a playback session.
func NewPlaybackSessionID() PlaybackSessionID { return PlaybackSessionID(NewID("pbs")) }

// NewID mints an identifier with the given prefix. Identifiers minted later
// sort after those minted in an earlier millisecond.
func NewID(prefix string) string { return prefix + "_" + newULID(time.Now()) }

func newULID(now time.Time) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(raw[6:]) // never fails, see crypto/rand
	return crockford.EncodeToString(raw[:])
}

// NewToken returns 128 random bits in 26 lower-case characters: the path
// element that makes a published prefix unguessable.
func NewToken() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	return crockford.EncodeToString(raw[:])
}

// ValidToken tells whether s has the form that NewToken returns.
func ValidToken(s string) bool {
	if len(s) != 26 {
		return false
	}
	return strings.Trim(s, "0123456789abcdefghjkmnpqrstvwxyz") == ""
}
