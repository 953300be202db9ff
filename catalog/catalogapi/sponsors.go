package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/figures"
	"rounds/catalog/identity"
)

// SponsorStore keeps who sees which figures, and counts them. What a sponsor
// may not see does not exist for her.
type SponsorStore interface {
	AddSponsor(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) error
	RemoveSponsor(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) error
	SponsoredPrograms(ctx context.Context, who identity.Principal) ([]identity.Participation, error)
	SponsorFigures(ctx context.Context, who identity.Principal, program catalog.ProgramID) (figures.Report, error)
	SponsorContacts(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (catalog.Page[identity.Contact], error)
}

const tagSponsor = "Sponsors"

func (s *server) registerSponsors() {
	const one = "/v1/programs/{id}/sponsors/{account_id}"
	reading := append(forAdmins, http.StatusNotFound)
	huma.Register(s.api, operation("add-sponsor", http.MethodPut, one, tagSponsor, "Let an account that has the role see the figures of a program", http.StatusNoContent, reading...), s.addSponsor)
	huma.Register(s.api, operation("remove-sponsor", http.MethodDelete, one, tagSponsor, "Take that back", http.StatusNoContent, reading...), s.removeSponsor)
	huma.Register(s.api, operation("list-sponsored-programs", http.MethodGet, "/v1/sponsor/programs", tagSponsor, "List the programs whose figures you may see", http.StatusOK, forAdmins...), s.sponsored)
	figuresOf := operation("sponsor-figures", http.MethodGet, "/v1/programs/{id}/sponsor_figures", tagSponsor, "Tell how many have registered, are active and have completed", http.StatusOK, reading...)
	figuresOf.Description = "By course, country, speciality and week, counted once a week. A count under 5 is null, and so are others from which it would follow."
	huma.Register(s.api, figuresOf, s.sponsorFigures)
	huma.Register(s.api, operation("sponsor-contacts", http.MethodGet, "/v1/programs/{id}/sponsor_contacts", tagSponsor,
		"List the doctors who have agreed that sponsors know them, and nobody else; it is audited", http.StatusOK, reading...), s.sponsorContacts)
}

type sponsorPath struct {
	ProgramPath
	AccountID catalog.AccountID `path:"account_id" maxLength:"100"`
}

func (s *server) addSponsor(ctx context.Context, in *sponsorPath) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.AddSponsor(ctx, in.ID, in.AccountID)
}

func (s *server) removeSponsor(ctx context.Context, in *sponsorPath) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return nil, s.Store.RemoveSponsor(ctx, in.ID, in.AccountID)
}

type sponsoredBody struct {
	ProgramID catalog.ProgramID `json:"program_id"`
	Title     string            `json:"title"`
}

func (s *server) sponsored(ctx context.Context, _ *struct{}) (*listed[sponsoredBody], error) {
	who, err := identity.RequireRole(ctx, identity.RoleSponsor)
	if err != nil {
		return nil, err
	}
	programs, err := s.Store.SponsoredPrograms(ctx, who)
	return listOf(catalog.Page[identity.Participation]{Items: programs}, func(p identity.Participation) sponsoredBody { return sponsoredBody{p.ProgramID, p.Title} }, err)
}

// figuresLine is one line of a table; null is hidden.
type figuresLine struct {
	Name       string `json:"name" example:"PT"`
	Registered *int   `json:"registered" nullable:"true" example:"140"`
	Active     *int   `json:"active" nullable:"true" example:"96" doc:"Have watched something, live or recorded."`
	Completed  *int   `json:"completed" nullable:"true" example:"31"`
}

func figuresLineOf(l figures.Line) figuresLine {
	return figuresLine{l.Name, l.Cells[figures.Registered], l.Cells[figures.Active], l.Cells[figures.Completed]}
}

func figuresLines(lines []figures.Line) []figuresLine {
	out := make([]figuresLine, 0, len(lines))
	for _, l := range lines {
		out = append(out, figuresLineOf(l))
	}
	return out
}

type figuresAnswer struct {
	Body struct {
		AsOf         time.Time     `json:"as_of" doc:"Everything before this is in it: the last Monday, 00:00 UTC."`
		Least        int           `json:"least" example:"5" doc:"Smaller counts are hidden, and others from which they would follow."`
		Total        figuresLine   `json:"total"`
		Courses      []figuresLine `json:"courses" nullable:"false" doc:"In the order of the program; they overlap, so they add up to nothing."`
		Countries    []figuresLine `json:"countries" nullable:"false" doc:"ISO 3166-1 alpha-2; without a name: not told."`
		Specialities []figuresLine `json:"specialities" nullable:"false"`
		Weeks        []figuresLine `json:"weeks" nullable:"false" doc:"Named by their Monday: in which people registered, were active first, and completed."`
	}
}

func (s *server) sponsorFigures(ctx context.Context, in *ProgramPath) (*figuresAnswer, error) {
	who, err := identity.RequireRole(ctx, identity.RoleSponsor)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.SponsorFigures(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	answer := new(figuresAnswer)
	body := &answer.Body
	body.AsOf, body.Least, body.Total = r.AsOf.UTC(), figures.Least, figuresLineOf(r.Total)
	body.Courses, body.Countries = figuresLines(r.Courses), figuresLines(r.Countries)
	body.Specialities, body.Weeks = figuresLines(r.Specialities), figuresLines(r.Weeks)
	return answer, nil
}

type contactBody struct {
	Name        string    `json:"name"`
	Country     string    `json:"country"`
	Speciality  string    `json:"speciality"`
	TextVersion string    `json:"text_version" doc:"Of the text she has agreed to."`
	At          time.Time `json:"agreed_at"`
}

func (s *server) sponsorContacts(ctx context.Context, in *struct {
	ProgramPath
	Paging
},
) (*listed[contactBody], error) {
	who, err := identity.RequireRole(ctx, identity.RoleSponsor)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.SponsorContacts(ctx, who, in.ID, in.request())
	return listOf(page, func(c identity.Contact) contactBody {
		return contactBody{c.Name, c.Country, c.Speciality, c.TextVersion, c.At.UTC()}
	}, err)
}
