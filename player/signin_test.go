package player

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
)

func TestSignInByCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	w := b.post("/sign-in", url.Values{"email": {" amira@example.org "}, "next": {"/webinars/web_2"}})
	wantsRedirect(t, w, "/sign-in/code?next=%2Fwebinars%2Fweb_2")
	if b.sentTo != "amira@example.org" {
		t.Errorf("code sent to %q", b.sentTo)
	}
	cookie := w.Result().Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || cookie.Path != "/sign-in" {
		t.Errorf("cookie %v", cookie)
	}
	w = b.post("/sign-in/code", url.Values{"email": {"amira@example.org"}, "code": {"123 456"}, "next": {"/webinars/web_2"}})
	wantsRedirect(t, w, "/webinars/web_2")
	if b.code != "123456" {
		t.Errorf("code %q", b.code)
	}
}

func TestAWrongCodeKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.failure = &FieldError{"code", "This code is wrong."}
	w := b.post("/sign-in/code", url.Values{"email": {"amira@example.org"}, "code": {"111111"}})
	wants(t, w, http.StatusUnprocessableEntity, "This code is wrong.", `value="111111"`, `value="amira@example.org"`,
		`aria-invalid="true"`, `aria-describedby="code-help code-error"`)
}

func TestNextStaysOnThisSite(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/courses": "/courses", "//evil.example": "", "https://evil.example": "", `/\evil.example`: "", "": "", "/a\r\nSet-Cookie: x": "",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("safeNext(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	typed := url.Values{"invitation_code": {"k7qp 2mxv"}, "email": {"a@example.org"}, "name": {"Dr A"}, "country": {"EG"}, "time_zone": {"Africa/Cairo"}, "consent_participation_record": {"2026-10"}}
	wantsRedirect(t, b.post("/register", typed), "/sign-in/code")
	if want := (Registration{InvitationCode: "k7qp 2mxv", Email: "a@example.org", Name: "Dr A", Country: "EG", TimeZone: "Africa/Cairo", Locale: "en", Consents: []ConsentChoice{
		{"participation_record", "2026-10", true}, {"sponsor_sharing", "2026-11", false},
	}}); !reflect.DeepEqual(b.taken, want) {
		t.Errorf("registered %+v", b.taken)
	}
	b.failure = &FieldError{"invitation_code", "This invitation was used already."}
	wants(t, b.post("/register", typed), http.StatusUnprocessableEntity, "used already", `value="k7qp 2mxv"`, `value="EG" selected`)
	typed.Del("consent_participation_record")
	typed.Set("consent_sponsor_sharing", "2026-11")
	wants(t, b.post("/register", typed), http.StatusUnprocessableEntity, "Please tick this", "are recorded as proof", `name="consent_sponsor_sharing" value="2026-11" checked`, "Text of 2026-11.")
	typed.Del("name")
	wants(t, b.post("/register", typed), http.StatusUnprocessableEntity, "Please fill in: Your name", `value="a@example.org"`)
}
