package player

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// usualLength is how long a talk is put down for when nobody said when it ends.
const usualLength = time.Hour

// webinarCalendar and courseCalendar hand out live sessions as iCalendar files
// (RFC 5545). Times are in UTC: calendars show them on their reader's clock, also
// when it changes in between.
func (s *site) webinarCalendar(w http.ResponseWriter, r *http.Request) error {
	return s.calendar(w, r, func(_ Course, x WebinarSummary) bool { return x.ID == r.PathValue("id") })
}

func (s *site) courseCalendar(w http.ResponseWriter, r *http.Request) error {
	return s.calendar(w, r, func(c Course, _ WebinarSummary) bool { return c.ID == r.PathValue("id") })
}

func (s *site) calendar(w http.ResponseWriter, r *http.Request, wanted func(Course, WebinarSummary) bool) error {
	if _, err := s.viewer(r); err != nil {
		return err
	}
	programs, err := s.Backend.Programs(r.Context())
	if err != nil {
		return err
	}
	var events []string
	now := time.Now()
	for _, p := range programs {
		for _, c := range p.Courses {
			for _, x := range c.Webinars {
				if wanted(c, x) && x.StartsAt != nil {
					events = append(events, s.calendarEvent(x, s.aboutEvent(c, x), now))
				}
			}
		}
	}
	if len(events) == 0 {
		return ErrNotFound
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH")
	w.Header().Set("Content-Disposition", `attachment; filename="webinars.ics"`)
	_, _ = fmt.Fprint(w, icalendar(s.locale(r).Lang, events))
	return nil
}

// icalendar is a whole file (RFC 5545, 3.4).
func icalendar(lang string, events []string, properties ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + contentLine("PRODID", "-//Rounds//Webinars//"+strings.ToUpper(lang)) +
		"CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n" + strings.Join(properties, "") + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

// aboutEvent is what a calendar tells of a talk beside its title and its time.
func (s *site) aboutEvent(c Course, x WebinarSummary) string {
	about := c.Title
	if len(x.Presenters) > 0 {
		about += "\n" + listed(x.Presenters)
	}
	address := s.BaseURL + "/webinars/" + x.ID
	return contentLine("DESCRIPTION", calendarText(about+"\n"+address)) + contentLine("URL", address)
}

// calendarEvent is one talk (3.6.1). Its UID stays the same when it is moved, so
// that a calendar which has it changes it. about are further lines of it.
func (s *site) calendarEvent(x WebinarSummary, about string, now time.Time) string {
	const utc = "20060102T150405Z"
	end := x.StartsAt.Add(usualLength)
	if x.EndsAt != nil && x.EndsAt.After(*x.StartsAt) {
		end = *x.EndsAt
	}
	_, host, _ := strings.Cut(s.BaseURL, "://")
	return "BEGIN:VEVENT\r\n" +
		contentLine("UID", x.ID+"@"+host) + contentLine("DTSTAMP", now.UTC().Format(utc)) +
		contentLine("DTSTART", x.StartsAt.UTC().Format(utc)) + contentLine("DTEND", end.UTC().Format(utc)) +
		contentLine("SUMMARY", calendarText(x.Title)) + about + "END:VEVENT\r\n"
}

// calendarText escapes a text (3.3.11).
func calendarText(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "").Replace(text)
}

// contentLine folds a line after 75 octets, never inside a character (3.1).
func contentLine(name, value string) string {
	const most = 75
	var out strings.Builder
	line := 0
	for _, char := range name + ":" + value {
		if line+utf8.RuneLen(char) > most {
			out.WriteString("\r\n ")
			line = 1
		}
		out.WriteRune(char)
		line += utf8.RuneLen(char)
	}
	return out.String() + "\r\n"
}
