package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// Rule implements player.Rules.
func (p *pages) Rule(ctx context.Context, programID string) (player.Rule, error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return player.Rule{}, pageErrorOf(ctx, err)
	}
	program, err := p.store.Program(ctx, who, catalog.ProgramID(programID))
	r := program.Rule
	return player.Rule{
		Version: r.Version, ThresholdPercent: r.ThresholdPercent, Counts: string(r.Counts), MaxRate: r.MaxRate, Rounding: string(r.Rounding),
	}, pageErrorOf(ctx, err)
}

func ruleFields(r player.Rule) map[string]any {
	return map[string]any{"threshold_percent": r.ThresholdPercent, "counts": r.Counts, "max_rate": r.MaxRate, "rounding": r.Rounding}
}

// PreviewRule implements player.Rules.
func (p *pages) PreviewRule(ctx context.Context, programID string, r player.Rule) (player.Preview, error) {
	return p.previewed(ctx, "/v1/programs/"+url.PathEscape(programID)+"/rules/preview", ruleFields(r))
}

// SetRule implements player.Rules.
func (p *pages) SetRule(ctx context.Context, programID string, r player.Rule) error {
	body := ruleFields(r)
	body["note"] = r.Note
	if r.Version > 0 {
		body["replaces_version"] = r.Version
	}
	return p.post(ctx, "/v1/programs/"+url.PathEscape(programID)+"/rules", body, nil)
}

// previewed asks for a preview and adds the webinars' titles.
func (p *pages) previewed(ctx context.Context, path string, body any) (player.Preview, error) {
	type standing struct{ Have float64 }
	var got struct {
		Completes, Reopens, Keeps int
		ProgramsCompleted         int `json:"programs_completed"`
		WouldBeCompleted          int `json:"programs_would_be_completed"`
		Items                     []struct {
			AccountID     string `json:"account_id"`
			Name, Email   string
			WebinarID     string `json:"webinar_id"`
			Change        string
			Before, After standing
		}
		NextCursor *string `json:"next_cursor"`
	}
	if err := p.post(ctx, path+"?limit=100", body, &got); err != nil {
		return player.Preview{}, err
	}
	view := player.Preview{
		Completes: got.Completes, Reopens: got.Reopens, Keeps: got.Keeps,
		ProgramsBefore: got.ProgramsCompleted, ProgramsAfter: got.WouldBeCompleted, More: got.NextCursor != nil,
	}
	titles := map[string]string{}
	for _, item := range got.Items {
		if _, known := titles[item.WebinarID]; !known {
			titles[item.WebinarID] = p.webinarTitle(ctx, item.WebinarID)
		}
		view.Changes = append(view.Changes, player.PreviewChange{
			Name: item.Name, Email: item.Email, AccountID: item.AccountID, Webinar: titles[item.WebinarID],
			Change: item.Change, Before: item.Before.Have, After: item.After.Have,
		})
	}
	return view, nil
}

func (p *pages) webinarTitle(ctx context.Context, id string) string {
	webinar, err := p.store.Webinar(ctx, identity.FromContext(ctx), catalog.WebinarID(id))
	if err != nil {
		return id
	}
	return webinar.Title
}

// excludedRange is a stretch in the API's JSON.
type excludedRange struct {
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	Label string  `json:"label"`
}

func excludedRanges(x player.Excluded) []excludedRange {
	ranges := make([]excludedRange, 0, len(x.Ranges))
	for _, r := range x.Ranges {
		ranges = append(ranges, excludedRange(r))
	}
	return ranges
}

// Excluded implements player.Rules.
func (p *pages) Excluded(ctx context.Context, webinarID string) (player.Excluded, error) {
	answer, err := p.do(ctx, http.MethodGet, webinarPath(webinarID)+"/excluded_ranges", nil, "")
	if err != nil {
		return player.Excluded{}, err
	}
	var got struct{ Ranges []excludedRange }
	if err := json.Unmarshal(answer.body.Bytes(), &got); err != nil {
		return player.Excluded{}, err
	}
	var view player.Excluded
	for _, r := range got.Ranges {
		view.Ranges = append(view.Ranges, player.ExcludedRange(r))
	}
	return view, nil
}

// PreviewExcluded implements player.Rules.
func (p *pages) PreviewExcluded(ctx context.Context, webinarID string, x player.Excluded) (player.Preview, error) {
	return p.previewed(ctx, webinarPath(webinarID)+"/excluded_ranges/preview", map[string]any{"ranges": excludedRanges(x)})
}

// SetExcluded implements player.Rules.
func (p *pages) SetExcluded(ctx context.Context, webinarID string, x player.Excluded) error {
	_, err := p.do(ctx, http.MethodPut, webinarPath(webinarID)+"/excluded_ranges",
		map[string]any{"ranges": excludedRanges(x), "reason": x.Reason}, "")
	return err
}
