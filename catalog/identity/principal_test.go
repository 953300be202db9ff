package identity

import (
	"errors"
	"testing"

	"rounds/catalog"
)

func TestRequireRole(t *testing.T) {
	t.Parallel()
	cases := []struct {
		who  Principal
		want error
	}{
		{Principal{}, catalog.ErrUnauthenticated},
		{Principal{AccountID: "acc_1", Roles: []Role{RoleDoctor, RoleSponsor}}, catalog.ErrForbidden},
		{Principal{AccountID: "acc_1"}, catalog.ErrForbidden},
		{Principal{AccountID: "acc_1", Roles: []Role{RoleSupport}}, nil},
		{Principal{TokenID: "tok_1", Roles: []Role{RoleModerator}}, nil},
		{Principal{AccountID: "acc_1", Roles: []Role{RoleAdmin}}, nil},
	}
	for _, c := range cases {
		if _, err := RequireRole(NewContext(t.Context(), c.who), RoleModerator, RoleSupport); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.who, err, c.want)
		}
	}
}

func TestOnlyAdminsAreAdmins(t *testing.T) {
	t.Parallel()
	for _, role := range Roles() {
		_, err := RequireAdmin(NewContext(t.Context(), Principal{AccountID: "acc_1", Roles: []Role{role}}))
		if allowed := err == nil; allowed != (role == RoleAdmin) {
			t.Errorf("%s: %v", role, err)
		}
		if cleaned, err := CleanRoles([]Role{role}); err != nil || len(cleaned) != 1 {
			t.Errorf("%s is no role: %v", role, err)
		}
	}
}
