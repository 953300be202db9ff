package identity

import (
	"context"
	"slices"

	"rounds/catalog"
)

// Role is what an account may do. The values are part of the API.
type Role string

// The roles of an account.
const (
	RoleDoctor    Role = "doctor"
	RolePresenter Role = "presenter"
	RoleModerator Role = "moderator"
	RoleAdmin     Role = "admin"
)

// Principal is whoever sends a request. The zero value is nobody.
type Principal struct {
	AccountID catalog.AccountID // empty for a machine's API token
	TokenID   string            // set for an API token
	LoginID   string            // a name of the login session that is not its secret; empty for API tokens
	Roles     []Role
}

// SignedIn tells whether anybody is there.
func (p Principal) SignedIn() bool { return p.AccountID != "" || p.TokenID != "" }

// Has tells whether the principal holds role r.
func (p Principal) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// Admin tells whether the principal may administer everything.
func (p Principal) Admin() bool { return p.Has(RoleAdmin) }

// Actor names the principal in the audit log: an account id, a token id or "".
func (p Principal) Actor() string {
	if p.AccountID != "" {
		return string(p.AccountID)
	}
	return p.TokenID
}

type principalKey struct{}

// NewContext returns ctx carrying p.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// FromContext returns the request's principal; the zero Principal when nobody is signed in.
func FromContext(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Require returns the request's principal, or catalog.ErrUnauthenticated.
func Require(ctx context.Context) (Principal, error) {
	p := FromContext(ctx)
	if !p.SignedIn() {
		return p, catalog.ErrUnauthenticated
	}
	return p, nil
}

// RequireAdmin returns the request's principal, catalog.ErrUnauthenticated or catalog.ErrForbidden.
func RequireAdmin(ctx context.Context) (Principal, error) {
	p, err := Require(ctx)
	if err == nil && !p.Admin() {
		err = catalog.ErrForbidden
	}
	return p, err
}
