package main

import (
	"context"
	"net/url"
	"slices"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/player"
)

// Programs implements player.Learning.
func (p *pages) Programs(ctx context.Context) ([]player.Program, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	enrolments, err := p.store.EnrolmentsOf(ctx, who.AccountID)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	var programs []player.Program
	for _, e := range enrolments {
		program, _, err := p.program(ctx, who, e.ProgramID)
		if err != nil {
			return nil, pageErrorOf(ctx, err)
		}
		programs = append(programs, program)
	}
	return programs, nil
}

// program is one certification as the pages show it, and the reader's progress
// it was made from.
func (p *pages) program(ctx context.Context, who identity.Principal, id catalog.ProgramID) (view player.Program, progress playback.ProgramProgress, err error) {
	found, err := p.store.Program(ctx, who, id)
	if err != nil {
		return view, progress, err
	}
	courses, err := p.store.Courses(ctx, who, id, everything)
	if err != nil {
		return view, progress, err
	}
	progress, err = p.progress.ProgramProgress(ctx, who.AccountID, id)
	if err != nil {
		return view, progress, err
	}
	view = player.Program{ID: string(found.ID), Title: found.Title, Description: found.Description, Completed: len(progress.Webinars) > 0}
	for _, c := range courses.Items {
		course := courseView(c, progress)
		view.Courses = append(view.Courses, course)
		view.WatchedPercent += course.WatchedPercent / float64(len(courses.Items))
	}
	for _, w := range progress.Webinars {
		view.Completed = view.Completed && w.Completed()
	}
	if view.Certified, err = p.certified(ctx, who, id); err != nil {
		return view, progress, err
	}
	return view, progress, p.schedule(ctx, who, id, view.Courses)
}

// certified is when a certificate of the program was issued to the reader; nil: not yet.
func (p *pages) certified(ctx context.Context, who identity.Principal, id catalog.ProgramID) (*time.Time, error) {
	if who.AccountID == "" {
		return nil, nil //nolint:nilnil // tokens earn none
	}
	found, err := p.progress.Certificates(ctx, who.AccountID, id, catalog.PageRequest{Limit: 1})
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return &found.Items[0].IssuedAt, nil
}

// schedule adds when the webinars of a program are live, and who presents them.
func (p *pages) schedule(ctx context.Context, who identity.Principal, id catalog.ProgramID, courses []player.Course) error {
	found, err := p.store.Schedule(ctx, who, id)
	if err != nil {
		return err
	}
	for _, w := range found {
		for _, c := range courses {
			i := slices.IndexFunc(c.Webinars, func(x player.WebinarSummary) bool { return x.ID == string(w.ID) })
			if i >= 0 {
				announce(&c.Webinars[i], w)
			}
		}
	}
	return nil
}

// announce adds to what a doctor did with a webinar what the catalog says of it.
func announce(view *player.WebinarSummary, w catalog.Webinar) {
	view.StartsAt, view.EndsAt = w.StartsAt, w.EndsAt
	for _, who := range w.Around.Presenters {
		view.Presenters = append(view.Presenters, who.Name)
	}
}

func courseView(c catalog.Course, progress playback.ProgramProgress) player.Course {
	view := player.Course{ID: string(c.ID), Title: c.Title, Description: c.Description}
	for _, first := range c.Missing {
		view.After = append(view.After, first.Title)
	}
	completed := true
	for _, w := range progress.Webinars {
		if w.CourseID != c.ID {
			continue
		}
		summary := summaryView(w)
		completed = completed && summary.Completed
		if w.Hidden {
			continue
		}
		view.WatchedPercent += summary.WatchedPercent
		view.Webinars = append(view.Webinars, summary)
	}
	if n := len(view.Webinars); n > 0 {
		view.WatchedPercent /= float64(n)
		view.Completed = completed
	}
	return view
}

func summaryView(w playback.WebinarProgress) player.WebinarSummary {
	view := player.WebinarSummary{
		ID: string(w.WebinarID), Title: w.Title, Playable: w.Playable && !w.Locked, DurationS: seconds(w.DurationMS),
		ResumeAtS: seconds(w.Resume.PositionMS), PlayedAt: w.PlayedAt, Completed: w.Completed(),
		WatchedPercent: playback.Percent(w.Coverage.Union().Total(), w.DurationMS),
	}
	if w.Playable && !view.Completed && w.Case.Rule.Counts != catalog.CountsLive { // else watching brings nothing
		view.LeftS = seconds(w.Case.MissingMS())
	}
	return view
}

