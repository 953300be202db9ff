package logins

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxDevice is how much of a User-Agent is kept.
const maxDevice = 300

// Middleware puts the identity.Principal of each request into its context: of
// the bearer token if there is one, else of the session cookie, else nobody. A
// bad bearer token ends in OnError; a session that is over counts as nobody.
func (m *Manager) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie, Authorization")
		p, err := m.resolve(r)
		if err != nil {
			m.config.OnError(w, r, err)
			return
		}
		ctx := identity.WithAsker(identity.NewContext(r.Context(), p), m.asker(w, r, p))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// asker tells where a request comes from. Whoever sends a form without being
// signed in may be about to sign in: that browser gets a name, if it has none.
func (m *Manager) asker(w http.ResponseWriter, r *http.Request, p identity.Principal) identity.Asker {
	a := identity.Asker{Device: strings.ToValidUTF8(r.UserAgent()[:min(len(r.UserAgent()), maxDevice)], "")}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		a.Network = identity.NetworkOf(peer.Addr())
		a.Trusted = slices.ContainsFunc(m.config.Trusted, func(n netip.Prefix) bool { return n.Contains(peer.Addr().Unmap()) })
	}
	if cookie, err := r.Cookie(browserCookie); err == nil && catalog.ValidToken(cookie.Value) {
		a.Browser = cookie.Value
	}
	if r.Method == http.MethodPost && !p.SignedIn() {
		if a.Browser == "" {
			a.Browser = catalog.NewToken()
		}
		http.SetCookie(w, m.cookie(browserCookie, a.Browser, browserLife))
	}
	return a
}

func (m *Manager) resolve(r *http.Request) (identity.Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		if scheme, token, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
			return m.byToken(r.Context(), strings.TrimSpace(token))
		}
	}
	if cookie, err := r.Cookie(CookieName); err == nil && cookie.Value != "" {
		return m.byCookie(r.Context(), cookie.Value)
	}
	return identity.Principal{}, nil
}
