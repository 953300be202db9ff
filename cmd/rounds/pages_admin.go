package main

import (
	"context"
	"net/url"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// Overview implements player.AdminReading.
func (p *pages) Overview(ctx context.Context) (player.Overview, error) {
	who, err := identity.RequireAdmin(ctx)
	if err != nil {
		return player.Overview{}, pageErrorOf(ctx, err)
	}
	programs, err := p.store.Programs(ctx, who, everything)
	if err != nil {
		return player.Overview{}, pageErrorOf(ctx, err)
	}
	var overview player.Overview
	for _, program := range programs.Items {
		one, err := p.adminProgram(ctx, who, program)
		if err != nil {
			return overview, err
		}
		overview.Programs = append(overview.Programs, one)
	}
	if err := p.countQuestions(ctx, who, webinarsIn(overview)); err != nil {
		return overview, err
	}
	overview.Presenters, err = p.presenters(ctx)
	return overview, err
}

func webinarsIn(o player.Overview) (webinars []*player.PresentedWebinar) {
	for _, program := range o.Programs {
		for _, course := range program.Courses {
			webinars = append(webinars, pointers(course.Webinars)...)
		}
	}
	return webinars
}

func (p *pages) adminProgram(ctx context.Context, who identity.Principal, program catalog.Program) (player.AdminProgram, error) {
	view := player.AdminProgram{ID: string(program.ID), Title: program.Title}
	counts, err := p.store.ProgramCounts(ctx, program.ID)
	if err != nil {
		return view, pageErrorOf(ctx, err)
	}
	view.Doctors, view.OpenInvitations = counts.Enrolled, counts.OpenInvitations
	courses, err := p.store.Courses(ctx, who, program.ID, everything)
	if err != nil {
		return view, pageErrorOf(ctx, err)
	}
	for _, course := range courses.Items {
		one, err := p.adminCourse(ctx, who, program, course)
		if err != nil {
			return view, err
		}
		view.Courses = append(view.Courses, one)
	}
	return view, nil
}

func (p *pages) adminCourse(ctx context.Context, who identity.Principal, program catalog.Program, course catalog.Course) (player.AdminCourse, error) {
	view := player.AdminCourse{ID: string(course.ID), Title: course.Title}
	webinars, err := p.store.Webinars(ctx, who, course.ID, everything)
	if err != nil {
		return view, pageErrorOf(ctx, err)
	}
	for _, w := range webinars.Items {
		recordings, err := p.recordings(ctx, w)
		if err != nil {
			return view, err
		}
		view.Webinars = append(view.Webinars, player.PresentedWebinar{
			ID: string(w.ID), Title: w.Title, CourseTitle: course.Title, ProgramTitle: program.Title,
			Presenters: p.names(ctx, w.PresenterIDs), StartsAt: w.StartsAt, Recordings: recordings,
		})
	}
	return view, nil
}

func (p *pages) presenters(ctx context.Context) ([]player.Person, error) {
	accounts, err := p.store.Presenters(ctx)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	var people []player.Person
	for _, a := range accounts {
		people = append(people, player.Person{ID: string(a.ID), Name: a.Name, Email: a.Email})
	}
	return people, nil
}

// CreateProgram implements player.AdminWriting.
func (p *pages) CreateProgram(ctx context.Context, title, description string) error {
	return p.post(ctx, "/v1/programs", map[string]string{"title": title, "description": description}, nil)
}

// CreateCourse implements player.AdminWriting.
func (p *pages) CreateCourse(ctx context.Context, programID, title, description string) error {
	return p.post(ctx, "/v1/programs/"+url.PathEscape(programID)+"/courses", map[string]string{"title": title, "description": description}, nil)
}

// CreateWebinar implements player.AdminWriting.
func (p *pages) CreateWebinar(ctx context.Context, courseID string, w player.NewWebinar) (id string, err error) {
	var made struct{ ID string }
	err = p.post(ctx, "/v1/courses/"+url.PathEscape(courseID)+"/webinars", struct {
		Title        string     `json:"title"`
		Description  string     `json:"description"`
		TimeZone     string     `json:"time_zone"`
		StartsAt     *time.Time `json:"starts_at,omitempty"`
		EndsAt       *time.Time `json:"ends_at,omitempty"`
		PresenterIDs []string   `json:"presenter_ids,omitempty"`
	}(w), &made)
	return made.ID, err
}

// CreatePresenter implements player.AdminWriting.
func (p *pages) CreatePresenter(ctx context.Context, name, email string) error {
	return p.post(ctx, "/v1/presenters", map[string]string{"name": name, "email": email}, nil)
}

// CreateInvitations implements player.AdminWriting.
func (p *pages) CreateInvitations(ctx context.Context, programID string, emails []string, count int) ([]player.Invitation, error) {
	body := map[string]any{"count": count}
	if len(emails) > 0 {
		body = map[string]any{"emails": emails}
	}
	var made struct{ Items []player.Invitation }
	err := p.post(ctx, "/v1/programs/"+url.PathEscape(programID)+"/invitations", body, &made)
	return made.Items, err
}

func recordingPath(id string) string { return "/v1/recordings/" + url.PathEscape(id) }
