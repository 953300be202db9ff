package catalogapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// InvitationStore keeps invitations.
type InvitationStore interface {
	// CreateInvitations stores them; with link those with an address are mailed.
	CreateInvitations(ctx context.Context, program catalog.ProgramID, fresh []identity.FreshInvitation, expires *time.Time, link func(code string) string) error
	Invitations(ctx context.Context, program catalog.ProgramID, p catalog.PageRequest) (catalog.Page[identity.Invitation], error)
}

func (s *server) registerInvitations() {
	const in = "/v1/programs/{id}/invitations"
	create := s.creating(operation("create-invitations", http.MethodPost, in, tagPeople,
		"Mint invitation codes: a number of them, or one for each address of a list or a CSV", http.StatusCreated, forMakers...))
	create.Middlewares = append(huma.Middlewares{s.emailsFromCSV}, create.Middlewares...)
	create.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}, Example: "email\nana.lopez@hospital.org\n"},
	}}
	huma.Register(s.api, create, s.createInvitations)
	huma.Register(s.api, operation("list-invitations", http.MethodGet, in, tagPeople,
		"List the invitations to a program, without their codes", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.listInvitations)
}

// maxInvitations bounds one request.
const maxInvitations = 20_000

// invitationLife is how long an invitation is good for when nobody says.
const invitationLife = 90 * 24 * time.Hour

type newInvitationsBody struct {
	Count     int        `json:"count,omitempty" minimum:"1" maximum:"20000" example:"10" doc:"So many codes that anybody may use. Give this or emails."`
	Emails    []string   `json:"emails,omitempty" maxItems:"20000" nullable:"false" doc:"One code for each address, which only it may use."`
	Domain    string     `json:"domain,omitempty" maxLength:"255" example:"hospital.org" doc:"With count: only addresses of this e-mail domain, exactly, may use the codes."`
	Send      *bool      `json:"send,omitempty" doc:"Whether codes bound to an address are mailed to it. Left out: true."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Left out: in 90 days."`
}

type freshInvitationBody struct {
	ID        catalog.InvitationID `json:"id"`
	Code      string               `json:"code" example:"7K3M-0ZQX-H2RD-9WVB" doc:"It is shown here and never again."`
	Email     string               `json:"email,omitempty"`
	Domain    string               `json:"domain,omitempty"`
	ExpiresAt time.Time            `json:"expires_at"`
}

func (s *server) createInvitations(ctx context.Context, in *struct {
	ProgramPath
	Body newInvitationsBody
},
) (*listed[freshInvitationBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	expires, err := invitationEnd(in.Body.ExpiresAt, time.Now())
	if err != nil {
		return nil, err
	}
	fresh, err := in.Body.mint()
	if err != nil {
		return nil, err
	}
	var link func(string) string
	if in.Body.Send == nil || *in.Body.Send {
		link = func(code string) string { return s.BaseURL + "/register?code=" + url.QueryEscape(code) }
	}
	err = s.Store.CreateInvitations(ctx, in.ID, fresh, &expires, link)
	return listOf(catalog.Page[identity.FreshInvitation]{Items: fresh}, func(f identity.FreshInvitation) freshInvitationBody {
		return freshInvitationBody{ID: f.ID, Code: f.Code, Email: f.Email, Domain: f.Domain, ExpiresAt: expires}
	}, err)
}

func invitationEnd(asked *time.Time, now time.Time) (time.Time, error) {
	if asked == nil {
		return now.Add(invitationLife).UTC().Truncate(time.Second), nil
	}
	end, err := checkedTime("expires_at", asked)
	if err != nil {
		return now, err
	}
	if !end.After(now) {
		return now, &catalog.FieldError{Field: "expires_at", Code: "invalid_time", Message: "Please give a time in the future."}
	}
	return *end, nil
}

// mint makes the codes that were asked for. Addresses given twice get one.
func (b newInvitationsBody) mint() ([]identity.FreshInvitation, error) {
	if (b.Count > 0) == (len(b.Emails) > 0) {
		return nil, catalog.Invalid("count", "Please give either count or emails.")
	}
	if b.Count > 0 {
		return b.mintUnnamed()
	}
	if b.Domain != "" {
		return nil, catalog.Invalid("domain", "Please give a domain with count only: codes for emails are bound to them.")
	}
	var addresses []string
	for i, email := range b.Emails {
		normal, err := identity.NormalEmail(email)
		if err != nil {
			return nil, badAddress(i, err)
		}
		addresses = append(addresses, normal)
	}
	return mintFor(slices.Compact(slices.Sorted(slices.Values(addresses)))), nil
}

// mintUnnamed makes codes for anybody, or for anybody of one domain.
func (b newInvitationsBody) mintUnnamed() ([]identity.FreshInvitation, error) {
	fresh := mintFor(make([]string, b.Count))
	if b.Domain == "" {
		return fresh, nil
	}
	domains, err := identity.CleanDomains("domain", []string{b.Domain})
	if err != nil {
		return nil, err
	}
	for i := range fresh {
		fresh[i].Domain = domains[0]
	}
	return fresh, nil
}

// mintFor makes one code for each address; an empty one binds to nobody.
func mintFor(addresses []string) []identity.FreshInvitation {
	fresh := make([]identity.FreshInvitation, len(addresses))
	for i, email := range addresses {
		fresh[i] = identity.MintInvitation(email)
	}
	return fresh
}

type invitationBody struct {
	ID        catalog.InvitationID `json:"id"`
	Email     string               `json:"email,omitempty"`
	Domain    string               `json:"domain,omitempty"`
	Via       string               `json:"via"`
	CreatedAt time.Time            `json:"created_at"`
	ExpiresAt *time.Time           `json:"expires_at" nullable:"true"`
	UsedBy    catalog.AccountID    `json:"used_by,omitempty"`
	UsedAt    *time.Time           `json:"used_at" nullable:"true"`
}

func invitationOf(i identity.Invitation) invitationBody {
	return invitationBody{ID: i.ID, Email: i.Email, Domain: i.Domain, Via: i.Via, CreatedAt: i.CreatedAt.UTC(), ExpiresAt: utc(i.ExpiresAt), UsedBy: i.UsedBy, UsedAt: utc(i.UsedAt)}
}

func (s *server) listInvitations(ctx context.Context, in *struct {
	ProgramPath
	Paging
},
) (*listed[invitationBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.Invitations(ctx, in.ID, in.request())
	return listOf(page, invitationOf, err)
}
