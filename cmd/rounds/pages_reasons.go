package main

import (
	"context"
	"net/http"
	"net/url"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/player"
)

// Missing implements player.Reasons.
func (p *pages) Missing(ctx context.Context, programID, accountID string) (player.Missing, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return player.Missing{}, pageErrorOf(ctx, err)
	}
	account := who.AccountID
	if accountID != "" {
		if account = catalog.AccountID(accountID); account != who.AccountID && !who.Admin() {
			return player.Missing{}, player.ErrForbidden
		}
	}
	e, err := p.progress.Explain(ctx, account, catalog.ProgramID(programID))
	if err != nil {
		return player.Missing{}, pageErrorOf(ctx, err)
	}
	view := player.Missing{
		ProgramID: string(e.ProgramID), Title: e.Title, Sentence: say(ctx, e.Sentence()), Rule: say(ctx, e.RuleSentence()),
		Completed: playback.Completed(e.Progress().Requirements()),
	}
	if accountID != "" && who.Admin() {
		view.AccountID, view.Name, view.Email = string(e.AccountID), e.Name, e.Email
	}
	for _, w := range e.Webinars {
		view.Webinars = append(view.Webinars, p.missingView(ctx, w, e, view.AccountID != ""))
	}
	return view, nil
}

func (p *pages) missingView(ctx context.Context, w playback.WebinarExplanation, e playback.Explanation, admin bool) player.MissingWebinar {
	view := player.MissingWebinar{
		ID: string(w.WebinarID), Title: w.Title, Sentence: say(ctx, w.Sentence(e.Zone)), Completed: w.Completed(), Playable: w.Playable && !w.Locked,
		DurationS: seconds(w.DurationMS), Watched: watchedView(w.Case.Have()), Carried: len(w.Carried) > 0,
		WatchedPercent: w.Requirements[0].Have,
	}
	if !view.Completed {
		for _, gap := range w.Gaps() {
			view.Gaps = append(view.Gaps, say(ctx, gap.Sentence(e.Zone)))
		}
	}
	for _, s := range w.Sessions {
		view.Sessions = append(view.Sessions, say(ctx, s.Sentence(e.Zone)))
	}
	for _, stay := range w.Live {
		view.Live = append(view.Live, say(ctx, stay.Sentence(e.Zone)))
	}
	if done := w.Completion; admin && done != nil && done.Waiver != "" && w.Case.Waiver == nil {
		view.RevokedWaiver = string(done.Waiver)
	}
	if waiver := w.Requirements[0].Waiver; waiver != nil {
		view.Waiver = &player.Waiver{ID: string(waiver.ID), At: waiver.At}
		if admin {
			view.Waiver.Reason, view.Waiver.By = waiver.Reason, p.actorName(ctx, waiver.By)
		}
	}
	return view
}

// actorName is the name behind an account id; a token's id stays as it is.
func (p *pages) actorName(ctx context.Context, actor string) string {
	if account, err := p.store.Account(ctx, catalog.AccountID(actor)); err == nil {
		return account.Name
	}
	return actor
}

// FindDoctor implements player.Reasons.
func (p *pages) FindDoctor(ctx context.Context, email string) (player.Doctor, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return player.Doctor{}, pageErrorOf(ctx, err)
	}
	normal, err := identity.NormalEmail(email)
	if err != nil {
		return player.Doctor{}, player.ErrNotFound
	}
	id, programs, err := p.progress.EnrolledPrograms(ctx, normal)
	if err != nil {
		return player.Doctor{}, pageErrorOf(ctx, err)
	}
	view := player.Doctor{AccountID: string(id), Email: normal, Name: p.actorName(ctx, string(id))}
	for _, program := range programs {
		e, err := p.progress.Explain(ctx, id, program)
		if err != nil {
			return view, pageErrorOf(ctx, err)
		}
		view.Programs = append(view.Programs, player.DoctorProgram{
			ID: string(program), Title: e.Title, Sentence: say(ctx, e.Sentence()), Completed: playback.Completed(e.Progress().Requirements()),
		})
	}
	return view, nil
}

// Waive implements player.Reasons.
func (p *pages) Waive(ctx context.Context, webinarID, accountID, reason string) error {
	return p.post(ctx, webinarPath(webinarID)+"/waivers", map[string]string{"account_id": accountID, "reason": reason}, nil)
}

// RevokeWaiver implements player.Reasons.
func (p *pages) RevokeWaiver(ctx context.Context, id, reason string, takeBack bool) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/waivers/"+url.PathEscape(id), map[string]any{"reason": reason, "take_back_credit": takeBack}, "")
	return err
}

func webinarPath(id string) string { return "/v1/webinars/" + url.PathEscape(id) }
