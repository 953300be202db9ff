package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (f *fake) Devices(context.Context) ([]Device, error) {
	return []Device{
		{ID: "log_1", Name: "Firefox on Windows", Current: true, CreatedAt: liveAt, LastUsedAt: liveAt, ExpiresAt: liveAt},
		{ID: "log_2", Name: "Safari on iPhone", Remembered: true, CreatedAt: liveAt, LastUsedAt: liveAt, ExpiresAt: liveAt.AddDate(0, 0, 30)},
		{ID: "log_3", CreatedAt: liveAt, LastUsedAt: liveAt, ExpiresAt: liveAt},
	}, f.failure
}

func (f *fake) EndDevice(_ context.Context, id string) error {
	f.ended = id
	return f.failure
}

func (f *fake) EndOtherDevices(context.Context) error {
	f.ended = "others"
	return f.failure
}

func (f *fake) SetLanguage(_ context.Context, tag string) error {
	f.viewer.Locale = tag
	return f.failure
}

func (f *fake) Passkeys(context.Context) ([]Passkey, error) {
	return []Passkey{{ID: "pky_1", Name: "Phone", CreatedAt: liveAt, LastUsedAt: &liveAt}}, f.failure
}

func (f *fake) RemovePasskey(_ context.Context, id string) error {
	f.ended = id
	return f.failure
}

func TestStaffSeesAndRemovesPasskeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer.Passkeys = true
	wants(t, b.get("/account"), http.StatusOK, "Phone", `action="/account/passkeys/pky_1/remove"`, `data-passkey="add" hidden`)
	wantsRedirect(t, b.post("/account/passkeys/pky_1/remove", nil), "/account")
	if b.ended != "pky_1" {
		t.Errorf("removed %q", b.ended)
	}
	b.viewer.Passkeys = false
	if w := b.get("/account"); strings.Contains(w.Body.String(), "passkey") {
		t.Error("a doctor is offered passkeys")
	}
	b.viewer = nil
	wants(t, b.get("/sign-in?next=/presenter"), http.StatusOK, `data-passkey="sign-in" hidden><input type="hidden" name="next" value="/presenter">`)
}

func TestPeopleSeeAndEndTheirDevices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/account"), http.StatusOK, "Firefox on Windows", "This device", "Remembered until", "Another device", `action="/account/devices/log_2/end"`)
	wantsRedirect(t, b.post("/account/devices/log_2/end", nil), "/account")
	if b.ended != "log_2" {
		t.Errorf("ended %q", b.ended)
	}
	wantsRedirect(t, b.post("/account/devices/end_others", nil), "/account")
	if b.ended != "others" {
		t.Errorf("ended %q", b.ended)
	}
	b.viewer = nil
	wantsRedirect(t, b.get("/account"), "/sign-in?next=%2Faccount")
}

func TestADeviceIsRememberedOnRequestOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.viewer = nil
	wants(t, b.get("/sign-in/code"), http.StatusOK, `type="checkbox" name="remember" value="yes"> `)
	typed := url.Values{"email": {"amira@example.org"}, "code": {"123456"}}
	wantsRedirect(t, b.post("/sign-in/code", typed), "/")
	if b.remember {
		t.Error("remembered unasked")
	}
	typed.Set("remember", "yes")
	wantsRedirect(t, b.post("/sign-in/code", typed), "/")
	if !b.remember {
		t.Error("not remembered")
	}
}
