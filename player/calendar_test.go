package player

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestCalendarOfACourseAndOfAWebinar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/courses/crs_3/calendar.ics", "/webinars/web_4/calendar.ics"} {
		w := b.get(path)
		wants(t, w, http.StatusOK, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "UID:web_4@learn.example.org\r\n", "DTSTART:20261203T140000Z\r\n", "DTEND:20261203T150000Z\r\n",
			"SUMMARY:Who needs a defibrillator?\r\n", "URL:https://learn.example.org/webinars/web_4\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n")
		if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/calendar; charset=utf-8") {
			t.Errorf("it is sent as %s", kind)
		}
	}
	wants(t, b.get("/webinars/web_2/calendar.ics"), http.StatusNotFound)
	wants(t, b.get("/courses/crs_1/calendar.ics"), http.StatusNotFound)
}

// TestLinesOfCalendars: no line is longer than 75 octets, none breaks a
// character, and unfolded they are what went in.
func TestLinesOfCalendars(t *testing.T) {
	t.Parallel()
	title := strings.Repeat("قصور القلب; الجزء 1, ", 12) + "\\ end\nSecond line"
	start := time.Date(2027, 3, 28, 1, 30, 0, 0, time.FixedZone("CET", 3600))
	end := start.Add(90 * time.Minute)
	s := &site{Config: Config{BaseURL: "http://localhost:8080"}}
	x := WebinarSummary{ID: "web_9", Title: title, StartsAt: &start, EndsAt: &end}
	text := icalendar("ar", []string{s.calendarEvent(x, s.aboutEvent(Course{Title: "A"}, x), start)})
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || strings.ToValidUTF8(line, "") != line || strings.Contains(line, "\n") {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	want := "SUMMARY:" + strings.Repeat(`قصور القلب\; الجزء 1\, `, 12) + `\\ end\nSecond line`
	for _, line := range []string{want, "DTSTART:20270328T003000Z", "DTEND:20270328T020000Z", "UID:web_9@localhost:8080"} {
		if !strings.Contains(unfolded, "\r\n"+line+"\r\n") {
			t.Errorf("%q is missing in\n%s", line, unfolded)
		}
	}
}
