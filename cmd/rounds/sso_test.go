package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/deploy/schema/schematest"
)

func TestStaffComesInByAddress(t *testing.T) {
	t.Parallel()
	s := serverFor(t, schematest.New(t))
	for _, sql := range []string{
		`insert into accounts (id, email, name, roles) values ('acc_p', 'p@hospital.org', 'P', '{doctor,presenter}'), ('acc_d', 'd@elsewhere.org', 'D', '{doctor}')`,
		`insert into accounts (id, email, name, roles, disabled_at) values ('acc_x', 'x@hospital.org', 'X', '{admin}', now())`,
	} {
		if _, err := s.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		email   string
		granted identity.Role
		let     bool
	}{
		{"p@hospital.org", "", true},
		{"d@elsewhere.org", "", false},                    // a doctor is no staff
		{"x@hospital.org", identity.RolePresenter, false}, // disabled
		{"new@elsewhere.org", "", false},
		{"new@hospital.org", identity.RolePresenter, true},
		{"d@elsewhere.org", identity.RoleModerator, true},
	} {
		a, err := s.store.StaffByEmail(t.Context(), catalog.NewToken(), c.email, "Dr New", c.granted)
		if (err == nil) != c.let {
			t.Errorf("%s: %+v, %v", c.email, a.Roles, err)
		}
		if err == nil && c.granted != "" && !(identity.Principal{Roles: a.Roles}).Has(c.granted) {
			t.Errorf("%s did not get the role: %v", c.email, a.Roles)
		}
	}
}

func TestSingleSignOnSendsToTheInstitution(t *testing.T) {
	t.Parallel()
	institution := httptest.NewUnstartedServer(nil)
	institution.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"issuer":"` + institution.URL + `","authorization_endpoint":"` + institution.URL + `/authorize","token_endpoint":"x","jwks_uri":"x"}`))
	})
	institution.Start()
	t.Cleanup(institution.Close)
	s := serverFor(t, schematest.New(t), "--oidc-issuer="+institution.URL, "--oidc-client-id=rounds", "--oidc-domain-roles=hospital.org=presenter")
	handler, err := s.handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://rounds.test"+path, nil))
		guarded(t, path, false, w.Header())
		return w
	}
	w := ask("/sign-in/sso?next=/presenter")
	target, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || target.Query().Get("redirect_uri") != "http://rounds.test/sign-in/sso/callback" || len(w.Result().Cookies()) != 1 {
		t.Errorf("%d to %v", w.Code, target)
	}
	if w := ask("/sign-in/sso/callback?state=x&code=y"); w.Header().Get("Location") != "/sign-in?problem=sso" {
		t.Errorf("a stranger's code leads to %q", w.Header().Get("Location"))
	}
	if w := ask("/sign-in?problem=sso"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nobody is told: %d", w.Code)
	}
}

func TestRolesByDomainAreOfStaff(t *testing.T) {
	t.Parallel()
	for role, fine := range map[string]bool{"presenter": true, "admin": true, "doctor": false, "king": false} {
		if _, err := (ssoConfig{OIDCDomainRoles: map[string]string{"hospital.org": role}}).grants(); (err == nil) != fine {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestNextIsAPathOfThisSite(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{"/presenter?x=1": "/presenter?x=1", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "javascript:x": "/"} {
		if got := localPath(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}
