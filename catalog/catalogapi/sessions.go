package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// SessionStore lists and ends login sessions.
type SessionStore interface {
	Sessions(ctx context.Context, account catalog.AccountID) ([]identity.Session, error)
	EndSession(ctx context.Context, account catalog.AccountID, id string) error
	// EndSessions ends all but the one called except.
	EndSessions(ctx context.Context, account catalog.AccountID, except string) (ended int, err error)
}

func (s *server) registerSessions() {
	const own, of = "/v1/me/sessions", "/v1/accounts/{id}/sessions"
	huma.Register(s.api, operation("list-my-sessions", http.MethodGet, own, tagSignIn,
		"List the devices on which you are signed in", http.StatusOK, forAdmins...), s.mySessions)
	huma.Register(s.api, operation("end-my-sessions", http.MethodDelete, own, tagSignIn,
		"Sign out on all devices but this one", http.StatusOK, forAdmins...), s.endMySessions)
	huma.Register(s.api, operation("end-my-session", http.MethodDelete, own+"/{session_id}", tagSignIn,
		"Sign out on one device; it is refused within five seconds", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.endMySession)
	huma.Register(s.api, operation("list-sessions", http.MethodGet, of, tagPeople,
		"List the devices on which an account is signed in", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.listSessions)
	huma.Register(s.api, operation("end-sessions", http.MethodDelete, of, tagPeople,
		"Sign an account out on all devices, within five seconds", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.endSessions)
}

type loginSessionBody struct {
	ID         string    `json:"id"`
	Device     string    `json:"device" example:"Chrome on Windows" doc:"As its browser calls itself; empty when it says nothing that people know."`
	Remembered bool      `json:"remembered" doc:"Whether it lasts for thirty days."`
	Shared     bool      `json:"shared" doc:"Whether others use the device, too: it was signed in by phone."`
	Current    bool      `json:"current" doc:"Whether it is the one that asks."`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at" doc:"To some minutes."`
	ExpiresAt  time.Time `json:"expires_at" doc:"When it ends if it is not used before."`
}

func sessionsAnswered(ctx context.Context, sessions []identity.Session, err error) (*listed[loginSessionBody], error) {
	current := identity.FromContext(ctx).LoginID
	return listOf(catalog.Page[identity.Session]{Items: sessions}, func(x identity.Session) loginSessionBody {
		return loginSessionBody{
			ID: x.ID, Device: identity.DeviceName(x.Device), Remembered: x.Remembered, Shared: x.Shared, Current: x.ID == current,
			CreatedAt: x.CreatedAt.UTC(), LastUsedAt: x.LastUsedAt.UTC(), ExpiresAt: x.ExpiresAt.UTC(),
		}
	}, err)
}

// person returns who asks if it is a person and no machine.
func person(ctx context.Context) (identity.Principal, error) {
	who, err := identity.Require(ctx)
	if err == nil && who.AccountID == "" {
		err = catalog.ErrForbidden
	}
	return who, err
}

func (s *server) mySessions(ctx context.Context, _ *struct{}) (*listed[loginSessionBody], error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := s.Store.Sessions(ctx, who.AccountID)
	return sessionsAnswered(ctx, sessions, err)
}

func (s *server) endMySession(ctx context.Context, in *struct {
	SessionID string `path:"session_id" maxLength:"100"`
},
) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.EndSession(ctx, who.AccountID, in.SessionID)
}

type endedSessions struct {
	Body struct {
		Ended int `json:"ended" example:"2" doc:"How many sessions there were."`
	}
}

func endedAnswered(ended int, err error) (*endedSessions, error) {
	answer := &endedSessions{}
	answer.Body.Ended = ended
	return answer, err
}

func (s *server) endMySessions(ctx context.Context, _ *struct{}) (*endedSessions, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return endedAnswered(s.Store.EndSessions(ctx, who.AccountID, who.LoginID))
}

func (s *server) listSessions(ctx context.Context, in *AccountPath) (*listed[loginSessionBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Store.Account(ctx, in.ID); err != nil {
		return nil, err
	}
	sessions, err := s.Store.Sessions(ctx, in.ID)
	return sessionsAnswered(ctx, sessions, err)
}

func (s *server) endSessions(ctx context.Context, in *AccountPath) (*endedSessions, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return endedAnswered(s.Store.EndSessions(ctx, in.ID, ""))
}
