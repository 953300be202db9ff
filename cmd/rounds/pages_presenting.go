package main

import (
	"context"
	"slices"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// everything asks for the longest page of a list. Lists on the pages are short:
// webinars of a course, recordings of a webinar.
var everything = catalog.PageRequest{Limit: catalog.MaxPageLimit} //nolint:gochecknoglobals // a constant

// PresentedWebinars implements player.Presenting.
func (p *pages) PresentedWebinars(ctx context.Context) ([]player.PresentedWebinar, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	webinars, err := p.store.PresentedBy(ctx, who.AccountID)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	shown := make([]player.PresentedWebinar, 0, len(webinars))
	for _, w := range webinars {
		one, err := p.presented(ctx, who, w)
		if err != nil {
			return nil, err
		}
		shown = append(shown, one)
	}
	slices.Reverse(shown)
	return shown, p.countQuestions(ctx, who, pointers(shown))
}

// countQuestions adds to webinars how many questions of doctors wait at each.
func (p *pages) countQuestions(ctx context.Context, who identity.Principal, webinars []*player.PresentedWebinar) error {
	ids := make([]catalog.WebinarID, len(webinars))
	for i, w := range webinars {
		ids[i] = catalog.WebinarID(w.ID)
	}
	open, err := p.progress.OpenQuestions(ctx, who, ids)
	for i, w := range webinars {
		w.OpenQuestions = open[ids[i]]
	}
	return pageErrorOf(ctx, err)
}

func pointers[T any](list []T) []*T {
	all := make([]*T, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

// PresentedWebinar implements player.Presenting.
func (p *pages) PresentedWebinar(ctx context.Context, id string) (player.PresentedWebinar, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return player.PresentedWebinar{}, pageErrorOf(ctx, err)
	}
	if err := p.store.MayUpload(ctx, who, catalog.WebinarID(id)); err != nil {
		return player.PresentedWebinar{}, pageErrorOf(ctx, err)
	}
	webinar, err := p.store.Webinar(ctx, who, catalog.WebinarID(id))
	if err != nil {
		return player.PresentedWebinar{}, pageErrorOf(ctx, err)
	}
	view, err := p.presented(ctx, who, webinar)
	if err != nil {
		return view, err
	}
	return view, p.countQuestions(ctx, who, []*player.PresentedWebinar{&view})
}

// presented adds a webinar's place, its presenters and its recordings.
func (p *pages) presented(ctx context.Context, who identity.Principal, w catalog.Webinar) (player.PresentedWebinar, error) {
	course, err := p.store.Course(ctx, who, w.CourseID)
	if err != nil {
		return player.PresentedWebinar{}, pageErrorOf(ctx, err)
	}
	program, err := p.store.Program(ctx, who, course.ProgramID)
	if err != nil {
		return player.PresentedWebinar{}, pageErrorOf(ctx, err)
	}
	recordings, err := p.recordings(ctx, w)
	if err != nil {
		return player.PresentedWebinar{}, err
	}
	return player.PresentedWebinar{
		ID: string(w.ID), Title: w.Title, CourseTitle: course.Title, ProgramTitle: program.Title,
		Presenters: p.names(ctx, w.PresenterIDs), StartsAt: w.StartsAt, EndsAt: w.EndsAt, Recordings: recordings,
	}, nil
}

// names looks people up; somebody who is gone is left out.
func (p *pages) names(ctx context.Context, ids []catalog.AccountID) []string {
	var names []string
	for _, id := range ids {
		if account, err := p.store.Account(ctx, id); err == nil {
			names = append(names, account.Name)
		}
	}
	return names
}

// recordings lists a webinar's recordings, newest first.
func (p *pages) recordings(ctx context.Context, w catalog.Webinar) ([]player.Recording, error) {
	page, err := p.store.RecordingsOf(ctx, w.ID, everything)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	shown := make([]player.Recording, 0, len(page.Items))
	for _, r := range page.Items {
		shown = append(shown, recordingView(ctx, r, w.CurrentRecordingID))
	}
	slices.SortFunc(shown, func(a, b player.Recording) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return shown, nil
}

func recordingView(ctx context.Context, r catalog.Recording, current catalog.RecordingID) player.Recording {
	view := player.Recording{
		ID: string(r.ID), Filename: r.Filename, Fingerprint: r.Fingerprint, SizeBytes: r.SizeBytes, State: string(r.State), Progress: r.Progress,
		DurationS: float64(r.DurationMS) / 1000, Current: r.ID == current, Withdrawn: r.WithdrawnAt != nil, CreatedAt: r.CreatedAt,
	}
	if r.ETASeconds != nil {
		view.ETAS = *r.ETASeconds
	}
	for _, stage := range r.Stages {
		if stage.Chunks != nil && stage.State == "running" {
			view.PartsDone, view.Parts = stage.Chunks.Done, stage.Chunks.Total
		}
	}
	if r.Failure != nil {
		view.Failure, view.Retry = say(ctx, catalog.Say(r.Failure.Message)), !r.Failure.Final()
	}
	for _, warning := range r.Warnings {
		view.Warnings = append(view.Warnings, say(ctx, warning.Sentence()))
	}
	return view
}

// PublishRecording implements player.Presenting.
func (p *pages) PublishRecording(ctx context.Context, id string) error {
	return p.post(ctx, recordingPath(id)+"/publish", nil, nil)
}

// WithdrawRecording implements player.Presenting.
func (p *pages) WithdrawRecording(ctx context.Context, id, reason string) error {
	return p.post(ctx, recordingPath(id)+"/withdraw", because(reason), nil)
}

// RetryRecording implements player.Presenting.
func (p *pages) RetryRecording(ctx context.Context, id string) error {
	return p.post(ctx, recordingPath(id)+"/retry", nil, nil)
}
