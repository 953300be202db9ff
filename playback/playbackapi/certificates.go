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

// CertificateStore lists certificates.
type CertificateStore interface {
	// Certificates lists those of an account and a program; "" for all. The newest first.
	Certificates(ctx context.Context, account catalog.AccountID, program catalog.ProgramID, page catalog.PageRequest) (catalog.Page[playback.Certificate], error)
}

// registerCertificates: doctors see their own, learning systems those they are told of.
func (s *server) registerCertificates(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-certificates", Method: http.MethodGet, Path: "/v1/certificates", Tags: []string{tag}, Summary: "List certificates that were issued",
		Description: "A doctor's own; admins see everybody's. One is issued in the moment in which the rule of a program is met: each of its webinars is completed or waived. " +
			"It stays when the program grows or credit is taken back. The newest first.",
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.listCertificates)
}

type certificatesInput struct {
	Paging
	AccountID string `query:"account_id" maxLength:"100" doc:"For admins: only those of this account."`
	ProgramID string `query:"program_id" maxLength:"100" doc:"Only those of this program."`
}

type certificateBody struct {
	ID          playback.CertificateID `json:"certificate_id" example:"crt_019ab3c4d5e66f1c2a9d0e8b47"`
	EnrolmentID catalog.EnrolmentID    `json:"enrolment_id"`
	AccountID   catalog.AccountID      `json:"account_id"`
	ProgramID   catalog.ProgramID      `json:"program_id"`
	Title       string                 `json:"title" example:"Certificate in Cardiology" doc:"Of the program."`
	IssuedAt    time.Time              `json:"issued_at"`
}

type certificatesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []certificateBody `json:"items" nullable:"false"`
		NextCursor *string           `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) listCertificates(ctx context.Context, in *certificatesInput) (*certificatesOutput, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	account := catalog.AccountID(in.AccountID)
	if !who.Admin() {
		if account != "" && account != who.AccountID || who.AccountID == "" {
			return nil, catalog.ErrForbidden
		}
		account = who.AccountID
	}
	page, err := s.Store.Certificates(ctx, account, catalog.ProgramID(in.ProgramID), in.request())
	if err != nil {
		return nil, err
	}
	out := &certificatesOutput{CacheControl: noStore}
	out.Body.Items, out.Body.NextCursor = []certificateBody{}, orNull(page.NextCursor)
	for _, c := range page.Items {
		out.Body.Items = append(out.Body.Items, certificateBody{c.ID, c.EnrolmentID, c.AccountID, c.ProgramID, c.Title, c.IssuedAt.UTC()})
	}
	return out, nil
}
