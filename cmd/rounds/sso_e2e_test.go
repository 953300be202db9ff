package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rounds/catalog/identity/sso/ssotest"
	"rounds/deploy/schema/schematest"
)

// TestSingleSignOnThroughThePages lets staff in by an institution's word: the
// real processes, a real provider, a browser's cookies.
func TestSingleSignOnThroughThePages(t *testing.T) {
	t.Parallel()
	institution := ssotest.New(t)
	s := bootSystemWith(t, schematest.URL(t), []string{
		"ROUNDS_OIDC_ISSUER=" + institution.URL, "ROUNDS_OIDC_CLIENT_ID=" + ssotest.ClientID, "ROUNDS_OIDC_CLIENT_SECRET=" + ssotest.ClientSecret,
	}, "serve", "edge")
	s.makeCourse() // presenter@example.org
	b := &ssoBundle{s, institution}
	b.inChromium(t)

	let := func(name string, want bool, visitor *client, landed string) {
		t.Helper()
		status, _ := visitor.try(http.MethodGet, "/v1/me", nil)
		if in := status == http.StatusOK; in != want || strings.HasSuffix(landed, "/sign-in?problem=sso") == want {
			t.Errorf("%s: led to %s, and who is it? %d", name, landed, status)
		}
	}

	institution.SignIn("presenter@example.org", "Dr P", nil)
	visitor, back := b.sent()
	let("the presenter", true, visitor, b.back(visitor, back))

	visitor, back = b.sent()
	other, theirs := b.sent()
	let("with the state of another request", false, visitor, b.back(visitor, swapped(back, "state", theirs)))
	let("with the code of another request", false, other, b.back(other, swapped(theirs, "code", back)))

	institution.SignIn("presenter@example.org", "Dr P", map[string]any{"nonce": "of another request"})
	visitor, back = b.sent()
	let("with a token for another request", false, visitor, b.back(visitor, back))

	institution.SignIn("nobody@example.org", "Dr N", nil)
	visitor, back = b.sent()
	let("an address that nobody has here", false, visitor, b.back(visitor, back))

	institution.SignIn("presenter@example.org", "Dr P", nil)
	institution.Careless() // that codes are exchanged twice must not let anybody in twice
	visitor, back = b.sent()
	thief := s.visitor()
	thief.http.Jar.SetCookies(back, visitor.http.Jar.Cookies(back))
	let("the presenter again", true, visitor, b.back(visitor, back))
	let("with what the presenter's browser sent", false, thief, b.back(thief, back))
	let("with the address alone", false, s.visitor(), b.back(s.visitor(), back))
}

// ssoBundle is a system and the institution of its staff.
type ssoBundle struct {
	*system
	institution *ssotest.Institution
}

// inChromium goes through the pages as staff does; the institution is another
// site there, so that it shows which cookies survive the way.
func (b *ssoBundle) inChromium(t *testing.T) {
	t.Helper()
	b.institution.SignIn("presenter@example.org", "Dr P", nil)
	cmd := exec.CommandContext(t.Context(), "node", "--test", "browser/sso.mjs")
	cmd.Dir = filepath.Join("..", "..", "player")
	cmd.Env = append(os.Environ(), "BASE_URL="+b.base)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// sent is a browser that has been to the institution, and where that sends it back to.
func (b *ssoBundle) sent() (*client, *url.URL) {
	b.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	var back *url.URL
	visitor := &client{s: b.system, http: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == ssoCallback {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	visitor.try(http.MethodGet, ssoPath+"?next=/presenter", nil)
	if back == nil {
		b.t.Fatal("the institution sent nobody back")
	}
	visitor.http.CheckRedirect = nil
	return visitor, back
}

// back goes where the institution sends a browser and returns where it lands.
func (b *ssoBundle) back(visitor *client, to *url.URL) string {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	response, err := visitor.http.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.Request.URL.RequestURI()
}

// swapped is an address with one parameter of another.
func swapped(u *url.URL, name string, from *url.URL) *url.URL {
	query := u.Query()
	query.Set(name, from.Query().Get(name))
	changed := *u
	changed.RawQuery = query.Encode()
	return &changed
}
