package attendance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// order is how a date between slashes is meant.
type order int

const (
	monthFirst order = iota
	dayFirst
)

// moment is a cell with a time, as far as it says what it means by itself.
type moment struct {
	text    string
	read    [2]time.Time // by order; the clock's face in UTC unless zoned
	valid   [2]bool
	zoned   bool
	slashed bool
}

// layouts that say themselves what is day and what month.
var (
	zonedLayouts = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700"}
	plainLayouts = []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 3:04:05 PM",
		"Jan 2, 2006 15:04:05", "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006, 3:04:05 PM", "Jan 2, 2006, 15:04:05",
		"2.1.2006 15:04:05", "2.1.2006, 15:04:05", "2.1.2006 15:04", "2.1.06, 15:04:05",
	}
	slashDates = [2][]string{monthFirst: {"1/2/2006", "1/2/06"}, dayFirst: {"2/1/2006", "2/1/06"}}
	clocks     = []string{", 3:04:05 PM", " 3:04:05 PM", ", 15:04:05", " 15:04:05", " 3:04 PM", ", 3:04 PM", " 15:04", ", 15:04"}
)

// readMoment reads a cell that holds a time; false when it is none.
func readMoment(text string) (moment, bool) {
	m := moment{text: text}
	text = strings.Join(strings.Fields(strings.ToUpper(text)), " ")
	if at, ok := parseAny(text, zonedLayouts); ok {
		m.zoned, m.read, m.valid = true, [2]time.Time{at, at}, [2]bool{true, true}
		return m, sane(at)
	}
	if at, ok := parseAny(text, plainLayouts); ok {
		m.read, m.valid = [2]time.Time{at, at}, [2]bool{true, true}
		return m, sane(at)
	}
	m.slashed = true
	for _, o := range []order{monthFirst, dayFirst} {
		m.read[o], m.valid[o] = parseSlashed(text, o)
	}
	return m, m.valid[monthFirst] || m.valid[dayFirst]
}

func parseAny(text string, layouts []string) (time.Time, bool) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func parseSlashed(text string, o order) (time.Time, bool) {
	for _, date := range slashDates[o] {
		for _, clock := range clocks {
			if at, err := time.Parse(date+clock, text); err == nil {
				return at, sane(at)
			}
		}
	}
	return time.Time{}, false
}

func sane(at time.Time) bool { return at.Year() >= 2000 && at.Year() <= 2200 }

// near is how far a live session can lie from its schedule, zones included.
const near = 36 * time.Hour

// orderOf decides for a whole report how its dates are meant: by a date that
// can be read in one way only, else by the day of the webinar. When neither
// tells, or two rows contradict each other, the report is refused.
func orderOf(cells []*stay, startsAt *time.Time) (order, error) {
	possible := [2]bool{true, true}
	var doubtful *stay
	var inDoubt moment
	for _, c := range cells {
		for _, m := range []moment{c.joined, c.left} {
			if !m.slashed {
				continue
			}
			possible[monthFirst] = possible[monthFirst] && m.valid[monthFirst]
			possible[dayFirst] = possible[dayFirst] && m.valid[dayFirst]
			if !possible[monthFirst] && !possible[dayFirst] {
				return 0, Errors{{Line: c.line, Message: "%q and the dates above it cannot both be right: in one the day comes first, in the other the month.", Args: []any{m.text}}}
			}
			if doubtful == nil && !m.read[monthFirst].Equal(m.read[dayFirst]) {
				doubtful, inDoubt = c, m
			}
		}
	}
	switch {
	case !possible[dayFirst], doubtful == nil:
		return monthFirst, nil
	case !possible[monthFirst]:
		return dayFirst, nil
	}
	return bySchedule(doubtful.line, inDoubt, startsAt)
}

func bySchedule(line int, m moment, startsAt *time.Time) (order, error) {
	if startsAt != nil {
		month := m.read[monthFirst].Sub(*startsAt).Abs() <= near
		day := m.read[dayFirst].Sub(*startsAt).Abs() <= near
		if month && !day {
			return monthFirst, nil
		}
		if day && !month {
			return dayFirst, nil
		}
	}
	return 0, Errors{{
		Line: line, Message: "%q can be %s or %s. Give the webinar the day it took place (starts_at), or write dates as 2026-09-22.",
		Args: []any{m.text, m.read[monthFirst].Format("2 January 2006"), m.read[dayFirst].Format("2 January 2006")},
	}}
}

// Zone reads a time zone: an IANA name or an offset from UTC such as +05:30.
func Zone(name string) (*time.Location, error) {
	if at, err := time.Parse("-07:00", name); err == nil {
		_, offset := at.Zone()
		return time.FixedZone(name, offset), nil
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("time zone %s", strconv.Quote(name))
	}
	return time.LoadLocation(name)
}

// suggestZone finds the offset at which the first join comes near the scheduled
// start: people come some minutes early or late, zones differ by half hours.
func suggestZone(first time.Time, startsAt *time.Time) string {
	const step = 30 * time.Minute
	if startsAt == nil || first.IsZero() {
		return ""
	}
	offset := first.Sub(*startsAt).Round(step)
	if offset > 14*time.Hour || offset < -12*time.Hour {
		return ""
	}
	return startsAt.In(time.FixedZone("", int(offset/time.Second))).Format("-07:00")
}

// in gives the clock's face a zone.
func (m moment) in(o order, zone *time.Location) time.Time {
	at := m.read[o]
	if m.zoned {
		return at
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone)
}
