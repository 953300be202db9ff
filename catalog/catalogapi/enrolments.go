package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// EnrolmentStore keeps who takes part in which program.
type EnrolmentStore interface {
	// Join redeems an invitation for somebody registered.
	Join(ctx context.Context, invitation []byte, account catalog.AccountID) (catalog.Enrolment, error)
	Enrol(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) (catalog.Enrolment, error)
	Enrolments(ctx context.Context, program catalog.ProgramID, p catalog.PageRequest) (catalog.Page[catalog.Enrolment], error)
	EnrolmentsOf(ctx context.Context, account catalog.AccountID) ([]catalog.Enrolment, error)
	// EndEnrolment is idempotent; catalog.ErrNotFound when the account was never enrolled.
	EndEnrolment(ctx context.Context, program catalog.ProgramID, account catalog.AccountID, reason string) error
}

func (s *server) registerEnrolments() {
	const in = "/v1/programs/{id}/enrolments"
	huma.Register(s.api, s.creating(operation("join-program", http.MethodPost, "/v1/enrolments", tagPeople,
		"Join another program with an invitation code", http.StatusCreated, forMakers...)), s.join)
	huma.Register(s.api, s.creating(operation("enrol", http.MethodPost, in, tagPeople,
		"Enrol an account in a program", http.StatusCreated, forMakers...)), s.enrol)
	huma.Register(s.api, operation("list-enrolments", http.MethodGet, in, tagPeople,
		"List who takes part in a program", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.listEnrolments)
	huma.Register(s.api, operation("end-enrolment", http.MethodPost, in+"/{account_id}/end", tagPeople,
		"Take an account out of a program", http.StatusNoContent, append(forAdmins, http.StatusNotFound, http.StatusUnprocessableEntity)...), s.endEnrolment)
}

type enrolmentBody struct {
	ID        catalog.EnrolmentID `json:"id"`
	ProgramID catalog.ProgramID   `json:"program_id"`
	AccountID catalog.AccountID   `json:"account_id"`
	Via       string              `json:"via" example:"invitation"`
	CreatedAt time.Time           `json:"created_at"`
}

func enrolmentOf(e catalog.Enrolment) enrolmentBody {
	body := enrolmentBody(e)
	body.CreatedAt = e.CreatedAt.UTC()
	return body
}

type enrolmentAnswer struct{ Body enrolmentBody }

func enrolmentAnswered(e catalog.Enrolment, err error) (*enrolmentAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &enrolmentAnswer{Body: enrolmentOf(e)}, nil
}

func (s *server) join(ctx context.Context, in *struct {
	Body struct {
		InvitationCode string `json:"invitation_code" maxLength:"100" example:"7K3M-0ZQX-H2RD-9WVB"`
	}
},
) (*enrolmentAnswer, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	if who.AccountID == "" {
		return nil, catalog.ErrForbidden // a machine takes no course
	}
	var joined catalog.Enrolment
	err = s.guarded(ctx, func() (err error) {
		hash, ok := identity.HashInvitationCode(in.Body.InvitationCode)
		if !ok {
			return identity.ErrInvitationInvalid
		}
		joined, err = s.Store.Join(ctx, hash, who.AccountID)
		return err
	})
	return enrolmentAnswered(joined, err)
}

func (s *server) enrol(ctx context.Context, in *struct {
	ProgramPath
	Body struct {
		AccountID catalog.AccountID `json:"account_id" maxLength:"100"`
	}
},
) (*enrolmentAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return enrolmentAnswered(s.Store.Enrol(ctx, in.ID, in.Body.AccountID))
}

func (s *server) listEnrolments(ctx context.Context, in *struct {
	ProgramPath
	Paging
},
) (*listed[enrolmentBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Enrolments(ctx, in.ID, in.request())
	return listOf(page, enrolmentOf, err)
}

// endEnrolment stops keys and playing at once; what was watched stays on record.
// Enrolling the account again lifts it.
func (s *server) endEnrolment(ctx context.Context, in *struct {
	ProgramPath
	AccountID catalog.AccountID `path:"account_id" maxLength:"100"`
	Body      struct {
		Reason string `json:"reason" maxLength:"4000" example:"Left the hospital."`
	}
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason, err := catalog.CleanText("reason", in.Body.Reason, 2000)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.EndEnrolment(ctx, in.ID, in.AccountID, reason)
}
