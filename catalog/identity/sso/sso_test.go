package sso

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity/sso/ssotest"
)

func providerOf(t *testing.T, issuer string, now func() time.Time) *Provider {
	t.Helper()
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	p := New(Config{
		Issuer: issuer, ClientID: ssotest.ClientID, ClientSecret: ssotest.ClientSecret, RedirectURL: "https://learn.example.org/sign-in/sso/callback", Sealer: sealer,
	})
	p.now = now
	return p
}

// begin sends a browser to the institution and returns what it was asked, the
// browser's cookie and what the browser brings back.
func begin(t *testing.T, p *Provider, i *ssotest.Institution) (asked url.Values, cookie string, back url.Values) {
	t.Helper()
	target, cookie, err := p.Begin(t.Context(), "/presenter")
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return there.Query(), cookie, i.Authorize(there.Query())
}

func TestStaffComesFromTheInstitution(t *testing.T) {
	t.Parallel()
	i := ssotest.New(t)
	p := providerOf(t, i.URL, time.Now)
	asked, cookie, back := begin(t, p, i)
	if asked.Get("code_challenge_method") != "S256" || asked.Get("redirect_uri") != "https://learn.example.org/sign-in/sso/callback" || len(asked.Get("nonce")) != 26 {
		t.Errorf("asked %v", asked)
	}
	who, err := p.Finish(t.Context(), cookie, back)
	if err != nil || who != (Person{Email: "presenter@hospital.org", Name: "Dr P", Next: "/presenter", Answered: asked.Get("nonce")}) {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestWhatTheInstitutionDoesNotVouchFor(t *testing.T) {
	t.Parallel()
	claims := map[string]map[string]any{
		"an address that nobody verified": {"email_verified": false},
		"no address":                      {"email": ""},
		"a token for another service":     {"aud": "other"},
		"another issuer's token":          {"iss": "https://evil.example"},
		"an old token":                    {"exp": time.Now().Add(-time.Hour).Unix()},
		"a token for another request":     {"nonce": "other"},
	}
	for name, wrong := range claims {
		i := ssotest.New(t)
		p := providerOf(t, i.URL, time.Now)
		_, cookie, back := begin(t, p, i)
		i.SignIn("presenter@hospital.org", "Dr P", wrong)
		if _, err := p.Finish(t.Context(), cookie, back); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheBrowserThatWasSentComesBack(t *testing.T) {
	t.Parallel()
	i := ssotest.New(t)
	p := providerOf(t, i.URL, time.Now)
	_, cookie, back := begin(t, p, i)
	_, other, otherBack := begin(t, p, i)
	late := providerOf(t, i.URL, func() time.Time { return time.Now().Add(StateLife) })
	cases := map[string]struct {
		p      *Provider
		cookie string
		query  url.Values
	}{
		"without a cookie":           {p, "", back},
		"with a cookie of nobody's":  {p, "bm9uc2Vuc2U", back},
		"with another's cookie":      {p, other, back},
		"too late":                   {late, cookie, back},
		"having said no":             {p, cookie, url.Values{"state": back["state"], "error": {"access_denied"}}},
		"with a code of their own":   {p, cookie, url.Values{"state": back["state"], "code": {"another"}}},
		"with a code for another's":  {p, cookie, url.Values{"state": back["state"], "code": otherBack["code"]}},
		"with nothing but the state": {p, cookie, url.Values{"state": back["state"]}},
	}
	for name, c := range cases {
		if _, err := c.p.Finish(t.Context(), c.cookie, c.query); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Finish(t.Context(), cookie, back); err != nil {
		t.Errorf("the right one: %v", err)
	}
}

func TestAProviderThatIsDownIsAskedAgain(t *testing.T) {
	t.Parallel()
	i := ssotest.New(t)
	p := providerOf(t, "http://127.0.0.1:1", time.Now)
	if _, _, err := p.Begin(t.Context(), ""); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	p.config.Issuer = i.URL
	begin(t, p, i)
}
