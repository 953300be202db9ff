package ssotest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What the institution knows its client by.
const (
	ClientID     = "rounds"
	ClientSecret = "s3cret"
)

// Institution is an OpenID provider at which one person is signed in.
type Institution struct {
	*httptest.Server
	t   *testing.T
	key *ecdsa.PrivateKey

	mu       sync.Mutex
	claims   map[string]any
	careless bool
	asked    map[string]url.Values // by the code that answers it
}

// New starts an institution, until the test ends. Presenter@Hospital.org is
// signed in there.
func New(t *testing.T) *Institution {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &Institution{t: t, key: key, asked: map[string]url.Values{}}
	i.SignIn("Presenter@Hospital.org", "Dr P", nil)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+i.Authorize(r.URL.Query()).Encode(), http.StatusFound) //nolint:gosec // G710: a test asks for its own address
	})
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// SignIn lets somebody else sit at the browser; her tokens have these claims in
// place of the usual ones.
func (i *Institution) SignIn(email, name string, claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = map[string]any{"sub": "7", "email": email, "email_verified": true, "name": name}
	maps.Copy(i.claims, claims)
}

// Careless lets each code be exchanged as often as somebody likes, which RFC 6749
// section 4.1.2 forbids.
func (i *Institution) Careless() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.careless = true
}

// Authorize is what a browser brings back that was sent with the query asked.
func (i *Institution) Authorize(asked url.Values) url.Values {
	i.mu.Lock()
	defer i.mu.Unlock()
	code := "code " + strconv.Itoa(len(i.asked)+1)
	i.asked[code] = asked
	return url.Values{"code": {code}, "state": asked["state"]}
}

func (i *Institution) discovery(w http.ResponseWriter, _ *http.Request) {
	write(w, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

// token exchanges a code, once, for who proves to have begun (RFC 7636 section 4.6).
func (i *Institution) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	asked := i.asked[r.FormValue("code")]
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if asked == nil || id != ClientID || secret != ClientSecret || asked.Get("redirect_uri") != r.FormValue("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	if !i.careless {
		i.asked[r.FormValue("code")] = nil
	}
	write(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(asked.Get("nonce"))})
}

func (i *Institution) sign(nonce string) string {
	claims := map[string]any{"iss": i.URL, "aud": ClientID, "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": nonce}
	maps.Copy(claims, i.claims)
	text, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		i.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(text)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		i.t.Error(err)
	}
	return token
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client says when it got none
}
