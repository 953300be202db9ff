package main

import (
	"context"
	"net/url"
	"slices"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/qoe"
	"rounds/player"
)

// Quality implements player.AdminReading.
func (p *pages) Quality(ctx context.Context, asked player.QualityQuery) (player.Quality, error) {
	program, webinars, err := p.WebinarChoices(ctx, asked.ProgramID)
	if err != nil {
		return player.Quality{}, err
	}
	board := player.Quality{Program: program, Choices: webinars}
	id, span := catalog.ProgramID(asked.ProgramID), spanOf(asked)
	q, err := p.qualityOf(ctx, asked, span)
	if err != nil {
		return board, pageErrorOf(ctx, err)
	}
	board.All, board.Country, board.Network, board.Device = qualityRow(qoe.Group{Figures: q.All}), qualityRows(q.Country), qualityRows(q.Network), qualityRows(q.Device)
	board.Browser, board.Engine = qualityRows(q.Browser), qualityRows(q.Engine)
	for _, e := range q.Errors {
		board.Errors = append(board.Errors, player.QualityError(e))
	}
	groups, err := p.progress.WebinarsQuality(ctx, id, span)
	if err != nil {
		return board, pageErrorOf(ctx, err)
	}
	board.Webinars = webinarRows(groups, webinars, asked.WebinarID)
	board.Reports, err = p.progress.OpenPlayReports(ctx, reportsOf(asked))
	return board, pageErrorOf(ctx, err)
}

// qualityOf are the figures of a program, or of one webinar of it.
func (p *pages) qualityOf(ctx context.Context, asked player.QualityQuery, span qoe.Span) (qoe.Quality, error) {
	if asked.WebinarID != "" {
		return p.progress.WebinarQuality(ctx, catalog.WebinarID(asked.WebinarID), span)
	}
	return p.progress.ProgramQuality(ctx, catalog.ProgramID(asked.ProgramID), span)
}

func spanOf(asked player.QualityQuery) (span qoe.Span) {
	if asked.Since != nil {
		span.Since = *asked.Since
	}
	if asked.Before != nil {
		span.Before = *asked.Before
	}
	return span
}

func reportsOf(asked player.QualityQuery) playback.PlayReportFilter {
	span := spanOf(asked)
	return playback.PlayReportFilter{Program: catalog.ProgramID(asked.ProgramID), Webinar: catalog.WebinarID(asked.WebinarID), Since: span.Since, Before: span.Before}
}

// WebinarChoices implements player.Reporting: the webinars as the program orders them.
func (p *pages) WebinarChoices(ctx context.Context, programID string) (title string, choices []player.Option, err error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return "", nil, pageErrorOf(ctx, err)
	}
	id := catalog.ProgramID(programID)
	program, err := p.store.Program(ctx, who, id)
	if err != nil {
		return "", nil, pageErrorOf(ctx, err)
	}
	courses, err := p.store.Courses(ctx, who, id, everything)
	if err != nil {
		return "", nil, pageErrorOf(ctx, err)
	}
	for _, course := range courses.Items {
		webinars, err := p.store.Webinars(ctx, who, course.ID, everything)
		if err != nil {
			return "", nil, pageErrorOf(ctx, err)
		}
		for _, w := range webinars.Items {
			choices = append(choices, player.Option{Value: string(w.ID), Label: w.Title})
		}
	}
	return program.Title, choices, nil
}

// webinarRows are the webinars that were played, in the program's order; only
// one of them unless it is empty.
func webinarRows(groups []qoe.Group, webinars []player.Option, only string) []player.QualityRow {
	var rows []player.QualityRow
	for _, w := range webinars {
		i := slices.IndexFunc(groups, func(g qoe.Group) bool { return g.Name == w.Value })
		if i < 0 || only != "" && only != w.Value {
			continue
		}
		row := qualityRow(groups[i])
		row.Name = w.Label
		rows = append(rows, row)
	}
	return rows
}

func qualityRows(groups []qoe.Group) []player.QualityRow {
	rows := make([]player.QualityRow, 0, len(groups))
	for _, g := range groups {
		rows = append(rows, qualityRow(g))
	}
	return rows
}

func qualityRow(g qoe.Group) player.QualityRow {
	row := player.QualityRow{Name: g.Name, Views: g.Views, RebufferRatio: g.RebufferRatio(), Exits: g.Exits, Failures: g.Failures}
	if g.StartupP50MS != nil && g.StartupP95MS != nil {
		row.StartupP50S, row.StartupP95S = float64(*g.StartupP50MS)/1000, float64(*g.StartupP95MS)/1000
	}
	return row
}

// PlayReports implements player.Reporting.
func (p *pages) PlayReports(ctx context.Context, asked player.QualityQuery, state, cursor string) (reports []player.PlayReport, next string, err error) {
	query := url.Values{"limit": {"50"}}
	for name, value := range map[string]string{"program_id": asked.ProgramID, "webinar_id": asked.WebinarID, "state": state} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, at := range map[string]*time.Time{"since": asked.Since, "before": asked.Before} {
		if at != nil {
			query.Set(name, at.UTC().Format(time.RFC3339))
		}
	}
	type report struct {
		ID           string    `json:"id"`
		At           time.Time `json:"at"`
		AccountID    string    `json:"account_id"`
		Name         string    `json:"name"`
		Email        string    `json:"email"`
		WebinarTitle string    `json:"webinar_title"`
		SessionID    string    `json:"session_id"`
		PositionS    *float64  `json:"position_s"`
		Code         string    `json:"code"`
		Device       string    `json:"device"`
		Browser      string    `json:"browser"`
		Reference    string    `json:"reference"`
		State        string    `json:"state"`
	}
	answers, next, err := listOnce[report](ctx, p, "/v1/play_reports", query, cursor)
	for _, a := range answers {
		reports = append(reports, player.PlayReport{
			ID: a.ID, AccountID: a.AccountID, Name: a.Name, Email: a.Email, Webinar: a.WebinarTitle, At: a.At, PositionS: a.PositionS,
			NoSession: a.SessionID == "", Reference: a.Reference, Code: a.Code, Device: a.Device, Browser: a.Browser, Done: a.State == "done",
		})
	}
	return reports, next, err
}

// SettleReport implements player.Reporting.
func (p *pages) SettleReport(ctx context.Context, id string, done bool) error {
	state := playback.PlayReportOpen
	if done {
		state = playback.PlayReportDone
	}
	return p.patch(ctx, "/v1/play_reports/"+url.PathEscape(id), 0, map[string]any{"state": state})
}
