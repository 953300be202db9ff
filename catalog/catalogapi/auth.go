package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// AuthStore keeps registrations and one-time codes.
type AuthStore interface {
	// RequestCode sends a code if the address may have one, doing the same work if not.
	RequestCode(ctx context.Context, email string, code identity.MintedCode) error
	// Register keeps a registration until its code is entered.
	Register(ctx context.Context, invitation []byte, email string, r identity.Registration, code identity.MintedCode) error
	// BeginTry counts a try of a secret from the asker's network if one more is
	// allowed; EndTry leaves it counted if it was wrong.
	BeginTry(ctx context.Context) (identity.Try, error)
	EndTry(ctx context.Context, try identity.Try, wrong bool) error
	// SignIn takes a try of a code; match decides.
	SignIn(ctx context.Context, email string, match func([]identity.OneTimeCode) (identity.OneTimeCode, error)) (identity.Account, error)
}

func (s *server) registerAuth() {
	limited := []int{http.StatusTooManyRequests}
	huma.Register(s.api, operation("register", http.MethodPost, "/v1/auth/register", tagSignIn,
		"Register with an invitation code or an event code; a one-time code goes to the e-mail address", http.StatusAccepted, limited...), s.register)
	huma.Register(s.api, operation("request-code", http.MethodPost, "/v1/auth/otp", tagSignIn,
		"Ask for a one-time code; the answer is the same whether the address is known or not", http.StatusAccepted, limited...), s.requestCode)
	huma.Register(s.api, operation("sign-in", http.MethodPost, "/v1/auth/session", tagSignIn,
		"Enter the one-time code: signs in, and finishes a registration", http.StatusCreated, limited...), s.signIn)
	huma.Register(s.api, operation("sign-out", http.MethodDelete, "/v1/auth/session", tagSignIn, "Sign out", http.StatusNoContent), s.signOut)
	huma.Register(s.api, operation("who-am-i", http.MethodGet, "/v1/me", tagSignIn,
		"Who is signed in", http.StatusOK, http.StatusUnauthorized), s.me)
}

type consentBody struct {
	Purpose     string `json:"purpose" maxLength:"100" example:"terms"`
	TextVersion string `json:"text_version" maxLength:"100" example:"2026-01"`
	Granted     bool   `json:"granted"`
}

type registerBody struct {
	InvitationCode  string        `json:"invitation_code" maxLength:"100" example:"7K3M-0ZQX-H2RD-9WVB" doc:"Of an invitation or an event. Case, spaces and dashes do not matter."`
	Email           string        `json:"email" maxLength:"320" example:"ana.lopez@hospital.org"`
	Name            string        `json:"name" maxLength:"400" example:"Dr Ana López"`
	Country         string        `json:"country" maxLength:"10" example:"PT" doc:"ISO 3166-1 alpha-2."`
	TimeZone        string        `json:"time_zone" maxLength:"100" example:"Europe/Lisbon" doc:"IANA name."`
	Speciality      string        `json:"speciality,omitempty" maxLength:"400"`
	Locale          string        `json:"locale,omitempty" maxLength:"40" example:"pt-PT" doc:"BCP 47."`
	Phone           string        `json:"phone,omitempty" maxLength:"100"`
	CertificateName string        `json:"certificate_name,omitempty" maxLength:"400" doc:"The name as it shall stand on the certificate."`
	Council         string        `json:"council,omitempty" maxLength:"400"`
	CouncilNumber   string        `json:"council_number,omitempty" maxLength:"200" doc:"Registration number; some event codes need it."`
	Consents        []consentBody `json:"consents,omitempty" maxItems:"20" nullable:"false"`
}

func (b registerBody) registration() identity.Registration {
	r := identity.Registration{Profile: identity.Profile{
		Name: b.Name, Country: b.Country, TimeZone: b.TimeZone, Speciality: b.Speciality, Locale: b.Locale, Phone: b.Phone,
		CertificateName: b.CertificateName, Council: b.Council, CouncilNumber: b.CouncilNumber,
	}}
	for _, c := range b.Consents {
		r.Consents = append(r.Consents, identity.Consent(c))
	}
	return r
}

type codeSent struct {
	Body struct {
		ExpiresInS int `json:"expires_in_s" example:"600" doc:"How long a code that was sent is good for."`
	}
}

// The states of a registration.
const (
	stateCodeSent = "code_sent"
	stateWaiting  = "waiting_for_approval"
)

type registered struct {
	Body struct {
		State      string `json:"state" enum:"code_sent,waiting_for_approval" example:"code_sent" doc:"code_sent: enter the code of the mail. waiting_for_approval: the event's moderators decide; a mail tells how, and no code was sent yet."`
		ExpiresInS int    `json:"expires_in_s" example:"600" doc:"How long a code that was sent is good for; 0 while waiting."`
	}
}

