package catalog

import (
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
	place, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		place = time.UTC
	}
	t = t.In(place)
	text := t.Format("Mon 2 Jan 2006, 15:04 ") + abbreviation(t)
	if place == time.UTC {
		return text
	}
	return text + " (" + strings.ReplaceAll(place.String(), "_", " ") + ")"
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