// Webinar implements player.Learning.
func (p *pages) Webinar(ctx context.Context, id string) (player.Webinar, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return player.Webinar{}, pageErrorOf(ctx, err)
	}
	webinar, err := p.store.Webinar(ctx, who, catalog.WebinarID(id))
	if err != nil {
		return player.Webinar{}, pageErrorOf(ctx, err)
	}
	course, err := p.store.Course(ctx, who, webinar.CourseID)
	if err != nil {
		return player.Webinar{}, pageErrorOf(ctx, err)
	}
	program, all, err := p.program(ctx, who, course.ProgramID)
	if err != nil {
		return player.Webinar{}, pageErrorOf(ctx, err)
	}
	i := slices.IndexFunc(all.Webinars, func(w playback.WebinarProgress) bool { return w.WebinarID == webinar.ID })
	if i < 0 {
		return player.Webinar{}, player.ErrNotFound // deleted meanwhile
	}
	progress := all.Webinars[i]
	view := player.Webinar{
		ID: id, Title: webinar.Title, Description: webinar.Description, ProgramID: program.ID, ProgramTitle: program.Title, CourseTitle: course.Title,
		Presenters: p.names(ctx, webinar.PresenterIDs), StartsAt: webinar.StartsAt, Playable: progress.Playable,
		DurationS: seconds(progress.DurationMS), ResumeAtS: seconds(progress.Resume.PositionMS),
		WatchedPercent: playback.Percent(progress.Coverage.Union().Total(), progress.DurationMS),
		Watched:        watchedView(progress.Coverage.Union()), Completed: progress.Completed(),
		ThresholdPercent: threshold(progress.Requirements), Excluded: watchedView(progress.Case.Excluded), Around: program,
	}
	if view.Materials, err = p.materials(ctx, webinar.ID); err != nil {
		return player.Webinar{}, pageErrorOf(ctx, err)
	}
	if !view.Playable && webinar.CurrentRecordingID != "" {
		recording, err := p.store.Recording(ctx, webinar.CurrentRecordingID)
		if err != nil {
			return player.Webinar{}, pageErrorOf(ctx, err)
		}
		view.Withdrawn = recording.WithdrawnAt != nil
	}
	if view.Playable {
		if err := p.addExtras(ctx, &view, webinar.CurrentRecordingID); err != nil {
			return player.Webinar{}, err
		}
		if err := p.addRungs(ctx, &view, webinar.CurrentRecordingID); err != nil {
			return player.Webinar{}, pageErrorOf(ctx, err)
		}
	}
	return view, nil
}

// OpenPlain implements player.Learning.
func (p *pages) OpenPlain(ctx context.Context, id string) (string, error) {
	var playback struct {
		FallbackURL string `json:"fallback_url"`
	}
	err := p.post(ctx, "/v1/webinars/"+url.PathEscape(id)+"/playback?delivery=query", nil, &playback)
	return playback.FallbackURL, err
}

// addRungs tells the script which qualities it may begin with.
func (p *pages) addRungs(ctx context.Context, view *player.Webinar, current catalog.RecordingID) error {
	recording, err := p.store.Recording(ctx, current)
	for _, r := range recording.Renditions {
		if r.Height > 0 {
			view.Rungs = append(view.Rungs, player.Rung{Name: r.Name, Bps: r.Bandwidth})
		}
	}
	return err
}

// materials are the files that go with a webinar, as links.
func (p *pages) materials(ctx context.Context, id catalog.WebinarID) ([]player.Material, error) {
	found, err := p.store.Materials(ctx, id, false)
	if err != nil {
		return nil, err
	}
	shown := make([]player.Material, len(found))
	for i, m := range found {
		shown[i] = materialView(m)
	}
	return shown, nil
}

func materialView(m catalog.Material) player.Material {
	return player.Material{Title: m.Title, URL: "/v1/materials/" + string(m.ID) + "/file", Filename: m.Filename, SizeBytes: m.SizeBytes}
}

// threshold is what has to be watched, in percent; 0 when nothing has.
func threshold(requirements []playback.Requirement) float64 {
	for _, r := range requirements {
		if r.Kind == playback.KindWatched {
			return r.Need
		}
	}
	return 0
}

func watchedView(ranges playback.Ranges) [][2]float64 {
	shown := make([][2]float64, 0, len(ranges))
	for _, r := range ranges {
		shown = append(shown, [2]float64{seconds(r.From), seconds(r.To)})
	}
	return shown
}

func seconds(ms int64) float64 { return float64(ms) / 1000 }
