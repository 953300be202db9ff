package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (f *fake) Channel(context.Context) (OwnChannel, error) {
	return OwnChannel{Channel: "email", Phone: "+351912345678", Confirmed: f.ended == "confirmed", Offered: []string{"email", "sms"}}, nil
}

func (f *fake) ChooseChannel(_ context.Context, channel string, _ bool) error {
	f.ended = "chose " + channel
	return f.failure
}

func (f *fake) SendPhoneCode(_ context.Context, channel, phone string, codes bool) error {
	f.ended = "code by " + channel + " to " + phone
	if codes {
		f.ended += " with codes"
	}
	return f.failure
}

func (f *fake) ConfirmPhone(_ context.Context, code string) error {
	f.ended = "entered " + code
	return f.failure
}

// TestReadersChooseHowTheyAreReached: e-mail and a confirmed number at once, any
// other number after its code.
func TestReadersChooseHowTheyAreReached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const page, saved = "/account/channel", "/account/channel?saved=1"
	wants(t, b.get("/account"), http.StatusOK, `href="/account/channel"`)
	w := b.get(page)
	wants(t, w, http.StatusOK, "How we reach you", `<option value="email" selected>E-mail</option><option value="sms">SMS</option>`, `type="tel" value="&#43;351912345678"`)
	if strings.Contains(w.Body.String(), `name="code"`) || strings.Contains(w.Body.String(), "WhatsApp") {
		t.Error("the page asks for a code that was not sent, or offers what there is not")
	}
	choose := func(channel, phone, codes, want, next string) {
		t.Helper()
		wantsRedirect(t, b.post(page, url.Values{"channel": {channel}, "phone": {phone}, "sign_in": {codes}}), next)
		if b.ended != want {
			t.Errorf("%q, want %q", b.ended, want)
		}
	}
	choose("email", "", "no", "chose email", saved)
	choose("sms", "+351 910", "yes", "code by sms to +351 910 with codes", page+"?code=1")
	choose("sms", "+351912345678", "no", "code by sms to +351912345678", page+"?code=1") // known, and not confirmed
	b.ended = "confirmed"
	choose("sms", "+351912345678", "no", "chose sms", saved)
	b.ended = "confirmed"
	choose("sms", "+351 910", "no", "code by sms to +351 910", page+"?code=1")
	wants(t, b.post(page, url.Values{"channel": {"pigeon"}}), http.StatusUnprocessableEntity, `id="channel-error"`)

	wants(t, b.get(page+"?code=1"), http.StatusOK, `name="code"`, `autocomplete="one-time-code"`)
	wants(t, b.post(page+"/code", url.Values{"code": {" "}}), http.StatusUnprocessableEntity, `id="code-error"`)
	wantsRedirect(t, b.post(page+"/code", url.Values{"code": {"123456"}}), saved)
	wants(t, b.get(saved), http.StatusOK, `role="status"`)
	b.failure = &FieldError{Field: "code", Message: "This code does not fit."}
	wants(t, b.post(page+"/code", url.Values{"code": {"000000"}}), http.StatusUnprocessableEntity, "This code does not fit.", "Mobile number")
	b.failure = &FieldError{Field: "phone", Message: "Not there."}
	wants(t, b.post(page, url.Values{"channel": {"sms"}, "phone": {"+1"}}), http.StatusUnprocessableEntity, "Not there.", `value="&#43;1"`)
}