func (s *server) register(ctx context.Context, in *struct{ Body registerBody }) (*registered, error) {
	defer s.takeTime(ctx)()
	email, err := identity.NormalEmail(in.Body.Email)
	if err != nil {
		return nil, err
	}
	registration, err := in.Body.registration().Clean()
	if err != nil {
		return nil, err
	}
	code := identity.MintCode(s.Pepper, time.Now())
	state := stateCodeSent
	err = s.guarded(ctx, func() error {
		if hash, ok := identity.HashInvitationCode(in.Body.InvitationCode); ok {
			return s.Store.Register(ctx, hash, email, registration, code)
		}
		hash, ok := identity.HashEventCode(in.Body.InvitationCode)
		if !ok {
			return identity.ErrInvitationInvalid
		}
		waiting, err := s.Store.RegisterOnSpot(ctx, identity.OnSpot{
			Code: hash, Email: email, Registration: registration,
			Number: func(window string) []byte {
				return identity.NumberMAC(s.Pepper, window, registration.Profile.CouncilNumber)
			},
		}, code)
		if waiting {
			state = stateWaiting
		}
		return err
	})
	return registeredAs(state, err)
}

func registeredAs(state string, err error) (*registered, error) {
	if err != nil {
		return nil, err
	}
	answer := new(registered)
	answer.Body.State = state
	if state == stateCodeSent {
		answer.Body.ExpiresInS = int(identity.CodeLife / time.Second)
	}
	return answer, nil
}

type otpBody struct {
	Email string `json:"email" maxLength:"320" example:"ana.lopez@hospital.org"`
}

func (s *server) requestCode(ctx context.Context, in *struct{ Body otpBody }) (*codeSent, error) {
	defer s.takeTime(ctx)()
	email, err := identity.NormalEmail(in.Body.Email)
	if err != nil {
		return nil, err
	}
	return sent(s.guarded(ctx, func() error {
		return s.Store.RequestCode(ctx, email, identity.MintCode(s.Pepper, time.Now()))
	}))
}

func sent(err error) (*codeSent, error) {
	if err != nil {
		return nil, err
	}
	answer := new(codeSent)
	answer.Body.ExpiresInS = int(identity.CodeLife / time.Second)
	return answer, nil
}

// takeTime starts a clock; what it returns waits until AnswerTime is over, so
// that what remains of the difference between known and unknown addresses
// cannot be measured.
func (s *server) takeTime(ctx context.Context) func() {
	clock := time.NewTimer(s.AnswerTime)
	return func() {
		select {
		case <-clock.C:
		case <-ctx.Done():
		}
	}
}

type sessionBody struct {
	Email string `json:"email" maxLength:"320" example:"ana.lopez@hospital.org"`
	Code  string `json:"code" maxLength:"20" example:"123456" doc:"The six digits of the mail."`
	// Remember is the owner's word that nobody else uses the device.
	Remember bool `json:"remember,omitempty" doc:"Remember this device: the session lasts thirty days instead of a working day (12 hours without use, 24 at most). Accounts of administrators, support and moderators are not remembered."`
}

type signedIn struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
	Body      meBody
}

func (s *server) signIn(ctx context.Context, in *struct{ Body sessionBody }) (*signedIn, error) {
	email, err := identity.NormalEmail(in.Body.Email)
	if err != nil {
		return nil, err
	}
	var account identity.Account
	err = s.guarded(ctx, func() error {
		account, err = s.Store.SignIn(ctx, email, func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
			return identity.MatchCode(sent, s.Pepper, in.Body.Code, time.Now())
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.startSession(ctx, account, in.Body.Remember)
}

// startSession signs an account in on the device that asks.
func (s *server) startSession(ctx context.Context, account identity.Account, remember bool) (*signedIn, error) {
	cookie, err := s.Logins.Start(ctx, identity.Login{
		AccountID: account.ID, Remembered: remember && identity.Rememberable(account.Roles), Device: identity.AskerOf(ctx).Device,
	})
	if err != nil {
		return nil, err
	}
	body, err := s.describe(ctx, account)
	return &signedIn{SetCookie: cookie, Body: body}, err
}

type signedOut struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
}

func (s *server) signOut(ctx context.Context, in *struct {
	Session string `cookie:"rounds_session"`
},
) (*signedOut, error) {
	cookie, err := s.Logins.End(ctx, in.Session)
	return &signedOut{SetCookie: cookie}, err
}

type meBody struct {
	AccountID  catalog.AccountID `json:"account_id,omitempty" doc:"Of a person."`
	TokenID    string            `json:"token_id,omitempty" doc:"Of a machine."`
	Email      string            `json:"email,omitempty"`
	Roles      []identity.Role   `json:"roles" nullable:"false" example:"[\"doctor\"]"`
	Profile    *identity.Profile `json:"profile,omitempty"`
	Enrolments []enrolmentBody   `json:"enrolments" nullable:"false"`
}

type me struct{ Body meBody }

func (s *server) me(ctx context.Context, _ *struct{}) (*me, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if who.AccountID == "" {
		return &me{Body: meBody{TokenID: who.TokenID, Roles: who.Roles, Enrolments: []enrolmentBody{}}}, nil
	}
	account, err := s.Store.Account(ctx, who.AccountID)
	if err != nil {
		return nil, err
	}
	body, err := s.describe(ctx, account)
	return &me{Body: body}, err
}

func (s *server) describe(ctx context.Context, a identity.Account) (meBody, error) {
	enrolments, err := s.Store.EnrolmentsOf(ctx, a.ID)
	body := meBody{AccountID: a.ID, Email: a.Email, Roles: a.Roles, Profile: &a.Profile, Enrolments: []enrolmentBody{}}
	for _, e := range enrolments {
		body.Enrolments = append(body.Enrolments, enrolmentOf(e))
	}
	return body, err
}
