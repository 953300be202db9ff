package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

func (s *server) registerSpotRequests() {
	huma.Register(s.api, operation("list-spot-requests", http.MethodGet, "/v1/spot_windows/{id}/requests", tagPeople,
		"List the doctors who asked to be admitted to an event", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.listSpotRequests)
	approve := operation("approve-spot-request", http.MethodPost, "/v1/spot_requests/{id}/approve", tagPeople,
		"Admit a doctor who waits: mints her personal invitation and mails it", http.StatusOK, forMakers...)
	approve.Description = "Refused with `event_full` when every place is taken, with `request_decided` when it was refused before. Approving twice changes nothing."
	huma.Register(s.api, approve, s.approveSpotRequest)
	refuse := operation("refuse-spot-request", http.MethodPost, "/v1/spot_requests/{id}/refuse", tagPeople,
		"Refuse a doctor who waits; she is told by mail, with the reason if there is one", http.StatusOK, forMakers...)
	refuse.Description = "What she told about herself is removed; her address stays, so that the decision holds. `request_decided` when she was admitted before."
	huma.Register(s.api, refuse, s.refuseSpotRequest)
}

// SpotRequestBody is a doctor who asked to be admitted.
type SpotRequestBody struct {
	ID            string                `json:"id"`
	WindowID      string                `json:"window_id"`
	State         identity.RequestState `json:"state" enum:"waiting,approved,refused"`
	Email         string                `json:"email"`
	Name          string                `json:"name,omitempty" doc:"Until she is refused or has signed in, as the other fields of her registration."`
	Country       string                `json:"country,omitempty"`
	Speciality    string                `json:"speciality,omitempty"`
	Council       string                `json:"council,omitempty"`
	CouncilNumber string                `json:"council_number,omitempty"`
	Reason        string                `json:"reason,omitempty"`
	CreatedAt     time.Time             `json:"created_at"`
	DecidedAt     *time.Time            `json:"decided_at" nullable:"true"`
	DecidedBy     string                `json:"decided_by,omitempty"`
}

func spotRequestOf(r identity.SpotRequest) SpotRequestBody {
	p := r.Registration.Profile
	return SpotRequestBody{
		ID: r.ID, WindowID: r.WindowID, State: r.State, Email: r.Email, Name: p.Name, Country: p.Country, Speciality: p.Speciality,
		Council: p.Council, CouncilNumber: p.CouncilNumber, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC(), DecidedAt: utc(r.DecidedAt), DecidedBy: r.DecidedBy,
	}
}

func (s *server) listSpotRequests(ctx context.Context, in *struct {
	SpotWindowPath
	Paging
	State identity.RequestState `query:"state" enum:"waiting,approved,refused" doc:"Only requests in this state."`
},
) (*listed[SpotRequestBody], error) {
	w, err := s.decidable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.SpotRequests(ctx, w.ID, in.State, in.request())
	return listOf(page, spotRequestOf, err)
}

// SpotRequestPath names a request.
type SpotRequestPath struct {
	ID string `path:"id" maxLength:"100"`
}

type spotRequestAnswer struct{ Body SpotRequestBody }

func (s *server) approveSpotRequest(ctx context.Context, in *SpotRequestPath) (*spotRequestAnswer, error) {
	return s.decideSpotRequest(ctx, in.ID, identity.Decision{Approve: true, SignIn: s.BaseURL + "/sign-in"})
}

func (s *server) refuseSpotRequest(ctx context.Context, in *struct {
	SpotRequestPath
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000" example:"Please register with your name as it is on the list." doc:"The doctor reads it."`
	}
},
) (*spotRequestAnswer, error) {
	reason, err := catalog.CleanLine("reason", in.Body.Reason, 500, false)
	if err != nil {
		return nil, err
	}
	return s.decideSpotRequest(ctx, in.ID, identity.Decision{Reason: reason})
}

func (s *server) decideSpotRequest(ctx context.Context, id string, d identity.Decision) (*spotRequestAnswer, error) {
	who, err := identity.RequireRole(ctx, identity.RoleModerator)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.DecideRequest(ctx, id, func(w identity.SpotWindow) error {
		if !w.MayDecide(who) {
			return catalog.ErrNotFound
		}
		return nil
	}, d)
	if err != nil {
		return nil, err
	}
	return &spotRequestAnswer{Body: spotRequestOf(r)}, nil
}
