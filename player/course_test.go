package player

import (
	"net/http"
	"testing"
)

func TestCoursePage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/courses/crs_1"), http.StatusOK, "Recognising heart failure early", `href="/courses/crs_2">Next course: `)
	wants(t, b.get("/courses/crs_2"), http.StatusOK, "63 percent of the course watched", "49 minutes left to watch", `href="/webinars/web_2"`)
	wants(t, b.get("/courses/crs_3"), http.StatusOK, "Opens when you have completed", `href="/courses/crs_3/calendar.ics"`)
	wants(t, b.get("/courses/crs_9"), http.StatusNotFound, "nothing here")
	wants(t, b.get("/courses"), http.StatusOK, `<a href="/courses/crs_2" dir="auto">Drugs that prolong life</a>`)
}

func TestWhatComesAfterACourse(t *testing.T) {
	t.Parallel()
	open, done, waits := Course{ID: "open"}, Course{ID: "done", Completed: true}, Course{ID: "waits", After: []string{"open"}}
	for _, c := range []struct {
		courses []Course
		at      int
		want    string
	}{
		{[]Course{done, waits, open}, 0, "open"},
		{[]Course{open, done, done}, 1, "open"},
		{[]Course{done, done}, 0, ""},
		{[]Course{done, waits}, 0, ""},
		{[]Course{done}, 0, ""},
	} {
		got := ""
		if next := nextCourse(c.courses, c.at); next != nil {
			got = next.ID
		}
		if got != c.want {
			t.Errorf("after %v at %d: %q, want %q", c.courses, c.at, got, c.want)
		}
	}
}
