package identity

import (
	"context"
	"slices"

	"rounds/catalog"
)

// Role is what an account may do. The values are part of the API.
type Role string

// The roles of an account. Each allows what is named here and nothing of the
// others; an account may have several.
const (
	RoleDoctor    Role = "doctor"    // watches the programs she is enrolled in
	RolePresenter Role = "presenter" // uploads recordings of her own webinars
	RoleModerator Role = "moderator" // decides who waits for a place at an event
	RoleSupport   Role = "support"   // helps doctors who cannot get in; sees people, changes no catalog
	RoleSponsor   Role = "sponsor"   // sees figures of programs, never people
	RoleAdmin     Role = "admin"     // everything
)

// Roles are all of them, in the order in which they are listed to people.
func Roles() []Role {
	return []Role{RoleDoctor, RolePresenter, RoleModerator, RoleSupport, RoleSponsor, RoleAdmin}
}

// Principal is whoever sends a request. The zero value is nobody.
type Principal struct {
	AccountID catalog.AccountID // empty for a machine's API token
	TokenID   string            // set for an API token
	LoginID   string            // a name of the login session that is not its secret; empty for API tokens
	Roles     []Role
	Scopes    []Scope // of an API token that may do no more than these; nil: not limited
	// UploadTo is the one webinar to which the holder of an upload link may send a
	// recording, its own; such a token is narrow and has no scope.
	UploadTo catalog.WebinarID
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

// RequireRole returns the request's principal if it holds one of the roles;
// catalog.ErrUnauthenticated or catalog.ErrForbidden if not. Admins hold all.
func RequireRole(ctx context.Context, roles ...Role) (Principal, error) {
	p, err := Require(ctx)
	if err == nil && !p.Admin() && !slices.ContainsFunc(roles, p.Has) {
		err = catalog.ErrForbidden
	}
	return p, err
}

// RequireAdmin returns the request's principal, catalog.ErrUnauthenticated or catalog.ErrForbidden.
func RequireAdmin(ctx context.Context) (Principal, error) {
	return RequireRole(ctx)
}
