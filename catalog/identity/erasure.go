package identity

import (
	"time"

	"rounds/catalog"
)

// ErasureState is how far a wish to be forgotten has come. The values are part of the API.
type ErasureState string

// The states of a request.
const (
	ErasureOpen      ErasureState = "open"
	ErasureDone      ErasureState = "done"
	ErasureRefused   ErasureState = "refused"
	ErasureWithdrawn ErasureState = "withdrawn"
)

// ErasureRequest is a wish to be forgotten.
type ErasureRequest struct {
	ID        string
	AccountID catalog.AccountID
	Name      string
	Email     string
	Note      string
	State     ErasureState
	CreatedAt time.Time
	DecidedAt *time.Time
	Reason    string // of a refusal, for the person
}

// ErasedName stands where a name was.
const ErasedName = "Erased person"

// ErasedEmail stands where an address was; nobody can have it (RFC 2606).
func ErasedEmail(id catalog.AccountID) string { return string(id) + "@erased.invalid" }

// Erasure is whose data is to go: an account with those that became part of
// it, and all their addresses.
type Erasure struct {
	Accounts  []catalog.AccountID
	Addresses []string
}
