package attendance

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"rounds/playback"
)

// Options is what a report does not say.
type Options struct {
	Zone     *time.Location // of times that name none; nil: none was given
	StartsAt *time.Time     // of the webinar, as scheduled; nil: not known
	Mappings []Mapping      // for sheets of other kinds; the first that knows a header is used
}

// Report is what was read.
type Report struct {
	Platform Platform
	Mapping  string              // the name of the one that knew the columns; empty: none was needed
	Rows     []playback.Attended // disjoint for each person; in the order of lines
	LeftOut  LeftOut
}

// LeftOut counts rows that are understood and do not count.
type LeftOut struct {
	Hosts   int // hosts, panelists, organizers
	Waiting int // in the waiting room
	Absent  int // registered, never joined
}

// stay is a row that counts, before its times are understood.
type stay struct {
	line         int
	email, name  string
	joined, left moment
}

// Read reads a report. It returns an [Errors] when any row that counts cannot
// be understood, and a *[ZoneError] when times name no zone and o has none.
func Read(content []byte, o Options) (Report, error) {
	text, err := decode(content)
	if err != nil {
		return Report{}, err
	}
	found, err := findTables(text, o.Mappings)
	if err != nil {
		return Report{}, err
	}
	report := Report{Platform: platformOf(found), Mapping: found[0].mapping}
	stays, err := report.collect(found)
	if err != nil {
		return Report{}, err
	}
	attended, err := resolve(stays, o)
	if err != nil {
		return Report{}, err
	}
	report.Rows = Unite(attended)
	return report, nil
}

// findTables tries the delimiters; the right one makes a header readable.
func findTables(text string, mappings []Mapping) ([]table, error) {
	var broken error
	for _, delimiter := range []rune{',', '\t', ';', '|'} {
		records, err := split(text, delimiter)
		found := tables(records, mappings)
		if len(found) == 0 {
			continue
		}
		if err != nil {
			broken = err
			continue
		}
		return found, usable(found)
	}
	if broken != nil {
		return nil, broken
	}
	return nil, whole("No line of this file names columns for a person (e-mail), the time of joining and the time of leaving. " +
		"Send the report of Zoom, Teams or Webex as it was saved, or a CSV whose first line is email,joined_at,left_at; " +
		"or save a column mapping for sheets like this one.")
}

// usable refuses reports that are known not to tell who was there when.
func usable(found []table) error {
	exact := false
	for _, t := range found {
		if t.has(colInterest) {
			return whole("This looks like a report of GoToWebinar, which is not supported. Please make a CSV whose first line is email,joined_at,left_at.")
		}
		exact = exact || t.section != sectionSummary
	}
	if !exact {
		return whole("This report has only first join and last leave, which hides absences. Please send the full report, with the section In-Meeting Activities.")
	}
	return nil
}

