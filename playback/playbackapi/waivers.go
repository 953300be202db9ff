package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// WaiverStore keeps waivers.
type WaiverStore interface {
	// Waive stores one. catalog.ErrNotFound, *catalog.FieldError on account_id, playback.ErrWaived.
	Waive(ctx context.Context, w playback.Waiver) (playback.Waiver, error)
	// Waivers lists those of a webinar, newest first. catalog.ErrNotFound.
	Waivers(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, page catalog.PageRequest) (catalog.Page[playback.Waiver], error)
	// RevokeWaiver takes one back; idempotent. catalog.ErrNotFound.
	RevokeWaiver(ctx context.Context, r playback.Revoking) error
}

// registerWaivers: administrators let a doctor off a webinar, with a reason.
func (s *server) registerWaivers(api huma.API) {
	const path = "/v1/webinars/{id}/waivers"
	huma.Register(api, s.creating(huma.Operation{
		OperationID: "waive-webinar", Method: http.MethodPost, Path: path, Tags: []string{tag}, Summary: "Waive a webinar for a doctor",
		Description: "The doctor need not watch it: its requirement is waived, the webinar is completed, and that is recorded with the waiver as its source. No seconds are. " +
			"It needs a reason and goes to the audit log and the evidence.",
		DefaultStatus: http.StatusCreated, Errors: forPeople,
	}), s.waive)
	huma.Register(api, huma.Operation{
		OperationID: "list-waivers", Method: http.MethodGet, Path: path, Tags: []string{tag},
		Summary: "List the waivers of a webinar", Description: "The newest first, revoked ones included.", Errors: forPeople,
	}, s.listWaivers)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-waiver", Method: http.MethodDelete, Path: "/v1/waivers/{id}", Tags: []string{tag}, Summary: "Revoke a waiver",
		Description: "Waiver and reasons stay on record. A completion that is recorded by it stands, as all credit does, unless take_back_credit says otherwise: " +
			"then it is taken back, which the evidence and the audit log tell, and what was watched decides anew. " +
			"Doing it twice is harmless: the first reason stands; credit can be taken back later.",
		DefaultStatus: http.StatusNoContent, Errors: forPeople,
	}, s.revokeWaiver)
}

type waiveInput struct {
	ID   string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Body struct {
		AccountID string `json:"account_id" minLength:"1" maxLength:"100" example:"acc_01jd2v9k3m4n5p6q7r8s9t0v1w"`
		Reason    string `json:"reason" maxLength:"4000" example:"Gave this talk herself."`
	}
}

type revocationBody struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

type waiverBody struct {
	ID        playback.WaiverID `json:"waiver_id" example:"wvr_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	WebinarID catalog.WebinarID `json:"webinar_id"`
	AccountID catalog.AccountID `json:"account_id"`
	Reason    string            `json:"reason"`
	By        string            `json:"by" doc:"Account or token of the administrator."`
	At        time.Time         `json:"at"`
	Revoked   *revocationBody   `json:"revoked,omitempty" doc:"Left out while it stands."`
	Credited  bool              `json:"credited" doc:"A completion is on record by it; also after it was revoked, unless it was taken back."`
}

func waiverOf(w playback.Waiver) waiverBody {
	body := waiverBody{ID: w.ID, WebinarID: w.WebinarID, AccountID: w.AccountID, Reason: w.Reason, By: w.By, At: w.At.UTC(), Credited: w.Credited}
	if r := w.Revoked; r != nil {
		body.Revoked = &revocationBody{At: r.At.UTC(), By: r.By, Reason: r.Reason}
	}
	return body
}

func (s *server) waive(ctx context.Context, in *waiveInput) (*struct{ Body waiverBody }, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := requiredText("reason", in.Body.Reason, "Please say why it is waived: the reason stays on record.")
	if err != nil {
		return nil, err
	}
	w, err := s.Store.Waive(ctx, playback.Waiver{
		WebinarID: catalog.WebinarID(in.ID), AccountID: catalog.AccountID(in.Body.AccountID), Reason: reason,
	})
	if err != nil {
		return nil, err
	}
	return &struct{ Body waiverBody }{waiverOf(w)}, nil
}

type listWaiversInput struct {
	ID string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Paging
	AccountID string `query:"account_id" maxLength:"100" doc:"Only those of this account."`
}

type waiversOutput struct {
	Body struct {
		Items      []waiverBody `json:"items" nullable:"false"`
		NextCursor *string      `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) listWaivers(ctx context.Context, in *listWaiversInput) (*waiversOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Waivers(ctx, catalog.WebinarID(in.ID), catalog.AccountID(in.AccountID), in.request())
	if err != nil {
		return nil, err
	}
	out := &waiversOutput{}
	out.Body.Items, out.Body.NextCursor = []waiverBody{}, orNull(page.NextCursor)
	for _, w := range page.Items {
		out.Body.Items = append(out.Body.Items, waiverOf(w))
	}
	return out, nil
}

type revokeWaiverInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Reason   string `json:"reason" maxLength:"4000" example:"Waived for the wrong doctor."`
		TakeBack bool   `json:"take_back_credit,omitempty" doc:"Take the completion by this waiver back as well."`
	}
}

func (s *server) revokeWaiver(ctx context.Context, in *revokeWaiverInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := requiredText("reason", in.Body.Reason, "Please say why it is revoked.")
	if err != nil {
		return nil, err
	}
	return nil, s.Store.RevokeWaiver(ctx, playback.Revoking{ID: playback.WaiverID(in.ID), Reason: reason, TakeBack: in.Body.TakeBack})
}
