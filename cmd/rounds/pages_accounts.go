package main

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// Viewer implements player.Accounts.
func (p *pages) Viewer(ctx context.Context) (player.Viewer, bool) {
	who := identity.FromContext(ctx)
	if who.AccountID == "" {
		return player.Viewer{}, false
	}
	account, err := p.store.Account(ctx, who.AccountID)
	if err != nil {
		return player.Viewer{}, false
	}
	return player.Viewer{
		Name: account.Name, Email: account.Email, TimeZone: account.TimeZone, Locale: account.Locale,
		Doctor: who.Has(identity.RoleDoctor), Presenter: who.Has(identity.RolePresenter), Admin: who.Admin(),
		Moderator: who.Has(identity.RoleModerator), Support: who.Has(identity.RoleSupport), Sponsor: who.Has(identity.RoleSponsor),
		Passkeys: who.Admin() || slices.ContainsFunc(identity.MayHavePasskeys(), who.Has),
	}, true
}

// SendCode implements player.Accounts.
func (p *pages) SendCode(ctx context.Context, email string) error {
	return p.post(ctx, "/v1/auth/otp", map[string]string{"email": email}, nil)
}

// SignIn implements player.Accounts: the API's cookies go to the reader.
func (p *pages) SignIn(w http.ResponseWriter, r *http.Request, email, code string, remember bool) error {
	answer, err := p.do(r.Context(), http.MethodPost, "/v1/auth/session", map[string]any{"email": email, "code": code, "remember": remember}, "")
	return passCookies(w, answer, err)
}

// SignOut implements player.Accounts.
func (p *pages) SignOut(w http.ResponseWriter, r *http.Request) error {
	answer, err := p.do(r.Context(), http.MethodDelete, "/v1/auth/session", nil, r.Header.Get("Cookie"))
	if errors.Is(err, player.ErrSignedOut) {
		return nil
	}
	return passCookies(w, answer, err)
}

func passCookies(w http.ResponseWriter, answer *memoryAnswer, err error) error {
	if err != nil {
		return err
	}
	for _, cookie := range answer.header.Values("Set-Cookie") {
		w.Header().Add("Set-Cookie", cookie)
	}
	return nil
}

// Register implements player.Accounts.
func (p *pages) Register(ctx context.Context, r player.Registration) (waiting bool, err error) {
	var answer struct{ State string }
	consents := make([]map[string]any, len(r.Consents))
	for i, c := range r.Consents {
		consents[i] = map[string]any{"purpose": c.Purpose, "text_version": c.TextVersion, "granted": c.Granted}
	}
	err = p.post(ctx, "/v1/auth/register", map[string]any{
		"invitation_code": r.InvitationCode, "email": r.Email, "name": r.Name, "country": r.Country,
		"time_zone": r.TimeZone, "speciality": r.Speciality, "locale": r.Locale,
		"council_number": r.CouncilNumber, "consents": consents,
	}, &answer)
	return answer.State == "waiting_for_approval", err
}

// Join implements player.Accounts.
func (p *pages) Join(ctx context.Context, code string) error {
	return p.post(ctx, "/v1/enrolments", map[string]any{"invitation_code": code}, nil)
}

// ConsentTexts implements player.Accounts.
func (p *pages) ConsentTexts() []player.ConsentText {
	texts := identity.ConsentTexts()
	asked := make([]player.ConsentText, len(texts))
	for i, text := range texts {
		asked[i] = player.ConsentText(text)
	}
	return asked
}

// pageErrorOf turns a domain error of the stores into one the pages understand.
func pageErrorOf(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, catalog.ErrNotFound):
		return player.ErrNotFound
	case errors.Is(err, catalog.ErrUnauthenticated):
		return player.ErrSignedOut
	case errors.Is(err, catalog.ErrForbidden):
		return player.ErrForbidden
	case errors.Is(err, catalog.ErrConflict):
		return &player.Refusal{Status: http.StatusConflict, Message: say(ctx, problemOf(err).said)}
	case errors.Is(err, catalog.ErrUnavailable):
		return &player.Refusal{Status: http.StatusServiceUnavailable, Message: say(ctx, problemOf(err).said)}
	default:
		return err
	}
}
