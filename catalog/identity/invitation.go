package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"rounds/catalog"
)

// codeAlphabet is Crockford's: no I, L, O, U, so that a code read aloud or
// copied by hand is not mistaken.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const codeLength = 16 // of 5 bits each

// Invitation is the right of one doctor to register for a program.
type Invitation struct {
	ID        catalog.InvitationID
	ProgramID catalog.ProgramID
	Program   string // its title
	Email     string // bound to this address; empty: to none
	Domain    string // bound to addresses of this e-mail domain; empty: to none
	Via       string
	CreatedAt time.Time
	ExpiresAt *time.Time
	UsedBy    catalog.AccountID
	UsedAt    *time.Time
}

// FreshInvitation is an invitation as it is made: the only moment at which its
// code is known.
type FreshInvitation struct {
	ID    catalog.InvitationID
	Code  string
	Hash  []byte
	Email string
	// Domain binds it to whoever has an address there; set instead of Email.
	Domain string
}

// MintInvitation makes a fresh invitation, bound to email when it is not empty.
func MintInvitation(email string) FreshInvitation {
	code := NewInvitationCode()
	hash, _ := HashInvitationCode(code)
	return FreshInvitation{ID: catalog.NewInvitationID(), Code: code, Hash: hash, Email: email}
}

// NewInvitationCode mints a code of 80 random bits in groups of four, e.g.
// "7K3M-0ZQX-H2RD-9WVB".
func NewInvitationCode() string {
	var raw [codeLength]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	var code strings.Builder
	for i, b := range raw {
		if i > 0 && i%4 == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(codeAlphabet[b%32])
	}
	return code.String()
}

// HashInvitationCode is what a code is stored and found by: SHA-256 of the
// code without spaces and dashes, in capitals, O read as 0, I and L as 1. ok
// is false when what remains cannot be a code.
func HashInvitationCode(code string) (hash []byte, ok bool) {
	normal, ok := normalCode(code)
	sum := sha256.Sum256([]byte(normal))
	return sum[:], ok && len(normal) == codeLength
}

// normalCode reads a code as tolerantly as it can be read without doubt.
func normalCode(code string) (normal string, ok bool) {
	if len(code) > 100 {
		return "", false
	}
	var read strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch {
		case strings.ContainsRune(" -\t\u00a0\u2010\u2011\u2012\u2013\u2014_.", r):
		case r == 'O':
			read.WriteByte('0')
		case r == 'I' || r == 'L':
			read.WriteByte('1')
		case strings.ContainsRune(codeAlphabet, r):
			read.WriteRune(r)
		default:
			return "", false
		}
	}
	return read.String(), true
}

// Usable tells whether the invitation admits the owner of email at the time
// now. The error is a *catalog.FieldError with the code invitation_used,
// invitation_expired or – bound to somebody else – invitation_invalid.
func (i Invitation) Usable(email string, now time.Time) error {
	switch {
	case i.Email != "" && i.Email != email || i.Domain != "" && i.Domain != DomainOf(email):
		return ErrInvitationInvalid
	case i.UsedAt != nil:
		return ErrInvitationUsed
	case i.ExpiresAt != nil && !now.Before(*i.ExpiresAt):
		return ErrInvitationExpired
	default:
		return nil
	}
}

// fieldInvitation is how the API calls the field with a code.
const fieldInvitation = "invitation_code"

// Why an invitation does not admit. They are *catalog.FieldError values.
var (
	// ErrInvitationInvalid: no such code, or it is for another address.
	ErrInvitationInvalid error = &catalog.FieldError{
		Field: fieldInvitation, Code: "invitation_invalid",
		Message: "This invitation code does not fit. Check the code and use the e-mail address that was invited.",
	}
	// ErrInvitationUsed: somebody registered with it.
	ErrInvitationUsed error = &catalog.FieldError{
		Field: fieldInvitation, Code: "invitation_used",
		Message: "This invitation was already used. If it was you, sign in with your e-mail address.",
	}
	// ErrInvitationExpired: its time is over.
	ErrInvitationExpired error = &catalog.FieldError{
		Field: fieldInvitation, Code: "invitation_expired",
		Message: "This invitation has expired. Please ask for a new one.",
	}
)
