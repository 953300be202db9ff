package player

import (
	"net/http"
	"net/url"
	"testing"
)

// TestWhoIsSignedInJoinsWithoutRegisteringAgain: an event code, and somebody
// else's invitation, still lead to registration.
func TestWhoIsSignedInJoinsWithoutRegisteringAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/register?code=K7QP"), http.StatusOK, "Join a program", "You are signed in as Dr Amira Haddad.", `value="K7QP"`, `action="/join"`, `href="/register?code=K7QP&amp;new=1"`)
	wants(t, b.get("/register?code=K7QP&new=1"), http.StatusOK, `action="/register"`, `value="K7QP"`, `name="country"`)
	wants(t, b.post("/join", url.Values{}), http.StatusUnprocessableEntity, "Please fill in")
	wantsRedirect(t, b.post("/join", url.Values{"invitation_code": {"K7QP"}}), "/courses")
	if b.joined != "K7QP" {
		t.Errorf("joined by %q", b.joined)
	}
	b.failure = &FieldError{"invitation_code", "This invitation was used already."}
	wants(t, b.post("/join", url.Values{"invitation_code": {"K7QP"}}), http.StatusUnprocessableEntity, "This invitation was used already.", `value="K7QP"`)
	b.viewer = nil
	wants(t, b.get("/register?code=K7QP"), http.StatusOK, `name="country"`)
}
