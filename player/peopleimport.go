package player

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Importing takes in lists of people.
type Importing interface {
	// ImportPeople receives a list; with dryRun nobody is taken in. programID may be empty.
	ImportPeople(ctx context.Context, programID string, list []byte, dryRun bool) (id string, err error)
	// PeopleImport tells how far it is.
	PeopleImport(ctx context.Context, id string) (PeopleImport, error)
	// BadRows are the lines that cannot be used, in their order, and the cursor of the next page.
	BadRows(ctx context.Context, id, cursor string) (rows []BadRow, next string, err error)
}

// PeopleImport is a list of people and how far it is.
type PeopleImport struct {
	ID, State                            string // waiting, running, done, failed
	By, Program                          string // who sent it, and where they are enrolled; in lists only
	DryRun                               bool
	Total, Done                          int
	Created, Existing, Enrolled, Invalid int
	Failure                              string
	CreatedAt                            time.Time
}

// Percent is how much of it is decided.
func (i PeopleImport) Percent() int {
	if i.Total == 0 {
		return 100
	}
	return i.Done * 100 / i.Total
}

// Working tells whether there is news to come.
func (i PeopleImport) Working() bool { return i.State == "waiting" || i.State == "running" }

// BadRow is a line that cannot be used.
type BadRow struct {
	Line                 int
	Email, Field, Reason string
}

// importView is the content of the page of one list, and of the form before it.
type importView struct {
	Form     *form
	Import   PeopleImport
	Rows     []BadRow
	Next     string
	Programs []Option
	Program  string
	Problem  string
	Zone     string
}

func (s *site) forImports(page adder) {
	page("GET /admin/people/import", s.asAdmin(s.newImport))
	page("POST /admin/people/import", s.asAdmin(s.importPeople))
	page("GET /admin/people/import/{id}", s.asAdmin(s.peopleImport))
	page("GET /admin/people/import/{id}/bad.csv", s.asAdmin(s.badRows))
}

func (s *site) newImport(w http.ResponseWriter, r *http.Request) error {
	return s.showNewImport(w, r, http.StatusOK, "")
}

func (s *site) showNewImport(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	programs, err := s.Backend.ProgramNames(r.Context())
	if err != nil {
		return err
	}
	program := r.URL.Query().Get("program_id")
	if r.Method == http.MethodPost {
		program = r.PostFormValue("program_id")
	}
	view := importView{Programs: programs, Problem: problem, Program: program}
	s.render(w, r, status, page{Name: "import_new", Title: "import.title", Section: "admin", Script: formScript, Content: view})
	return nil
}

// importPeople takes the list of the form: to try it, or for good.
func (s *site) importPeople(w http.ResponseWriter, r *http.Request) error {
	l := s.locale(r)
	list, err := formFile(r)
	switch {
	case errors.Is(err, errTooLarge):
		return s.showNewImport(w, r, http.StatusUnprocessableEntity, l.T("attendance.file_large"))
	case err != nil || len(list) == 0:
		return s.showNewImport(w, r, http.StatusUnprocessableEntity, l.T("import.file_missing"))
	}
	id, err := s.Backend.ImportPeople(r.Context(), r.PostFormValue("program_id"), list, r.PostFormValue("act") != "import")
	if err == nil {
		http.Redirect(w, r, "/admin/people/import/"+url.PathEscape(id), http.StatusSeeOther)
		return nil
	}
	status, words, err := complaint(err)
	if err != nil {
		return err
	}
	return s.showNewImport(w, r, status, words)
}

// peopleImport shows how far a list is and which of its lines cannot be used.
func (s *site) peopleImport(w http.ResponseWriter, r *http.Request) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view := importView{Zone: v.TimeZone}
	if view.Import, err = s.Backend.PeopleImport(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	var next string
	if view.Rows, next, err = s.Backend.BadRows(r.Context(), r.PathValue("id"), r.URL.Query().Get("cursor")); err != nil {
		return err
	}
	view.Next = nextPage(r, next)
	return s.show(w, r, page{Name: "import", Title: "import.title", Section: "admin", Script: formScript, Content: view})
}

// badRows is the lines that cannot be used, for a spreadsheet.
func (s *site) badRows(w http.ResponseWriter, r *http.Request) error {
	l := s.locale(r)
	rows, next, err := s.Backend.BadRows(r.Context(), r.PathValue("id"), "")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="lines-to-correct.csv"`)
	_, _ = w.Write([]byte("\xef\xbb\xbf")) // by which spreadsheets know UTF-8
	out := csv.NewWriter(w)
	_ = out.Write([]string{l.T("import.line"), l.T("import.email"), l.T("import.column"), l.T("import.reason")})
	for {
		for _, row := range rows {
			_ = out.Write([]string{strconv.Itoa(row.Line), guarded(row.Email), guarded(row.Field), guarded(row.Reason)})
		}
		if next == "" {
			break
		}
		if rows, next, err = s.Backend.BadRows(r.Context(), r.PathValue("id"), next); err != nil {
			panic(http.ErrAbortHandler) // the answer has begun: a broken connection says that it is not whole
		}
	}
	out.Flush()
	return nil
}

// guarded keeps a spreadsheet from computing what somebody else wrote.
func guarded(cell string) string {
	if cell != "" && (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@' || cell[0] == '\t' || cell[0] == '\r') {
		return "'" + cell
	}
	return cell
}
