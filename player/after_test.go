package player

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// threeCourses are a and b, then c, then d, which is live.
func threeCourses(completed ...string) Program {
	at := liveAt
	p := Program{ID: "prg", Title: "All", Courses: []Course{
		{Title: "One", Webinars: []WebinarSummary{{ID: "a", Playable: true}, {ID: "b", Playable: true}}},
		{Title: "Two", Webinars: []WebinarSummary{{ID: "c", Playable: true}}},
		{Title: "Three", Webinars: []WebinarSummary{{ID: "d", StartsAt: &at}}},
	}}
	p.Completed = true
	for i := range p.Courses {
		c := &p.Courses[i]
		c.Completed = true
		for n := range c.Webinars {
			w := &c.Webinars[n]
			for _, id := range completed {
				w.Completed = w.Completed || w.ID == id
			}
			c.Completed, p.Completed = c.Completed && w.Completed, p.Completed && w.Completed
		}
	}
	return p
}

func TestWhatComesAfterAWebinar(t *testing.T) {
	t.Parallel()
	issued := liveAt.Add(time.Hour)
	for _, c := range []struct {
		at, completed                   string // ids
		next, upcoming, course, program string
	}{
		{"a", "", "b", "", "", ""},
		{"a", "a", "b", "", "", ""},
		{"a", "a b", "c", "", "One", ""},
		{"b", "a b", "c", "", "One", ""},
		{"c", "c", "a", "", "Two", ""},     // what was left out before
		{"b", "b c", "a", "", "", ""},      // and not the one that has ended
		{"b", "a c", "", "d", "", ""},      // nothing but itself
		{"c", "a b c", "", "d", "Two", ""}, // the rest is still to come
		{"c", "a b c d", "", "", "Two", "All"},
	} {
		program := threeCourses(strings.Fields(c.completed)...)
		program.Certified = &issued
		got := afterOf(Webinar{ID: c.at, Completed: strings.Contains(c.completed, c.at), Around: program}, liveAt.Add(-time.Minute))
		if idOf(got.Next) != c.next || idOf(got.Upcoming) != c.upcoming || got.Course != c.course || got.Program != c.program || (got.Certified != nil) != (c.program != "") {
			t.Errorf("after %s with %q completed: %+v, want %+v", c.at, c.completed, got, c)
		}
	}
	if late := afterOf(Webinar{ID: "c", Around: threeCourses("a", "b")}, liveAt.Add(time.Minute)); late.Upcoming != nil {
		t.Errorf("what was live is still to come: %+v", late.Upcoming)
	}
}

func idOf(w *WebinarSummary) string {
	if w == nil {
		return ""
	}
	return w.ID
}

// TestHomeGoesOnWithWhatWasPlayedLast: as the API does.
func TestHomeGoesOnWithWhatWasPlayedLast(t *testing.T) {
	t.Parallel()
	p := threeCourses()
	if got := summarize(p, liveAt); idOf(got.Next) != "a" || got.Upcoming != nil {
		t.Errorf("nothing was begun: next %s, upcoming %v", idOf(got.Next), got.Upcoming)
	}
	earlier := playedAt.Add(-time.Hour)
	p.Courses[0].Webinars[1].PlayedAt, p.Courses[1].Webinars[0].PlayedAt = &earlier, &playedAt
	if got := summarize(p, liveAt); idOf(got.Next) != "c" {
		t.Errorf("next is %s, want what was played last", idOf(got.Next))
	}
	if got := summarize(threeCourses("a", "b", "c"), liveAt.Add(-time.Hour)); got.Next != nil || idOf(got.Upcoming) != "d" {
		t.Errorf("next %s, upcoming %s", idOf(got.Next), idOf(got.Upcoming))
	}
}

// TestTimeLeftIsThatOfTheRule: also of what opens later; a course that is still to come brings nothing.
func TestTimeLeftIsThatOfTheRule(t *testing.T) {
	t.Parallel()
	p := threeCourses("a")
	p.Courses[0].Webinars[1] = WebinarSummary{ID: "b", Playable: true, DurationS: 3600, LeftS: 90}
	p.Courses[1].Webinars[0] = WebinarSummary{ID: "c", DurationS: 600, LeftS: 540}
	if got := summarize(p, liveAt).LeftS; got != 630 {
		t.Errorf("%g s are left", got)
	}
}

func TestPagesTellWhatIsCompletedAndWhatComes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/webinars/web_2"), http.StatusOK, "This webinar is not completed yet.", `href="/programs/prg_1/missing#web_2"`,
		`id="after"><a class="button secondary" href="/webinars/web_3">Next: Kidneys`)
}

func TestHomeTellsOfWhatIsCompletedAndOfWhatComes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.completed = true
	w := b.get("/courses")
	wants(t, w, http.StatusOK, "You have completed this program. Your certificate was issued: Thu 3 Dec 2026, 17:00 EET (Africa/Cairo).", "Next live: From the door to the needle · Tue 3 Dec 2126", "Its webinars will be announced here.")
	if strings.Contains(w.Body.String(), `class="next"`) {
		t.Error("there is nothing to go on with")
	}
	wants(t, b.get("/webinars/web_2"), http.StatusOK, "You have completed the whole program “", "Your certificate was issued: ", `href="/courses">My courses</a>`)
}
