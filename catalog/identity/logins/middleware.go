package logins

import (
	"net/http"
	"strings"

	"rounds/catalog/identity"
)

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
		next.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), p)))
	})
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
