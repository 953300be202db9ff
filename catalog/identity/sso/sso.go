package sso

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Config names a provider and this service as its client.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string // address of the callback
	Sealer       *catalog.Sealer
}

// StateLife is how long somebody may take to sign in at the provider.
const StateLife = 10 * time.Minute

// answerWithin bounds every call to the provider.
const answerWithin = 10 * time.Second

const stateContext = "single sign-on"

// ErrRefused means that the provider did not vouch for anybody, or not in answer to this
// browser. What exactly is wrapped, for the log.
var ErrRefused = errors.New("single sign-on refused")

// Provider is an OpenID provider. It is safe for concurrent use.
type Provider struct {
	config Config
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	found *oidc.Provider // nil: not asked yet
}

// New returns a Provider. It asks nobody yet.
func New(c Config) *Provider {
	return &Provider{config: c, client: &http.Client{Timeout: answerWithin}, now: time.Now}
}

// Person is whom the provider vouches for.
type Person struct {
	Email string // verified, as identity.NormalEmail returns it
	Name  string
	Next  string // page that was given to Begin
	// Answered is the nonce that Begin has made; whoever signs her in must do so once for it.
	Answered string
}

// state is what a browser carries in its cookie to the provider and back.
type state struct {
	State, Nonce, Verifier, Next string
	Expires                      time.Time
}

// Begin returns the address to send the browser to, and the value of its cookie
// until it is back. catalog.ErrUnavailable when the provider does not answer.
func (p *Provider) Begin(ctx context.Context, next string) (target, cookie string, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	s := state{State: catalog.NewToken(), Nonce: catalog.NewToken(), Verifier: oauth2.GenerateVerifier(), Next: next, Expires: p.now().Add(StateLife)}
	text, err := json.Marshal(s)
	if err != nil {
		return "", "", err
	}
	target = p.oauth(found).AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier))
	return target, base64.RawURLEncoding.EncodeToString(p.config.Sealer.Seal(text, stateContext)), nil
}

// Finish takes the query that the browser brought back and its cookie. Errors:
// ErrRefused, catalog.ErrUnavailable.
func (p *Provider) Finish(ctx context.Context, cookie string, query url.Values) (Person, error) {
	s, err := p.open(cookie)
	if err != nil {
		return Person{}, err
	}
	if subtle.ConstantTimeCompare([]byte(s.State), []byte(query.Get("state"))) != 1 {
		return Person{}, fmt.Errorf("%w: state of another request", ErrRefused)
	}
	if refusal := query.Get("error"); refusal != "" || query.Get("code") == "" {
		return Person{}, fmt.Errorf("%w: the provider says %q", ErrRefused, refusal)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(found).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.config.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return personOf(id, s)
}

func personOf(id *oidc.IDToken, s state) (Person, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := id.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	email, err := identity.NormalEmail(claims.Email)
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(s.Nonce)) != 1:
		return Person{}, fmt.Errorf("%w: nonce of another request", ErrRefused)
	case err != nil || !claims.Verified:
		return Person{}, fmt.Errorf("%w: no verified e-mail address", ErrRefused)
	}
	return Person{Email: email, Name: claims.Name, Next: s.Next, Answered: s.Nonce}, nil
}

func (p *Provider) open(cookie string) (s state, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return s, fmt.Errorf("%w: no cookie of ours", ErrRefused)
	}
	text, err := p.config.Sealer.Open(sealed, stateContext)
	if err != nil {
		return s, fmt.Errorf("%w: no cookie of ours", ErrRefused)
	}
	if err := json.Unmarshal(text, &s); err != nil || !p.now().Before(s.Expires) {
		return s, fmt.Errorf("%w: it took too long", ErrRefused)
	}
	return s, nil
}

// discover asks the provider for its addresses once; again when that failed.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The provider's keys are fetched by this context's client for as long as the
	// process runs, so it must not end with the request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
	if err != nil {
		return nil, errors.Join(catalog.ErrUnavailable, err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.RedirectURL,
		Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}
