package player

import (
	"net/http"
	"time"
)

// courseView is the content of the page of one course.
type courseView struct {
	Course
	ProgramTitle string
	Zone         string
	LeftS        float64
	Next         *WebinarSummary // what to watch now in it
	GoOn         *Course         // what to go on with once it is completed
	Live         bool            // some of it has a live session
}

// course is one course of a program.
func (s *site) course(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	programs, err := s.Backend.Programs(r.Context())
	if err != nil {
		return err
	}
	for _, p := range programs {
		for i, c := range p.Courses {
			if c.ID != r.PathValue("id") {
				continue
			}
			view := courseViewOf(p, i)
			view.Zone = v.TimeZone
			return s.show(w, r, page{Name: "course", Title: c.Title, Program: p.ID, Section: sectionCourses, Content: view})
		}
	}
	return ErrNotFound
}

// courseViewOf works out what is next and left in a program's i-th course.
func courseViewOf(p Program, i int) courseView {
	alone := summarize(Program{Courses: p.Courses[i : i+1]}, time.Now())
	view := courseView{Course: p.Courses[i], ProgramTitle: p.Title, LeftS: alone.LeftS, Next: alone.Next}
	for _, x := range view.Webinars {
		view.Live = view.Live || x.StartsAt != nil
	}
	if view.Completed {
		view.GoOn = nextCourse(p.Courses, i)
	}
	return view
}

// nextCourse is the first one that is open after the i-th, else before it; nil
// when all are completed or wait.
func nextCourse(courses []Course, i int) *Course {
	for n := 1; n < len(courses); n++ {
		c := &courses[(i+n)%len(courses)]
		if !c.Completed && len(c.After) == 0 {
			return c
		}
	}
	return nil
}
