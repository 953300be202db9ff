package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// PrivacyStore gives people what is kept of them, and forgets it.
type PrivacyStore interface {
	PersonalData
	// AskErasure is idempotent while a request is open.
	AskErasure(ctx context.Context, id catalog.AccountID, note string) (identity.ErasureRequest, error)
	WithdrawErasure(ctx context.Context, id catalog.AccountID) error
	Erasures(ctx context.Context, account catalog.AccountID, state identity.ErasureState, p catalog.PageRequest) (catalog.Page[identity.ErasureRequest], error)
	RefuseErasure(ctx context.Context, request, reason string) error
	// Erase replaces what names a person; what is certified stays, under her id.
	Erase(ctx context.Context, id catalog.AccountID, reason string) error
}

const tagPrivacy = "Privacy"

func (s *server) registerPrivacy() {
	const own, all = "/v1/me/erasure_request", "/v1/erasure_requests"
	export := operation("export-my-data", http.MethodGet, "/v1/me/export", tagPrivacy, "Get all that is kept of you, as a ZIP archive of JSON files", http.StatusOK, forAdmins...)
	exportOf := operation("export-person", http.MethodGet, "/v1/accounts/{id}/export", tagPrivacy, "Get all that is kept of a person, as a ZIP archive of JSON files; it is audited", http.StatusOK, append(forAdmins, http.StatusNotFound)...)
	for _, op := range []*huma.Operation{&export, &exportOf} {
		op.Responses = map[string]*huma.Response{"200": {
			Description: "One file a kind of data, and README.txt that says what is in them.",
			Content:     map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}}
	}
	huma.Register(s.api, export, s.exportMine)
	huma.Register(s.api, exportOf, s.exportPerson)
	huma.Register(s.api, operation("ask-erasure", http.MethodPost, own, tagPrivacy, "Ask that your personal data is erased; an administrator does it", http.StatusAccepted, forAdmins...), s.askErasure)
	huma.Register(s.api, operation("get-erasure-request", http.MethodGet, own, tagPrivacy, "Read what became of your request", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.myErasure)
	huma.Register(s.api, operation("withdraw-erasure", http.MethodDelete, own, tagPrivacy, "Take the request back while it is open", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.withdrawErasure)
	huma.Register(s.api, operation("list-erasure-requests", http.MethodGet, all, tagPrivacy, "List who asked to be forgotten, the oldest first", http.StatusOK, forAdmins...), s.listErasures)
	huma.Register(s.api, operation("refuse-erasure", http.MethodPost, all+"/{request_id}/refuse", tagPrivacy, "Refuse a request; the person is told why", http.StatusNoContent, append(forAdmins, http.StatusNotFound)...), s.refuseErasure)
	huma.Register(s.api, operation("erase-person", http.MethodPost, "/v1/accounts/{id}/erase", tagPrivacy,
		"Erase the personal data of a person for ever; certified evidence stays under the account's id and still verifies", http.StatusNoContent, forMakers...), s.erase)
}

func (s *server) exportMine(ctx context.Context, _ *struct{}) (*exportAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return s.exportOf(who.AccountID), nil //nolint:contextcheck // it is written with the context of the answer
}

func (s *server) exportPerson(ctx context.Context, in *AccountPath) (*exportAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	if _, err := s.Store.Account(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.exportOf(in.ID), nil //nolint:contextcheck // it is written with the context of the answer
}

type erasureBody struct {
	ID        string                `json:"id"`
	AccountID catalog.AccountID     `json:"account_id"`
	Name      string                `json:"name"`
	Email     string                `json:"email"`
	Note      string                `json:"note"`
	State     identity.ErasureState `json:"state" enum:"open,done,refused,withdrawn"`
	CreatedAt time.Time             `json:"created_at"`
	DecidedAt *time.Time            `json:"decided_at" nullable:"true"`
	Reason    string                `json:"reason" doc:"Of a refusal."`
}

func erasureOf(r identity.ErasureRequest) erasureBody {
	r.CreatedAt, r.DecidedAt = r.CreatedAt.UTC(), utc(r.DecidedAt)
	return erasureBody(r)
}

type erasureAnswer struct{ Body erasureBody }

func (s *server) askErasure(ctx context.Context, in *struct {
	Body struct {
		Note string `json:"note,omitempty" maxLength:"2000" doc:"Anything we should know."`
	}
},
) (*erasureAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	note, err := catalog.CleanText("note", in.Body.Note, 1000)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.AskErasure(ctx, who.AccountID, note)
	return &erasureAnswer{Body: erasureOf(r)}, err
}

func (s *server) myErasure(ctx context.Context, _ *struct{}) (*erasureAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Erasures(ctx, who.AccountID, "", catalog.PageRequest{Limit: catalog.MaxPageLimit})
	if err == nil && len(page.Items) == 0 {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &erasureAnswer{Body: erasureOf(page.Items[len(page.Items)-1])}, nil
}

func (s *server) withdrawErasure(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.WithdrawErasure(ctx, who.AccountID)
}

func (s *server) listErasures(ctx context.Context, in *struct {
	Paging
	State identity.ErasureState `query:"state" enum:"open,done,refused,withdrawn" doc:"Only those in this state."`
},
) (*listed[erasureBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Erasures(ctx, "", in.State, in.request())
	return listOf(page, erasureOf, err)
}

func (s *server) refuseErasure(ctx context.Context, in *struct {
	RequestID string `path:"request_id" maxLength:"100"`
	Body      struct {
		Reason string `json:"reason" maxLength:"2000" example:"Your certificate is being issued; please ask again next week." doc:"The person reads it."`
	}
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := identity.CleanReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.RefuseErasure(ctx, in.RequestID, reason)
}

func (s *server) erase(ctx context.Context, in *reasoned) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := identity.CleanReason(in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.Erase(ctx, in.ID, reason)
}
