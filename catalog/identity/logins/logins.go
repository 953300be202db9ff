package logins

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// CookieName is the name of the session cookie.
const CookieName = "rounds_session"

// browserCookie holds the random name of a browser, see identity.Asker.
const (
	browserCookie = "rounds_browser"
	browserLife   = time.Hour
)

const (
	touchEvery = 10 * time.Minute // or a sixth of the idle limit: how rarely the idle limit is pushed on: each is a row written
	cacheLife  = 5 * time.Second
	sweepEvery = 5 * time.Minute
)

// People tells what an account or a token may do at this moment.
type People interface {
	// LoginRoles returns the roles of accounts, without those that are gone or disabled.
	LoginRoles(ctx context.Context, ids []catalog.AccountID) (map[catalog.AccountID][]identity.Role, error)
	// TokenPrincipal returns who carries the token with that hash, catalog.ErrUnauthenticated when nobody may.
	TokenPrincipal(ctx context.Context, hash []byte) (identity.Principal, error)
}

// Config says how sessions live.
type Config struct {
	DB     *pgxpool.Pool
	People People
	Secure bool // cookies carry Secure: exactly when base_url is https
	// Trusted are networks whose wrong codes are not counted together: hospitals
	// with one address for many people.
	Trusted []netip.Prefix
	// OnError answers a request whose bearer token is bad
	// (catalog.ErrUnauthenticated) or whose session could not be read.
	OnError func(w http.ResponseWriter, r *http.Request, err error)
	Now     func() time.Time // nil: time.Now; the cache's and the touch's clock
}

// Manager starts, resolves and ends login sessions. It is safe for concurrent use.
type Manager struct {
	config   Config
	sessions *scs.SessionManager
	store    *store
	cache    *cache
	resolver *resolver
	contents contents
}

// New returns a Manager. It starts no goroutine and needs no closing.
func New(c Config) *Manager {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnError == nil {
		c.OnError = func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		}
	}
	m := &Manager{config: c, sessions: scs.New(), store: newStore(c.DB), cache: newCache(c.Now)}
	m.sessions.Store = m.store
	m.sessions.HashTokenInStore = true
	m.sessions.Lifetime = identity.RememberedLife.Most
	m.resolver = &resolver{read: m.readSessions}
	return m
}

// What a session holds.
const (
	keyAccount = "account_id"
	keyLogin   = "login_id"
	keyIdle    = "idle_s"
)

// Start makes a fresh session and returns the cookie to set. A session the
// browser had before is left to expire: the new token replaces it.
func (m *Manager) Start(ctx context.Context, login identity.Login) (*http.Cookie, error) {
	ctx, err := m.sessions.Load(ctx, "")
	if err != nil {
		return nil, err
	}
	now, life, id := m.config.Now(), login.Life(), catalog.NewID("log")
	m.sessions.Put(ctx, keyAccount, string(login.AccountID))
	m.sessions.Put(ctx, keyLogin, id)
	m.sessions.Put(ctx, keyIdle, int64(life.Idle/time.Second))
	m.sessions.SetDeadline(ctx, now.Add(life.Most).UTC())
	token, _, err := m.sessions.Commit(context.WithValue(ctx, startKey{}, start{login: login, id: id, now: now}))
	if err != nil {
		return nil, errors.Join(catalog.ErrUnavailable, err)
	}
	m.store.sweep(ctx, now)
	cookie := m.cookie(CookieName, token, life.Most)
	if login.Shared {
		cookie.MaxAge = 0 // gone with the browser's window
	}
	return cookie, nil
}

// End removes the session with that cookie value, if there is one, and returns
// the cookie that makes the browser forget it.
func (m *Manager) End(ctx context.Context, token string) (*http.Cookie, error) {
	gone := m.cookie(CookieName, "", -1)
	if token == "" {
		return gone, nil
	}
	ctx, err := m.sessions.Load(ctx, token)
	if err == nil {
		err = m.sessions.Destroy(ctx)
	}
	m.cache.forget(token)
	if err != nil {
		return nil, errors.Join(catalog.ErrUnavailable, err)
	}
	return gone, nil
}

func (m *Manager) cookie(name, value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: m.config.Secure, MaxAge: -1,
	}
	if life > 0 {
		c.MaxAge = int(life / time.Second)
	}
	return c
}

// byCookie resolves a session token; nobody when it is unknown or over.
func (m *Manager) byCookie(ctx context.Context, token string) (identity.Principal, error) {
	if p, ok := m.cache.get(token); ok {
		return p, nil
	}
	p, err := m.resolver.resolve(ctx, storedToken(token))
	if err == nil && p.SignedIn() {
		m.cache.put(token, p)
	}
	return p, err
}

// byToken resolves an API token; catalog.ErrUnauthenticated when it is bad.
func (m *Manager) byToken(ctx context.Context, token string) (identity.Principal, error) {
	hash, ok := identity.HashAPIToken(token)
	if !ok {
		return identity.Principal{}, catalog.ErrUnauthenticated
	}
	if p, ok := m.cache.get(token); ok {
		return p, nil
	}
	p, err := m.config.People.TokenPrincipal(ctx, hash)
	if err == nil {
		m.cache.put(token, p)
	}
	return p, err
}
