package player

import (
	"context"
	"net/http"
	"time"
)

// Learning is what a doctor sees.
type Learning interface {
	// Programs lists the programs the doctor is enrolled in, in order.
	Programs(ctx context.Context) ([]Program, error)
	// Webinar is one webinar of them. ErrNotFound when the doctor is not enrolled.
	Webinar(ctx context.Context, id string) (Webinar, error)
	// OpenPlain opens a playback session for a browser that cannot send beats and
	// returns the address of the one file. *Refusal when the webinar cannot be played now.
	OpenPlain(ctx context.Context, id string) (string, error)
}

// Program is a certification as its doctor sees it.
type Program struct {
	ID, Title, Description string
	WatchedPercent         float64 // mean over its webinars
	Completed              bool
	Courses                []Course
}

// Course is a subject of a program.
type Course struct {
	ID, Title, Description string
	WatchedPercent         float64
	Completed              bool
	After                  []string // titles of courses to complete first; while there are any, nothing of it can be played
	Webinars               []WebinarSummary
}

// WebinarSummary is one line of a course.
type WebinarSummary struct {
	ID, Title      string
	Presenters     []string
	StartsAt       *time.Time // live schedule
	EndsAt         *time.Time
	Playable       bool
	DurationS      float64
	ResumeAtS      float64
	WatchedPercent float64
	Completed      bool
}

// Started tells whether there is something to continue.
func (w WebinarSummary) Started() bool { return w.ResumeAtS > 0 || w.WatchedPercent > 0 }

// coursesView is the content of the courses page.
type coursesView struct {
	Programs []programView
	Zone     string
}

// programView adds what the page works out.
type programView struct {
	Program
	Next  *WebinarSummary // what to watch now; nil when nothing is left that can be played
	LeftS float64         // seconds not yet watched of what can be played
	Done  int             // completed courses
}

// courses is the doctor's home.
func (s *site) courses(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	programs, err := s.Backend.Programs(r.Context())
	if err != nil {
		return err
	}
	view := coursesView{Zone: v.TimeZone}
	for _, p := range programs {
		view.Programs = append(view.Programs, summarize(p))
	}
	return s.show(w, r, page{Name: "courses", Title: "courses.title", Section: sectionCourses, Content: view})
}

// summarize finds what is next and what is left. A webinar that was begun
// comes before one that was not.
func summarize(p Program) programView {
	view := programView{Program: p}
	for _, c := range p.Courses {
		if c.Completed {
			view.Done++
		}
		for _, w := range c.Webinars {
			if !w.Playable || w.Completed {
				continue
			}
			view.LeftS += w.DurationS * (100 - w.WatchedPercent) / 100
			if view.Next == nil || (w.Started() && !view.Next.Started()) {
				view.Next = &w
			}
		}
	}
	return view
}
