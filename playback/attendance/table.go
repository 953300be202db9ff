package attendance

import (
	"strings"
	"unicode"
)

// Platform names where a report is from. The values are part of the API.
type Platform string

// The platforms whose reports are read.
const (
	ZoomWebinar Platform = "zoom_webinar"
	ZoomMeeting Platform = "zoom_meeting"
	Teams       Platform = "teams"
	Webex       Platform = "webex"
	Generic     Platform = "generic" // any sheet with e-mail, join and leave
)

// section tells whose rows follow.
type section int

const (
	sectionPeople section = iota
	sectionHosts
	sectionSummary // join and leave over all absences: not to be used
)

// table is a header and the records below it.
type table struct {
	header
	section section
	mapping string // that knew the header; empty: its columns are known by themselves
	records []record
}

// headings are the first cells that begin another section.
var headings = []string{"attendee report", "host details", "panelist details", "attendee details", "other attended", "report generated"}

// isHeading knows a section's title; Teams numbers them: "3. In-Meeting Activities".
func isHeading(text string) bool {
	text = strings.ToLower(text)
	for _, known := range headings {
		if strings.HasPrefix(text, known) {
			return true
		}
	}
	number, title, found := strings.Cut(text, ". ")
	return found && title != "" && number != "" && strings.Trim(number, "0123456789") == "" && unicode.IsLetter([]rune(title)[0])
}

func sectionOf(heading string) section {
	heading = strings.ToLower(heading)
	if strings.HasPrefix(heading, "host details") || strings.HasPrefix(heading, "panelist details") {
		return sectionHosts
	}
	return sectionPeople
}

// tables finds the tables of people and times. What stands above, between and
// below them (titles, summaries) is no matter.
func tables(records []record, mappings []Mapping) []table {
	var out []table
	current, open := sectionPeople, false
	for _, r := range records {
		if title := r.heading(); title != "" && isHeading(title) {
			current, open = sectionOf(title), false
			continue
		}
		if h, mapping, ok := findHeader(r, mappings); ok {
			t := table{header: h, section: current, mapping: mapping}
			if !h.has(colJoin) {
				t.section = sectionSummary
			}
			out, open = append(out, t), true
			continue
		}
		if open && !blank(r) {
			last := &out[len(out)-1]
			last.records = append(last.records, r)
		}
	}
	return out
}

// findHeader reads a header that is known by itself or by a saved mapping.
func findHeader(r record, mappings []Mapping) (h header, mapping string, ok bool) {
	if h, ok = readHeader(r, aliases); ok {
		return h, "", true
	}
	for _, m := range mappings {
		if h, ok = readHeaderBy(r, m); ok {
			return h, m.Name, true
		}
	}
	return header{}, "", false
}

func blank(r record) bool {
	for _, cell := range r.cells {
		if clean(cell) != "" {
			return false
		}
	}
	return true
}

// platformOf tells by its headers where a report is from.
func platformOf(found []table) Platform {
	for _, t := range found {
		switch {
		case t.has(colAttended):
			return ZoomWebinar
		case t.has(colLogin), t.section == sectionSummary:
			return Teams
		case t.has(colWaiting), t.spelled("Name (Original Name)"):
			return ZoomMeeting
		case t.spelled("Attendee Email"), t.spelled("Connection Type"):
			return Webex
		}
	}
	return Generic
}
