package catalogapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// RehearsalStore keeps what presenters try everything with.
type RehearsalStore interface {
	// Rehearsal is an account's own. catalog.ErrNotFound when it has none.
	Rehearsal(ctx context.Context, account catalog.AccountID) (catalog.Rehearsal, error)
	// Rehearse is Rehearsal, and makes it when there is none.
	Rehearse(ctx context.Context, account catalog.AccountID, title string) (catalog.Rehearsal, error)
	// EndRehearsal removes it; idempotent.
	EndRehearsal(ctx context.Context, account catalog.AccountID) error
}

func (s *server) registerRehearsals() {
	const own = "/v1/me/rehearsal"
	forPresenters := []int{http.StatusUnauthorized, http.StatusForbidden}
	get := operation("get-rehearsal", http.MethodGet, own, tagUpload, "Read your rehearsal", http.StatusOK, append(forPresenters, http.StatusNotFound)...)
	get.Description = "404 when you have none."
	huma.Register(s.api, get, s.getRehearsal)
	start := operation("start-rehearsal", http.MethodPost, own, tagUpload, "Make or reopen your rehearsal", http.StatusOK, forPresenters...)
	start.Description = "For presenters: a webinar to try everything with. Upload a recording to it and play it, with resume, as doctors do. " +
		"Only you and administrators see it: it is in no list, credits nothing, and is removed by itself with its recordings. One a person; asking again gives the same."
	huma.Register(s.api, start, s.startRehearsal)
	end := operation("end-rehearsal", http.MethodDelete, own, tagUpload, "Remove your rehearsal now", http.StatusNoContent, forPresenters...)
	end.Description = "Nothing of it can be played from then on. Doing it twice is harmless."
	huma.Register(s.api, end, s.endRehearsal)
}

type rehearsalAnswer struct {
	Body struct {
		WebinarID catalog.WebinarID `json:"webinar_id" doc:"Upload to it, and play it, like any other."`
		ProgramID catalog.ProgramID `json:"program_id"`
		CreatedAt time.Time         `json:"created_at"`
		RemovedAt time.Time         `json:"removed_at" doc:"When it will be removed by itself."`
	}
}

func (s *server) rehearsalAnswered(r catalog.Rehearsal, err error) (*rehearsalAnswer, error) {
	if err != nil {
		return nil, err
	}
	a := &rehearsalAnswer{}
	a.Body.WebinarID, a.Body.ProgramID, a.Body.CreatedAt = r.WebinarID, r.ProgramID, r.CreatedAt.UTC()
	a.Body.RemovedAt = r.CreatedAt.Add(s.RehearsalLife).UTC()
	return a, nil
}

// rehearser is who may have a rehearsal: a person who presents.
func rehearser(ctx context.Context) (identity.Principal, error) {
	who, err := identity.RequireRole(ctx, identity.RolePresenter)
	if err == nil && who.AccountID == "" {
		err = catalog.ErrForbidden
	}
	return who, err
}

func (s *server) getRehearsal(ctx context.Context, _ *struct{}) (*rehearsalAnswer, error) {
	who, err := rehearser(ctx)
	if err != nil {
		return nil, err
	}
	return s.rehearsalAnswered(s.Store.Rehearsal(ctx, who.AccountID))
}

func (s *server) startRehearsal(ctx context.Context, in *struct {
	Body *struct {
		Title string `json:"title,omitempty" maxLength:"600" example:"Rehearsal" doc:"Of the webinar, in your language; default: Rehearsal."`
	}
},
) (*rehearsalAnswer, error) {
	who, err := rehearser(ctx)
	if err != nil {
		return nil, err
	}
	title := ""
	if in.Body != nil {
		if title, err = catalog.CleanLine("title", in.Body.Title, 100, false); err != nil {
			return nil, err
		}
	}
	return s.rehearsalAnswered(s.Store.Rehearse(ctx, who.AccountID, cmp.Or(title, "Rehearsal")))
}

func (s *server) endRehearsal(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who, err := rehearser(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.EndRehearsal(ctx, who.AccountID)
}
