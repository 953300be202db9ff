package player

import (
	"context"
	"net/http"
	"net/url"
)

// ImportHistory is what was imported on earlier days.
type ImportHistory interface {
	// PeopleImports are the lists of people that are still kept, the newest first, and the cursor of the next page.
	PeopleImports(ctx context.Context, cursor string) (imports []PeopleImport, next string, err error)
	// AttendanceImports are those of all webinars, the newest first, and the cursor of the next page.
	AttendanceImports(ctx context.Context, cursor string) (imports []Import, next string, err error)
}

const (
	peopleImportsPage     = "/admin/people/imports"
	attendanceImportsPage = "/admin/attendance-imports"
)

func (s *site) forHistorians(page adder) {
	page("GET "+peopleImportsPage, s.asAdmin(s.peopleImports))
	page("GET "+attendanceImportsPage, s.asAdmin(s.attendanceImports))
}

// peopleImports lists the lists of people that were taken in, or tried.
func (s *site) peopleImports(w http.ResponseWriter, r *http.Request) error {
	found, next, err := s.Backend.PeopleImports(r.Context(), r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "imports.people", Intro: "imports.people_intro", Crumbs: administration(crumb{"/admin/people", "people.title"}), Empty: "imports.none", Next: nextPage(r, next), Fresh: true,
		Buttons: []link{{"/admin/people/import", "import.title"}, {attendanceImportsPage, "imports.attendance"}},
		Columns: []string{"imports.what", "imports.at", "imports.by", "imports.state", "imports.sums"},
	}
	for _, i := range found {
		view.Rows = append(view.Rows, peopleImportRow(l, i))
	}
	return s.showList(w, r, view)
}

func peopleImportRow(l *locale, i PeopleImport) listRow {
	at := i.CreatedAt
	class := map[string]string{"done": classReady, "failed": classFailed}[i.State]
	state := cell{Badge: l.T("import.state." + i.State), Class: class, Text: i.Failure}
	if i.DryRun {
		state.Lines = []string{l.T("import.tried")}
	}
	row := listRow{ID: i.ID, Name: l.N("imports.lines", i.Total), Note: i.Program, URL: "/admin/people/import/" + url.PathEscape(i.ID), Cells: []cell{timeCell(&at), textCell(i.By), state}}
	if i.Working() {
		row.Class = classProcessing
	}
	row.Cells = append(row.Cells, sums(l, sum{"import.created", i.Created}, sum{"import.existing", i.Existing}, sum{"import.enrolled", i.Enrolled}, sum{"import.invalid", i.Invalid}))
	return row
}

// attendanceImports lists the reports of live sessions that were imported. What
// one gave is taken back on the spot.
func (s *site) attendanceImports(w http.ResponseWriter, r *http.Request) error {
	found, next, err := s.Backend.AttendanceImports(r.Context(), r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "imports.attendance", Intro: "imports.attendance_intro", Crumbs: administration(), Empty: "imports.none", Next: nextPage(r, next),
		Buttons: []link{{peopleImportsPage, "imports.people"}, {"/admin/attendance-mappings", "mappings.link"}},
		Columns: []string{"quality.webinars", "imports.at", "imports.by", "imports.state", "imports.sums", columnActs},
	}
	for _, i := range found {
		view.Rows = append(view.Rows, attendanceImportRow(l, i))
	}
	return s.showList(w, r, view)
}

func attendanceImportRow(l *locale, i Import) listRow {
	at, page := i.At, "/admin/webinars/"+url.PathEscape(i.WebinarID)+"/attendance"
	row := listRow{ID: i.ID, Name: i.Webinar, Note: l.T("attendance.platform." + i.Platform), URL: page, Cells: []cell{timeCell(&at), textCell(i.By), badgeCell(l.T("imports.stands"), classReady)}}
	if i.Undone != nil {
		row.Cells[2] = cell{Badge: l.T("attendance.undone_badge"), Class: classWithdrawn, Time: i.Undone, Lines: []string{i.UndoneBy, i.Reason}}
	} else {
		row.Acts = []act{{URL: page + "/imports/" + url.PathEscape(i.ID) + "/undo", Label: "attendance.undo_now", Confirm: "imports.undo_effect", Reason: true, Danger: true}}
	}
	row.Cells = append(row.Cells, sums(l, sum{"imports.intervals", i.Intervals}, sum{"imports.doctors", i.Doctors}, sum{"imports.unmatched", i.Unmatched}))
	return row
}

// sum is a total with the key of its words.
type sum struct {
	label string
	n     int
}

// sums are totals in one cell, a line each: eight columns fit no screen.
func sums(l *locale, of ...sum) cell {
	var c cell
	for _, x := range of {
		c.Lines = append(c.Lines, l.T("imports.sum", l.T(x.label), x.n))
	}
	return c
}
