package identity

import (
	"encoding/json"
	"time"

	"rounds/catalog"
)

// Passkey is a key pair on somebody's device, of which the public half is here.
type Passkey struct {
	ID           string
	AccountID    catalog.AccountID
	Name         string // its owner's
	CredentialID []byte
	Data         []byte // as its library writes it
	CreatedAt    time.Time
	LastUsedAt   *time.Time

	Challenge []byte // that it has just answered: whoever stores it refuses one that was answered before
}

// Ceremony is what a browser is asked to do with a passkey.
type Ceremony struct {
	Options json.RawMessage // of navigator.credentials.create or get, binary values in base64url
	State   string          // comes back with the browser's answer
}

// MayHavePasskeys are the roles whose accounts can sign in with a passkey.
func MayHavePasskeys() []Role {
	return []Role{RolePresenter, RoleModerator, RoleSupport, RoleSponsor}
}

// ErrPasskeyInvalid is the answer to everything that proves nobody.
var ErrPasskeyInvalid error = &catalog.FieldError{
	Field: "credential", Code: "passkey_invalid",
	Message: "This passkey was not accepted. Please try again, or sign in with a code by e-mail.",
}
