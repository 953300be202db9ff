package catalog

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones of readers, also where the machine has none
)

// When writes a time on the clock of a zone, with the name of both: the time's
// own, which changes with daylight saving, and the zone's, since abbreviations
// like IST or CST mean several. A zone that is not known is UTC.
//
//	Mon 2 Mar 2026, 15:04 CET (Europe/Berlin)
//	Mon 2 Mar 2026, 19:34 UTC+05:45 (Asia/Kathmandu)
func When(t time.Time, zone string) string {
	return WhenIn(t, zone, "%s %d %s %d, %s", nil)
}

// WhenIn is When in another language. Its pattern takes, in this order, weekday,
// day of the month, month, year, and the rest; names are the seven weekdays from
// Sunday and then the twelve months: none means English.
func WhenIn(t time.Time, zone, pattern string, names []string) string {
	d := OnClock(t, zone)
	weekday, month := d.Format("Mon"), d.Format("Jan")
	if len(names) == 7+12 {
		weekday, month = names[d.Weekday()], names[7+d.Month()-time.January]
	}
	return fmt.Sprintf(pattern, weekday, d.Day(), month, d.Year(), d.Clock)
}

// OnClock is a time as When writes it, to be filled into a Sentence.
func OnClock(t time.Time, zone string) Dated {
	place, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		place = time.UTC
	}
	t = t.In(place)
	clock := t.Format("15:04 ") + abbreviation(t)
	if place != time.UTC {
		clock += " (" + strings.ReplaceAll(place.String(), "_", " ") + ")"
	}
	return Dated{t, clock}
}

// abbreviation is the name of a time's offset; where people have none, the
// offset itself.
func abbreviation(t time.Time) string {
	name, offset := t.Zone()
	if !strings.ContainsAny(name, "+-0123456789") {
		return name
	}
	if offset%3600 == 0 {
		return "UTC" + t.Format("-07")
	}
	return "UTC" + t.Format("-07:00")
}
