package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// HandoverStore keeps sign-ins that phones hand to computers.
type HandoverStore interface {
	BeginHandover(ctx context.Context, h identity.Handover, secret string) error
	// Handover reads one that can be decided about.
	Handover(ctx context.Context, id string) (identity.Handover, error)
	DecideHandover(ctx context.Context, account catalog.AccountID, id string, confirm bool, number int) error
	// UseHandover returns whom a confirmed one lets in, once.
	UseHandover(ctx context.Context, id, secret string) (identity.Account, error)
}

func (s *server) registerHandovers() {
	huma.Register(s.api, operation("begin-handover", http.MethodPost, "/v1/auth/handovers", tagSignIn,
		"Begin to sign in on a shared computer by a phone that is signed in: show link as a picture and number beside it", http.StatusCreated,
		http.StatusTooManyRequests), s.beginHandover)
	huma.Register(s.api, operation("use-handover", http.MethodPost, "/v1/auth/handovers/{handover_id}/session", tagSignIn,
		"Sign in on the shared computer once the phone has confirmed; 409 until then. The session ends after half an hour without use", http.StatusCreated,
		http.StatusConflict), s.useHandover)
	huma.Register(s.api, operation("get-handover", http.MethodGet, "/v1/me/handovers/{handover_id}", tagSignIn,
		"On the phone: what is to be signed in, and the numbers to choose from", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.handover)
	huma.Register(s.api, operation("decide-handover", http.MethodPost, "/v1/me/handovers/{handover_id}/decision", tagSignIn,
		"On the phone: confirm with the number that the computer shows, or refuse. There is one try", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.decideHandover)
}

type handoverBegun struct {
	Body struct {
		HandoverID string    `json:"handover_id"`
		Secret     string    `json:"secret" doc:"For the browser that asked, and nobody else: it takes the session."`
		Number     int       `json:"number" example:"42" doc:"To be shown beside the picture; the phone asks for it."`
		Link       string    `json:"link" doc:"To be shown as a picture; the phone opens it."`
		ExpiresAt  time.Time `json:"expires_at"`
	}
}

func (s *server) beginHandover(ctx context.Context, _ *struct{}) (*handoverBegun, error) {
	h, secret := identity.NewHandover(identity.AskerOf(ctx), time.Now())
	if err := s.Store.BeginHandover(ctx, h, secret); err != nil {
		return nil, err
	}
	answer := new(handoverBegun)
	answer.Body.HandoverID, answer.Body.Secret, answer.Body.Number = h.ID, secret, h.Number
	answer.Body.Link, answer.Body.ExpiresAt = s.BaseURL+"/phone/"+h.ID, h.ExpiresAt.UTC()
	return answer, nil
}

func (s *server) useHandover(ctx context.Context, in *struct {
	HandoverID string `path:"handover_id" maxLength:"100"`
	Body       struct {
		Secret string `json:"secret" maxLength:"100"`
	}
},
) (*signedIn, error) {
	account, err := s.Store.UseHandover(ctx, in.HandoverID, in.Body.Secret)
	if err != nil {
		return nil, err
	}
	cookie, err := s.Logins.Start(ctx, identity.Login{AccountID: account.ID, Shared: true, Device: identity.AskerOf(ctx).Device})
	if err != nil {
		return nil, err
	}
	body, err := s.describe(ctx, account)
	return &signedIn{SetCookie: cookie, Body: body}, err
}

// hander returns who may hand her sign-in over: people without rights over others.
func hander(ctx context.Context) (identity.Principal, error) {
	who, err := person(ctx)
	if err == nil && !identity.Rememberable(who.Roles) {
		err = catalog.ErrForbidden
	}
	return who, err
}

type handoverAnswer struct {
	Body struct {
		Device      string    `json:"device" example:"Chrome on Windows" doc:"The computer, as its browser calls itself; empty when it does not."`
		Network     string    `json:"network" example:"203.0.113.9" doc:"Its address."`
		SameNetwork bool      `json:"same_network" doc:"Whether it is also the address of who asks now: at another one, be sure to stand in front of the computer."`
		Numbers     []int     `json:"numbers" nullable:"false" doc:"One of them is on the computer's screen."`
		AskedAt     time.Time `json:"asked_at"`
		ExpiresAt   time.Time `json:"expires_at"`
	}
}

func (s *server) handover(ctx context.Context, in *struct {
	HandoverID string `path:"handover_id" maxLength:"100"`
},
) (*handoverAnswer, error) {
	if _, err := hander(ctx); err != nil {
		return nil, err
	}
	h, err := s.Store.Handover(ctx, in.HandoverID)
	if err != nil {
		return nil, err
	}
	answer := new(handoverAnswer)
	b := &answer.Body
	b.Device, b.Network, b.SameNetwork = identity.DeviceName(h.Device), h.Network, h.Network == identity.AskerOf(ctx).Network
	b.Numbers, b.AskedAt, b.ExpiresAt = h.Numbers, h.CreatedAt.UTC(), h.ExpiresAt.UTC()
	return answer, nil
}

func (s *server) decideHandover(ctx context.Context, in *struct {
	HandoverID string `path:"handover_id" maxLength:"100"`
	Body       struct {
		Confirm bool `json:"confirm" doc:"False: it was not you."`
		Number  int  `json:"number,omitempty" minimum:"0" maximum:"99" example:"42" doc:"That is on the computer's screen."`
	}
},
) (*struct{}, error) {
	who, err := hander(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DecideHandover(ctx, who.AccountID, in.HandoverID, in.Body.Confirm, in.Body.Number)
}
