package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rounds/player"
)

// SponsoredPrograms implements player.Sponsoring.
func (p *pages) SponsoredPrograms(ctx context.Context) ([]player.SponsoredProgram, error) {
	var list struct {
		Items []struct {
			ProgramID string `json:"program_id"`
			Title     string `json:"title"`
		} `json:"items"`
	}
	err := p.get(ctx, "/v1/sponsor/programs", &list)
	programs := make([]player.SponsoredProgram, 0, len(list.Items))
	for _, x := range list.Items {
		programs = append(programs, player.SponsoredProgram{ID: x.ProgramID, Title: x.Title})
	}
	return programs, err
}

// Figures implements player.Sponsoring.
func (p *pages) Figures(ctx context.Context, programID string) (f player.Figures, err error) {
	programs, err := p.SponsoredPrograms(ctx)
	if err != nil {
		return f, err
	}
	i := slices.IndexFunc(programs, func(x player.SponsoredProgram) bool { return x.ID == programID })
	if i < 0 {
		return f, player.ErrNotFound
	}
	type line struct {
		Name                          string
		Registered, Active, Completed *int
	}
	var told struct {
		AsOf                                    time.Time `json:"as_of"`
		Least                                   int
		Total                                   line
		Courses, Countries, Specialities, Weeks []line
	}
	path := "/v1/programs/" + url.PathEscape(programID)
	if err := p.get(ctx, path+"/sponsor_figures", &told); err != nil {
		return f, err
	}
	lines := func(of []line) (out []player.FiguresLine) {
		for _, l := range of {
			out = append(out, player.FiguresLine(l))
		}
		return out
	}
	f = player.Figures{
		Title: programs[i].Title, AsOf: told.AsOf, Least: told.Least, Total: player.FiguresLine(told.Total),
		Courses: lines(told.Courses), Countries: lines(told.Countries), Specialities: lines(told.Specialities), Weeks: lines(told.Weeks),
	}
	contacts, err := listAll[struct{ Name, Country, Speciality string }](ctx, p, path+"/sponsor_contacts", url.Values{})
	for _, c := range contacts {
		f.Contacts = append(f.Contacts, player.Contact(c))
	}
	return f, err
}

// Consents implements player.OwnData.
func (p *pages) Consents(ctx context.Context) ([]player.ConsentChoice, []player.ConsentDecision, error) {
	var told struct {
		Open []struct {
			Purpose     string `json:"purpose"`
			TextVersion string `json:"text_version"`
			Granted     bool   `json:"granted"`
		} `json:"open"`
		Items []struct {
			Purpose     string    `json:"purpose"`
			TextVersion string    `json:"text_version"`
			Granted     bool      `json:"granted"`
			At          time.Time `json:"at"`
		} `json:"items"`
	}
	if err := p.get(ctx, "/v1/me/consents", &told); err != nil {
		return nil, nil, err
	}
	var choices []player.ConsentChoice
	for _, c := range told.Open {
		choices = append(choices, player.ConsentChoice(c))
	}
	var decisions []player.ConsentDecision
	for _, c := range told.Items {
		decisions = append(decisions, player.ConsentDecision(c))
	}
	return choices, decisions, nil
}

// DecideConsent implements player.OwnData.
func (p *pages) DecideConsent(ctx context.Context, purpose, textVersion string, granted bool) error {
	return p.post(ctx, "/v1/me/consents", map[string]any{"purpose": purpose, "text_version": textVersion, "granted": granted}, nil)
}

type erasureAnswer struct {
	ID        string    `json:"id"`
	AccountID string    `json:"account_id"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Note      string    `json:"note"`
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"created_at"`
}

// Erasure implements player.OwnData.
func (p *pages) Erasure(ctx context.Context) (*player.Erasure, error) {
	var told erasureAnswer
	err := p.get(ctx, "/v1/me/erasure_request", &told)
	if errors.Is(err, player.ErrNotFound) {
		return nil, nil //nolint:nilnil // she never asked
	}
	if err != nil {
		return nil, err
	}
	e := player.Erasure(told)
	return &e, nil
}

// AskErasure implements player.OwnData.
func (p *pages) AskErasure(ctx context.Context, note string) error {
	return p.post(ctx, "/v1/me/erasure_request", map[string]string{"note": note}, nil)
}

// WithdrawErasure implements player.OwnData.
func (p *pages) WithdrawErasure(ctx context.Context) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/me/erasure_request", nil, "")
	return err
}

// OpenErasures implements player.OwnData.
func (p *pages) OpenErasures(ctx context.Context) ([]player.Erasure, error) {
	open, err := listAll[erasureAnswer](ctx, p, "/v1/erasure_requests", url.Values{"state": {"open"}})
	requests := make([]player.Erasure, 0, len(open))
	for _, r := range open {
		requests = append(requests, player.Erasure(r))
	}
	return requests, err
}

// Erase implements player.OwnData.
func (p *pages) Erase(ctx context.Context, accountID, reason string) error {
	return p.post(ctx, "/v1/accounts/"+url.PathEscape(accountID)+"/erase", because(reason), nil)
}

// RefuseErasure implements player.OwnData.
func (p *pages) RefuseErasure(ctx context.Context, id, reason string) error {
	return p.post(ctx, "/v1/erasure_requests/"+url.PathEscape(id)+"/refuse", because(reason), nil)
}
