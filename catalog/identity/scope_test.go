package identity

import (
	"slices"
	"testing"
)

func TestNarrowTokensMayDoNoMoreThanTheirScopes(t *testing.T) {
	t.Parallel()
	narrow := Principal{TokenID: "tok_1", Scopes: []Scope{ScopeCatalogRead}}
	if narrow.Admin() || !narrow.SignedIn() {
		t.Error("a narrow token has a role by itself, or is nobody")
	}
	for _, scope := range append(Scopes(), "") {
		granted, ok := narrow.Within(scope)
		if want := scope == ScopeCatalogRead; ok != want || granted.Admin() != want {
			t.Errorf("%q: %v %v", scope, granted, ok)
		}
	}
	if none, ok := (Principal{TokenID: "tok_2", Scopes: []Scope{}}).Within(ScopeCatalogRead); ok || none.Admin() {
		t.Error("a token without any scope may do something")
	}
	if wide, ok := (Principal{TokenID: "tok_3", Roles: []Role{RolePresenter}}).Within(""); !ok || wide.Admin() {
		t.Error("a token with roles is limited or widened by scopes")
	}
	if clean, err := CleanScopes([]Scope{ScopePeopleRead, ScopeCatalogRead, ScopePeopleRead}); err != nil || !slices.Equal(clean, []Scope{ScopeCatalogRead, ScopePeopleRead}) {
		t.Errorf("%v %v", clean, err)
	}
	if _, err := CleanScopes([]Scope{"everything"}); err == nil {
		t.Error("an unknown scope is taken")
	}
}
