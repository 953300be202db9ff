package player

import (
	"context"
	"net/http"
)

// AdminReading is what an administrator sees.
type AdminReading interface {
	// Overview is everything there is, for the administrators' list.
	Overview(ctx context.Context) (Overview, error)
	// Quality is how well the webinars of a program were played.
	Quality(ctx context.Context, q QualityQuery) (Quality, error)
}

// Overview is the administrators' list.
type Overview struct {
	Programs   []AdminProgram
	Presenters []Person
}

// Person is somebody who can be chosen.
type Person struct{ ID, Name, Email string }

// AdminProgram is a program with what is in it.
type AdminProgram struct {
	ID, Title       string
	Doctors         int // enrolled
	OpenInvitations int // not used yet
	Courses         []AdminCourse
}

// AdminCourse is a course with its webinars.
type AdminCourse struct {
	ID, Title string
	Webinars  []PresentedWebinar
}

// adminView is the content of the administrators' list.
type adminView struct {
	Overview
	Failed []PresentedWebinar // only those with a failed newest recording
	Zone   string
	Made   *Item // a webinar that was made just now
	Saved  bool  // something else was
}

// admin lists programs, courses, webinars and recordings, failures first.
func (s *site) admin(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	overview, err := s.Backend.Overview(r.Context())
	if err != nil {
		return err
	}
	view := adminView{Overview: overview, Failed: failedWebinars(overview), Zone: v.TimeZone, Saved: r.URL.Query().Has("saved")}
	if id := r.URL.Query().Get("made"); id != "" {
		made, err := s.Backend.Item(r.Context(), kindWebinar, id)
		if err != nil {
			return err
		}
		view.Made = &made
	}
	return s.show(w, r, page{Name: "admin", Title: "admin.title", Section: "admin", Script: formScript, Content: view})
}

// failedWebinars picks those whose newest recording failed, with that recording only.
func failedWebinars(o Overview) []PresentedWebinar {
	var failed []PresentedWebinar
	for _, p := range o.Programs {
		for _, c := range p.Courses {
			for _, w := range c.Webinars {
				if len(w.Recordings) > 0 && w.Recordings[0].State == "failed" {
					w.Recordings = w.Recordings[:1]
					failed = append(failed, w)
				}
			}
		}
	}
	return failed
}
