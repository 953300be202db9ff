package sso

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"rounds/catalog"
)

// institution is a small OpenID provider that signs real tokens. It hands out
// one code, for the request that it saw last.
type institution struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	asked  url.Values
	claims map[string]any
}

func newInstitution(t *testing.T) *institution {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &institution{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if r.FormValue("code") != "the code" || base64.RawURLEncoding.EncodeToString(sum[:]) != i.asked.Get("code_challenge") || id != "rounds" || secret != "s3cret" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		write(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(t)})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func (i *institution) sign(t *testing.T) string {
	t.Helper()
	claims := map[string]any{
		"iss": i.URL, "aud": "rounds", "sub": "7", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": i.asked.Get("nonce"),
		"email": "Presenter@Hospital.org", "email_verified": true, "name": "Dr P",
	}
	for name, value := range i.claims {
		claims[name] = value
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
		return ""
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Error(err)
		return ""
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return token
}

func providerOf(t *testing.T, i *institution) *Provider {
	t.Helper()
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Issuer: i.URL, ClientID: "rounds", ClientSecret: "s3cret", RedirectURL: "https://learn.example.org/sign-in/sso/callback", Sealer: sealer})
}

// begin sends a browser to the institution and returns its cookie and what it brings back.
func begin(t *testing.T, p *Provider, i *institution) (cookie string, back url.Values) {
	t.Helper()
	target, cookie, err := p.Begin(t.Context(), "/presenter")
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	i.asked = there.Query()
	return cookie, url.Values{"code": {"the code"}, "state": {i.asked.Get("state")}}
}

func TestStaffComesFromTheInstitution(t *testing.T) {
	t.Parallel()
	i := newInstitution(t)
	p := providerOf(t, i)
	cookie, back := begin(t, p, i)
	if i.asked.Get("code_challenge_method") != "S256" || i.asked.Get("redirect_uri") != "https://learn.example.org/sign-in/sso/callback" || len(i.asked.Get("nonce")) != 26 {
		t.Errorf("asked %v", i.asked)
	}
	who, err := p.Finish(t.Context(), cookie, back)
	if err != nil || who != (Person{Email: "presenter@hospital.org", Name: "Dr P", Next: "/presenter"}) {
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
		i := newInstitution(t)
		p := providerOf(t, i)
		cookie, back := begin(t, p, i)
		i.claims = wrong
		if _, err := p.Finish(t.Context(), cookie, back); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheBrowserThatWasSentComesBack(t *testing.T) {
	t.Parallel()
	i := newInstitution(t)
	p := providerOf(t, i)
	cookie, back := begin(t, p, i)
	other, _ := begin(t, p, i)
	late := providerOf(t, i)
	late.now = func() time.Time { return time.Now().Add(StateLife) }
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
		"with a code for another's":  {p, cookie, back}, // the challenge is of the second request
		"with nothing but the state": {p, cookie, url.Values{"state": back["state"]}},
	}
	for name, c := range cases {
		if _, err := c.p.Finish(t.Context(), c.cookie, c.query); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProviderThatIsDownIsAskedAgain(t *testing.T) {
	t.Parallel()
	i := newInstitution(t)
	p := providerOf(t, i)
	up := p.config.Issuer
	p.config.Issuer = "http://127.0.0.1:1"
	if _, _, err := p.Begin(t.Context(), ""); !errors.Is(err, catalog.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	p.config.Issuer = up
	begin(t, p, i)
}
