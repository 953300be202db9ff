package identity

import (
	"slices"
	"strings"

	"rounds/catalog"
)

// Scope is one thing that a narrow API token may do. The values are part of the API.
type Scope string

// The scopes. Reading does not come with writing.
const (
	ScopeCatalogRead     Scope = "catalog:read"     // programs, courses, webinars, materials, recordings, rules
	ScopeCatalogWrite    Scope = "catalog:write"    // and to change them
	ScopePeopleRead      Scope = "people:read"      // accounts, enrolments, invitations, imports of them
	ScopePeopleWrite     Scope = "people:write"     // and to change them
	ScopeAttendanceWrite Scope = "attendance:write" // reports of live sessions: import, match, take back
	ScopeReportsRead     Scope = "reports:read"     // progress, evidence, quality, figures
	ScopeMessagesRead    Scope = "messages:read"    // templates, what was sent, webhooks
	ScopeMessagesWrite   Scope = "messages:write"
)

// Scopes are all of them, in the order in which they are listed to people.
func Scopes() []Scope {
	return []Scope{
		ScopeCatalogRead, ScopeCatalogWrite, ScopePeopleRead, ScopePeopleWrite, ScopeAttendanceWrite, ScopeReportsRead,
		ScopeMessagesRead, ScopeMessagesWrite,
	}
}

// CleanScopes checks scopes given by an admin; the answer is sorted and without
// repetition. The error is a *catalog.FieldError.
func CleanScopes(scopes []Scope) ([]Scope, error) {
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			names := make([]string, 0, len(Scopes()))
			for _, known := range Scopes() {
				names = append(names, string(known))
			}
			return nil, catalog.Invalid("scopes", "Scopes are %s.", strings.Join(names, ", "))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(scopes))), nil
}

// Narrow tells whether the principal is a token that may do no more than its
// scopes. By itself it has no role at all, so that what asks for no scope is
// closed to it.
func (p Principal) Narrow() bool { return p.Scopes != nil }

// Within is the principal for the length of a request that needs scope: a narrow
// token that has it acts as an administrator there. ok is false when it has not.
func (p Principal) Within(scope Scope) (granted Principal, ok bool) {
	if !p.Narrow() {
		return p, true
	}
	if scope == "" || !slices.Contains(p.Scopes, scope) {
		return p, false
	}
	p.Roles = []Role{RoleAdmin}
	return p, true
}
