package player

import "time"

// afterView is what the player page says at the end of a webinar. The script asks
// for the page again then: what was watched may have opened another course, or have
// completed this one or all.
type afterView struct {
	Course    string          // title of the course, when it is completed with this webinar
	Program   string          // title of the program, when all of it is completed
	Certified *time.Time      // when its certificate was issued
	Next      *WebinarSummary // what to go on with; nil when nothing is left that can be played
	Upcoming  *WebinarSummary // the next live session, when there is nothing to go on with
}

// afterOf works out what comes after a webinar.
func afterOf(w Webinar, now time.Time) afterView {
	view := afterView{Next: w.Around.nextAfter(w.ID)}
	if view.Next == nil {
		view.Upcoming = w.Around.upcoming(now)
	}
	if !w.Completed {
		return view
	}
	if course := w.Around.courseOf(w.ID); course != nil && course.Completed {
		view.Course = course.Title
	}
	if w.Around.Completed {
		view.Program, view.Certified = w.Around.Title, w.Around.Certified
	}
	return view
}

// courseOf is the course that a webinar belongs to; nil for none.
func (p Program) courseOf(webinar string) *Course {
	for i, c := range p.Courses {
		for _, w := range c.Webinars {
			if w.ID == webinar {
				return &p.Courses[i]
			}
		}
	}
	return nil
}

// nextAfter is the first webinar behind that one, else the first of all, that can
// be played and is not completed; nil when there is none but itself.
func (p Program) nextAfter(id string) *WebinarSummary {
	var before, behind *WebinarSummary
	passed := false
	for _, c := range p.Courses {
		for _, w := range c.Webinars {
			switch {
			case w.ID == id:
				passed = true
			case !w.Playable || w.Completed:
			case passed && behind == nil:
				behind = &w
			case !passed && before == nil:
				before = &w
			}
		}
	}
	if behind != nil {
		return behind
	}
	return before
}

// upcoming is the next live session of what is not completed; nil for none.
func (p Program) upcoming(now time.Time) *WebinarSummary {
	var next *WebinarSummary
	for _, c := range p.Courses {
		for _, w := range c.Webinars {
			if w.Completed || w.StartsAt == nil || w.StartsAt.Before(now) {
				continue
			}
			if next == nil || w.StartsAt.Before(*next.StartsAt) {
				next = &w
			}
		}
	}
	return next
}
