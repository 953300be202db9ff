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
	Certified              *time.Time // when its certificate was issued; nil: not yet
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
	PlayedAt       *time.Time // when it was played last
	LeftS          float64    // still to be watched until it is completed; 0 when watching brings nothing
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
	Next     *WebinarSummary // what to watch now; nil when nothing is left that can be played
	Upcoming *WebinarSummary // the next live session, when there is nothing to watch now
	LeftS    float64         // seconds to be watched of what is recorded, also in courses that wait for others
	Done     int             // completed courses
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
		view.Programs = append(view.Programs, summarize(p, time.Now()))
	}
	return s.show(w, r, page{Name: "courses", Title: "courses.title", Section: sectionCourses, Content: view})
}

// summarize finds what is next and what is left. What was played last comes before
// what was not begun, as in the API's resume_webinar_id.
func summarize(p Program, now time.Time) programView {
	view := programView{Program: p}
	for _, c := range p.Courses {
		if c.Completed {
			view.Done++
		}
		for _, w := range c.Webinars {
			view.LeftS += w.LeftS
			if w.Playable && !w.Completed && (view.Next == nil || w.playedAfter(*view.Next)) {
				view.Next = &w
			}
		}
	}
	if view.Next == nil {
		view.Upcoming = p.upcoming(now)
	}
	return view
}

// playedAfter tells whether w was played, and after the other.
func (w WebinarSummary) playedAfter(other WebinarSummary) bool {
	return w.PlayedAt != nil && (other.PlayedAt == nil || w.PlayedAt.After(*other.PlayedAt))
}
