package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"rounds/catalog/identity"
	"rounds/catalog/identity/sso"
)

// ssoConfig names the institution at which staff signs in.
type ssoConfig struct {
	OIDCIssuer       string            `name:"oidc-issuer" env:"ROUNDS_OIDC_ISSUER" help:"OpenID provider at which staff signs in, e.g. https://login.hospital.org; empty: by e-mail and passkey only. Register BASE_URL/sign-in/sso/callback there."`
	OIDCClientID     string            `name:"oidc-client-id" env:"ROUNDS_OIDC_CLIENT_ID" help:"Id of this service at the provider."`
	OIDCClientSecret string            `name:"oidc-client-secret" env:"ROUNDS_OIDC_CLIENT_SECRET" help:"Its secret; give it by environment."`
	OIDCDomainRoles  map[string]string `name:"oidc-domain-roles" mapsep:"," env:"ROUNDS_OIDC_DOMAIN_ROLES" help:"Roles that everybody with a verified address of a domain gets: hospital.org=presenter,… Left out, only accounts that are there come in."`
}

// grants checks the roles by domain.
func (c ssoConfig) grants() (map[string]identity.Role, error) {
	grants := map[string]identity.Role{}
	for domain, role := range c.OIDCDomainRoles {
		r := identity.Role(role)
		if !slices.Contains(identity.Roles(), r) || r == identity.RoleDoctor {
			return nil, fmt.Errorf("ROUNDS_OIDC_DOMAIN_ROLES: %q is no role of staff", role)
		}
		grants[strings.ToLower(domain)] = r
	}
	return grants, nil
}

const (
	ssoCookie   = "rounds_sso"
	ssoPath     = "/sign-in/sso"
	ssoCallback = ssoPath + "/callback"
)

// singleSignOn lets staff in that the institution vouches for.
type singleSignOn struct {
	server   *server
	provider *sso.Provider
	grants   map[string]identity.Role // by domain
}

// registerSSO adds the two routes: to the institution, and back.
func (s *server) registerSSO(r gin.IRouter) error {
	c := s.config.SSO
	if c.OIDCIssuer == "" {
		return nil
	}
	grants, err := c.grants()
	if err != nil {
		return err
	}
	x := &singleSignOn{server: s, grants: grants, provider: sso.New(sso.Config{
		Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, RedirectURL: s.base.String() + ssoCallback, Sealer: s.sealer,
	})}
	r.GET(ssoPath, gin.WrapF(x.begin))
	r.GET(ssoCallback, gin.WrapF(x.finish))
	return nil
}

// begin sends a browser to the institution.
func (x *singleSignOn) begin(w http.ResponseWriter, r *http.Request) {
	target, cookie, err := x.provider.Begin(r.Context(), r.URL.Query().Get("next"))
	if err != nil {
		x.refuse(w, r, err)
		return
	}
	http.SetCookie(w, x.cookie(cookie, int(sso.StateLife.Seconds())))
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // G710: the provider that the operator configured
}

// finish signs in whom the institution vouches for.
func (x *singleSignOn) finish(w http.ResponseWriter, r *http.Request) {
	value := ""
	if cookie, err := r.Cookie(ssoCookie); err == nil {
		value = cookie.Value
	}
	http.SetCookie(w, x.cookie("", -1))
	person, err := x.provider.Finish(r.Context(), value, r.URL.Query())
	if err != nil {
		x.refuse(w, r, err)
		return
	}
	session, err := x.admit(r.Context(), person)
	if err != nil {
		x.refuse(w, r, err)
		return
	}
	http.SetCookie(w, session)
	http.Redirect(w, r, localPath(person.Next), http.StatusSeeOther)
}

func (x *singleSignOn) admit(ctx context.Context, person sso.Person) (*http.Cookie, error) {
	account, err := x.server.store.StaffByEmail(ctx, person.Answered, person.Email, person.Name, x.grants[identity.DomainOf(person.Email)])
	if err != nil {
		return nil, err
	}
	return x.server.logins.Start(ctx, identity.Login{AccountID: account.ID, Device: identity.AskerOf(ctx).Device})
}

// refuse leads back to the sign-in page, which says what else can be done.
func (x *singleSignOn) refuse(w http.ResponseWriter, r *http.Request, err error) {
	noteError(r.Context(), err)
	noteCode(r.Context(), "sso_refused")
	http.Redirect(w, r, "/sign-in?problem=sso", http.StatusSeeOther)
}

func (x *singleSignOn) cookie(value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: ssoCookie, Value: value, Path: ssoPath, MaxAge: seconds, HttpOnly: true,
		Secure: x.server.base.Scheme == "https", SameSite: http.SameSiteLaxMode, // Lax: the institution's page leads back here
	}
}

// localPath is next if it is a path of this site, else the start page.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
