package playbackapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// RuleStore tries rules and keeps what counts for nobody.
type RuleStore interface {
	// PreviewRule tells whose standing a rule would change. catalog.ErrNotFound.
	PreviewRule(ctx context.Context, program catalog.ProgramID, rule catalog.Rule, page catalog.PageRequest) (playback.Preview, error)
	// PreviewExcluded tells it of what is to be excluded. catalog.ErrNotFound, catalog.ErrNotReady, *catalog.FieldError.
	PreviewExcluded(ctx context.Context, webinar catalog.WebinarID, pieces []playback.Excluded, page catalog.PageRequest) (playback.Preview, error)
	// Excluded tells what counts for nobody of a recording; empty: the current one. Errors as above.
	Excluded(ctx context.Context, webinar catalog.WebinarID, recording catalog.RecordingID) (playback.Exclusions, error)
	// SetExcluded makes it the next version. Errors as above.
	SetExcluded(ctx context.Context, webinar catalog.WebinarID, recording catalog.RecordingID, pieces []playback.Excluded, reason string) (playback.Exclusions, error)
}

// registerPreview: administrators see whom a rule would change before they set it.
func (s *server) registerPreview(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "preview-rule", Method: http.MethodPost, Path: "/v1/programs/{id}/rules/preview", Tags: []string{tag},
		Summary: "See whose status a rule would change",
		Description: "Changes nothing. Judges what every doctor has watched by the rule in force and by this one. " +
			"A faster or slower max_rate changes nobody's status: it holds for playback sessions opened later. Send replaces_version = rule_version with the rule that you then set.",
		Errors: forPeople,
	}, s.previewRule)
}

// Paging asks for a piece of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"At most so many items."`
	Cursor string `query:"cursor" maxLength:"400" doc:"next_cursor of the page before."`
}

func (p Paging) request() catalog.PageRequest {
	return catalog.PageRequest{Limit: p.Limit, Cursor: p.Cursor}
}

// orNull is null for the empty string.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type previewRuleInput struct {
	ID string `path:"id" maxLength:"100" doc:"Of the program."`
	Paging
	Body struct {
		ThresholdPercent float64          `json:"threshold_percent" minimum:"0.01" maximum:"100" example:"80"`
		Counts           catalog.Counts   `json:"counts" enum:"live,replay,union"`
		MaxRate          float64          `json:"max_rate,omitempty" minimum:"1" maximum:"2" example:"2" doc:"Taken so that the rule can be sent as it will be set."`
		Rounding         catalog.Rounding `json:"rounding,omitempty" enum:"none,floor,nearest" default:"none"`
	}
}

type standingBody struct {
	State playback.RequirementState `json:"state" enum:"met,unmet,waived"`
	Have  float64                   `json:"have" doc:"Percent of what counts, cut to hundredths."`
	Need  float64                   `json:"need"`
}

type changeBody struct {
	AccountID catalog.AccountID   `json:"account_id"`
	Name      string              `json:"name"`
	Email     string              `json:"email"`
	WebinarID catalog.WebinarID   `json:"webinar_id"`
	Change    playback.ChangeKind `json:"change" enum:"completes,reopens,keeps" doc:"completes: open now, would be completed. reopens: shown as completed by live attendance that is not confirmed yet, would be open. keeps: would not reach it, and keeps the credit that is recorded."`
	Before    standingBody        `json:"before"`
	After     standingBody        `json:"after"`
}

type previewBody struct {
	RuleVersion       int          `json:"rule_version" doc:"In force now."`
	Standings         int          `json:"standings" doc:"How many standings of a doctor with a webinar were looked at."`
	Completes         int          `json:"completes" doc:"How many would be completed."`
	Reopens           int          `json:"reopens" doc:"How many would be open again; none of them is recorded."`
	Keeps             int          `json:"keeps" doc:"How many would not reach it and keep their recorded credit."`
	ProgramsCompleted int          `json:"programs_completed" doc:"Doctors who have completed all webinars of the program now."`
	WouldBeComplete   int          `json:"programs_would_be_completed" doc:"Doctors who would have."`
	Items             []changeBody `json:"items" nullable:"false" doc:"By webinar and enrolment."`
	NextCursor        *string      `json:"next_cursor" doc:"Null on the last page."`
}

type previewOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         previewBody
}

func (s *server) previewRule(ctx context.Context, in *previewRuleInput) (*previewOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	rule := catalog.Rule{
		ThresholdPercent: catalog.Hundredths(in.Body.ThresholdPercent), Counts: in.Body.Counts, MaxRate: in.Body.MaxRate, Rounding: in.Body.Rounding,
	}
	return previewed(s.Store.PreviewRule(ctx, catalog.ProgramID(in.ID), rule, in.request()))
}

func previewed(p playback.Preview, err error) (*previewOutput, error) {
	if err != nil {
		return nil, err
	}
	body := previewBody{
		RuleVersion: p.RuleVersion, Standings: p.Standings, Completes: p.Completes, Reopens: p.Reopens, Keeps: p.Keeps,
		ProgramsCompleted: p.ProgramsCompleted, WouldBeComplete: p.WouldBeComplete, Items: []changeBody{}, NextCursor: orNull(p.Changes.NextCursor),
	}
	for _, c := range p.Changes.Items {
		body.Items = append(body.Items, changeBody{
			AccountID: c.AccountID, Name: c.Name, Email: c.Email, WebinarID: c.WebinarID, Change: c.Kind,
			Before: standingOf(c.Before), After: standingOf(c.After),
		})
	}
	return &previewOutput{CacheControl: noStore, Body: body}, nil
}

func standingOf(r playback.Requirement) standingBody {
	return standingBody{State: r.State, Have: r.Have, Need: r.Need}
}
