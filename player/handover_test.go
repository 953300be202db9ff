package player

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
)

func TestASharedComputerIsSignedInByPhone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	wants(t, b.get("/sign-in"), http.StatusOK, `href="/sign-in/phone"`)
	wants(t, b.get("/sign-in/phone"), http.StatusOK, "Show the QR code")
	begun := b.post("/sign-in/phone", nil)
	wantsRedirect(t, begun, "/sign-in/phone")
	cookie := begun.Result().Cookies()[0]
	if cookie.Value != "hov_1.s.42" || !cookie.HttpOnly || cookie.MaxAge > 180 || cookie.Path != "/sign-in/phone" {
		t.Errorf("bound by %v", cookie)
	}
	with := func(value string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in/phone", http.NoBody)
		r.AddCookie(&http.Cookie{Name: handoverCookie, Value: value})
		return b.send(r)
	}
	wants(t, with("hov_1.s.42"), http.StatusOK, `>42</p>`, `<noscript><meta http-equiv="refresh" content="4"></noscript>`, `d="M0 0h1v1h-1z"`, `data-handover`)
	wants(t, with("hov_3.s.42"), http.StatusUnprocessableEntity, "This sign-in is over.", "Show the QR code")
	wants(t, with("nonsense"), http.StatusOK, "Show the QR code")
	in := with("hov_2.s.42")
	wantsRedirect(t, in, "/")
	if names := in.Result().Cookies(); len(names) != 2 || !slices.ContainsFunc(names, func(c *http.Cookie) bool { return c.Name == handoverCookie && c.MaxAge < 0 }) {
		t.Errorf("then it keeps %v", names)
	}
}

func TestThePhoneConfirms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/phone/hov_1"), http.StatusOK, "Chrome on Windows", "203.0.113.9", `value="17"`, `value="42"`, `value="83"`, "a different network from your phone")
	wants(t, b.get("/phone/hov_same"), http.StatusOK, "the same as your phone")
	wants(t, b.get("/phone/hov_none"), http.StatusNotFound)
	wants(t, b.post("/phone/hov_1", url.Values{"number": {"42"}}), http.StatusOK, "Done.")
	wants(t, b.post("/phone/hov_1", url.Values{"refuse": {"yes"}}), http.StatusOK, "Refused.")
	b.failure = &FieldError{"number", "The computer shows another number."}
	wants(t, b.post("/phone/hov_1", url.Values{"number": {"17"}}), http.StatusUnprocessableEntity, "another number")
	if want := []string{"handover true 42", "handover false 0", "handover true 17"}; !slices.Equal(b.done, want) {
		t.Errorf("decided %v", b.done)
	}
	b.viewer = nil
	wantsRedirect(t, b.get("/phone/hov_1"), "/sign-in?next=%2Fphone%2Fhov_1")
}
