package main

import (
	"context"
	"slices"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback/qoe"
	"rounds/player"
)

// Quality implements player.AdminReading.
func (p *pages) Quality(ctx context.Context, programID string) (player.Quality, error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return player.Quality{}, pageErrorOf(err)
	}
	id := catalog.ProgramID(programID)
	program, err := p.store.Program(ctx, who, id)
	if err != nil {
		return player.Quality{}, pageErrorOf(err)
	}
	q, err := p.progress.ProgramQuality(ctx, id, qoe.Span{})
	if err != nil {
		return player.Quality{}, pageErrorOf(err)
	}
	board := player.Quality{
		Program: program.Title, All: qualityRow(qoe.Group{Figures: q.All}),
		Country: qualityRows(q.Country), Network: qualityRows(q.Network), Device: qualityRows(q.Device),
	}
	for _, e := range q.Errors {
		board.Errors = append(board.Errors, player.QualityError(e))
	}
	board.Webinars, err = p.webinarRows(ctx, who, id)
	return board, err
}

// webinarRows are the webinars that were played, in the program's order.
func (p *pages) webinarRows(ctx context.Context, who identity.Principal, id catalog.ProgramID) ([]player.QualityRow, error) {
	groups, err := p.progress.WebinarsQuality(ctx, id, qoe.Span{})
	if err != nil {
		return nil, pageErrorOf(err)
	}
	courses, err := p.store.Courses(ctx, who, id, everything)
	if err != nil {
		return nil, pageErrorOf(err)
	}
	var rows []player.QualityRow
	for _, course := range courses.Items {
		webinars, err := p.store.Webinars(ctx, who, course.ID, everything)
		if err != nil {
			return nil, pageErrorOf(err)
		}
		for _, w := range webinars.Items {
			if i := slices.IndexFunc(groups, func(g qoe.Group) bool { return g.Name == string(w.ID) }); i >= 0 {
				row := qualityRow(groups[i])
				row.Name = w.Title
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
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