// collect takes the rows that count from the tables.
func (r *Report) collect(found []table) ([]*stay, error) {
	var stays []*stay
	var bad Errors
	for _, t := range found {
		if t.section == sectionSummary {
			continue
		}
		var before *stay
		for _, row := range t.records {
			if r.leaveOut(t, row) {
				continue
			}
			s, errs := readStay(t, row, before)
			bad = append(bad, errs...)
			stays, before = append(stays, s), s
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return stays, nil
}

// leaveOut tells whether a row does not count, and counts why.
func (r *Report) leaveOut(t table, row record) bool {
	absent := strings.EqualFold(t.cell(row, colAttended), "no") || t.cell(row, colJoin) == "" && t.cell(row, colLeave) == ""
	switch {
	case t.section == sectionHosts, isHost(t.cell(row, colRole)):
		r.LeftOut.Hosts++
	case strings.EqualFold(t.cell(row, colWaiting), "yes"):
		r.LeftOut.Waiting++
	case absent:
		r.LeftOut.Absent++
	default:
		return false
	}
	return true
}

// isHost knows the roles of those who give the webinar. In Teams everybody is a
// "Presenter" unless it was set otherwise, so presenters stay in.
func isHost(role string) bool {
	role = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(role))
	return slices.Contains([]string{"host", "cohost", "alternatehost", "panelist", "organizer", "coorganizer"}, role)
}

func readStay(t table, row record, before *stay) (*stay, Errors) {
	s := &stay{line: row.line, email: emailOf(t, row), name: nameOf(t, row)}
	if s.email == "" && before != nil && t.has(colAttended) && s.name != "" && s.name == before.name {
		s.email = before.email // Zoom leaves the fields of a rejoin empty
	}
	var bad Errors
	for _, part := range []struct {
		column column
		to     *moment
	}{{colJoin, &s.joined}, {colLeave, &s.left}} {
		text := t.cell(row, part.column)
		m, ok := readMoment(text)
		switch {
		case text == "":
			bad = append(bad, Error{Line: row.line, Column: t.named(part.column), Message: "The time is missing."})
		case !ok:
			bad = append(bad, Error{
				Line: row.line, Column: t.named(part.column),
				Message: "“%s” is no date and time that can be read. Write it as 2026-09-22 14:48:05.", Args: []any{shorten(text)},
			})
		}
		*part.to = m
	}
	return s, bad
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

func emailOf(t table, row record) string {
	email := cmp.Or(t.cell(row, colEmail), t.cell(row, colLogin))
	return strings.ToLower(email)
}

func nameOf(t table, row record) string {
	name := cmp.Or(t.cell(row, colName), strings.TrimSpace(t.cell(row, colFirstName)+" "+t.cell(row, colLastName)))
	for _, suffix := range []string{"(External)", "(Unverified)"} {
		name = strings.TrimSpace(strings.TrimSuffix(name, suffix))
	}
	return name
}

// longest is the length of a stay above which a date must be wrong.
const longest = 48 * time.Hour

// resolve gives all times their order and zone.
func resolve(stays []*stay, o Options) ([]playback.Attended, error) {
	meant, err := orderOf(stays, o.StartsAt)
	if err != nil {
		return nil, err
	}
	if err := needZone(stays, meant, o); err != nil {
		return nil, err
	}
	var bad Errors
	var out []playback.Attended
	for _, s := range stays {
		a := playback.Attended{Line: s.line, Email: s.email, Name: s.name, Joined: s.joined.in(meant, o.Zone), Left: s.left.in(meant, o.Zone)}
		switch stayed := a.Left.Sub(a.Joined); {
		case stayed < 0:
			bad = append(bad, Error{Line: s.line, Message: "The time of leaving is before the time of joining."})
		case stayed > longest:
			bad = append(bad, Error{Line: s.line, Message: "This is more than two days between joining and leaving."})
		case stayed > 0:
			out = append(out, a)
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return out, nil
}

// needZone is nil when all times name their zone, or o does.
func needZone(stays []*stay, meant order, o Options) error {
	var first time.Time
	for _, s := range stays {
		for _, m := range []moment{s.joined, s.left} {
			if !m.zoned && (first.IsZero() || m.read[meant].Before(first)) {
				first = m.read[meant]
			}
		}
	}
	if first.IsZero() || o.Zone != nil {
		return nil
	}
	return &ZoneError{Suggestion: suggestZone(first, o.StartsAt)}
}

// Unite joins the stays of each person that overlap or touch: somebody with two
// devices was there once. People are told apart by e-mail, without one by name.
func Unite(rows []playback.Attended) []playback.Attended {
	type person struct{ email, name string }
	of := map[person][]playback.Attended{}
	for _, r := range rows {
		who := person{email: r.Email}
		if r.Email == "" {
			who.name = r.Name
		}
		of[who] = append(of[who], r)
	}
	var out []playback.Attended
	for _, stays := range of {
		out = append(out, uniteOne(stays)...)
	}
	slices.SortFunc(out, func(a, b playback.Attended) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), a.Joined.Compare(b.Joined), cmp.Compare(a.Email, b.Email), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func uniteOne(stays []playback.Attended) []playback.Attended {
	slices.SortStableFunc(stays, func(a, b playback.Attended) int { return a.Joined.Compare(b.Joined) })
	var out []playback.Attended
	for _, s := range stays {
		s.Joined, s.Left = s.Joined.UTC().Truncate(time.Millisecond), s.Left.UTC().Truncate(time.Millisecond)
		if n := len(out); n > 0 && !s.Joined.After(out[n-1].Left) {
			last := &out[n-1]
			last.Line = min(last.Line, s.Line)
			if s.Left.After(last.Left) {
				last.Left = s.Left
			}
			continue
		}
		if s.Left.After(s.Joined) {
			out = append(out, s)
		}
	}
	return out
}
