package player

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Peopling is the accounts of this installation, for administrators.
type Peopling interface {
	// FindAccounts lists accounts and returns the cursor of the next page, empty on the last.
	FindAccounts(ctx context.Context, q AccountQuery) (accounts []Account, next string, err error)
	// Account is one of them, with its programs and devices.
	Account(ctx context.Context, id string) (Account, error)
	// SetRoles and DisableAccount change it; version is the one that was looked at.
	SetRoles(ctx context.Context, id string, version int, roles []string) error
	DisableAccount(ctx context.Context, id string, disabled bool) error
	// SignOutAccount ends every session of an account.
	SignOutAccount(ctx context.Context, id string) error
	// Enrol and EndEnrolment put an account into a program and take it out.
	Enrol(ctx context.Context, programID, accountID string) error
	EndEnrolment(ctx context.Context, programID, accountID, reason string) error
	// ProgramNames are all programs, to choose from.
	ProgramNames(ctx context.Context) ([]Option, error)
}

// AccountQuery says which accounts are looked for.
type AccountQuery struct {
	Words, Role, State string // State: "", "active" or "disabled"
	Cursor             string
}

// Account is a person's.
type Account struct {
	ID, Name, Email, Country, TimeZone string
	Speciality, CouncilNumber          string
	Roles                              []string
	Disabled                           bool
	Version                            int
	CreatedAt                          time.Time
	Programs                           []HelpedProgram
	Devices                            []Device
}

// roleNames are the roles that can be given, in the order of the form.
func roleNames() []string {
	return []string{"doctor", "presenter", "moderator", "support", "sponsor", "admin"}
}

func (s *site) forPeople(page adder) {
	page("GET /admin/people", s.asAdmin(s.people))
	page("GET /admin/people/{id}", s.asAdmin(s.person))
	page("POST /admin/people/{id}/{act}", s.asAdmin(s.changePerson))
}

// people lists accounts.
func (s *site) people(w http.ResponseWriter, r *http.Request) error {
	l, query := s.locale(r), r.URL.Query()
	q := AccountQuery{Words: strings.TrimSpace(query.Get("q")), Role: query.Get("role"), State: query.Get("state"), Cursor: query.Get("cursor")}
	found, next, err := s.Backend.FindAccounts(r.Context(), q)
	var problem string
	if err != nil {
		if _, problem, err = complaint(err); err != nil {
			return err
		}
	}
	view := listing{
		Title: "people.title", Intro: "people.intro", Crumbs: administration(), Empty: "people.none", Problem: problem, Next: nextPage(r, next),
		Buttons: []link{{"/admin/people/import", "import.title"}, {"/v1/accounts.csv", "people.export"}, {"/admin/presenters/new", "admin.new_presenter"}},
		Columns: []string{"people.person", "people.roles", "people.country", "people.since"},
		Filter: asked(r,
			field{Name: "q", Label: "people.words", Type: "search"},
			field{Name: "role", Label: "people.role", Type: typeSelect, Options: choices(l, "people.all_roles", "role", roleNames()...)},
			field{Name: "state", Label: "people.state", Type: typeSelect, Options: choices(l, "people.all_states", "people", "active", "disabled")}),
	}
	for _, a := range found {
		row := listRow{ID: a.ID, Name: a.Name, Note: a.Email, URL: "/admin/people/" + url.PathEscape(a.ID), Cells: []cell{
			{Text: listed(roleWords(l, a.Roles))}, textCell(l.country(a.Country)), timeCell(&a.CreatedAt),
		}}
		if a.Disabled {
			row.Cells[0].Badge, row.Cells[0].Class = l.T("people.disabled"), classFailed
		}
		view.Rows = append(view.Rows, row)
	}
	return s.showList(w, r, view)
}

func roleWords(l *locale, roles []string) []string {
	words := make([]string, 0, len(roles))
	for _, role := range roles {
		words = append(words, l.T("role."+role))
	}
	return words
}

// country is the name of a country in this language; its code when it has none.
func (l *locale) country(code string) string {
	if name, ok := l.Countries[code]; ok {
		return name
	}
	return code
}

// personView is the content of the page about one account.
type personView struct {
	Account
	Country  string
	Roles    field
	Programs []Option // that the account is not in
	Done     string
	Problem  string
	Zone     string
}

// person shows one account and what can be done about it.
func (s *site) person(w http.ResponseWriter, r *http.Request) error {
	return s.showPerson(w, r, doneKey(r, "people.done", "roles", "disable", "enable", "sign-out", "enrol", "end"), "")
}

func (s *site) showPerson(w http.ResponseWriter, r *http.Request, done, problem string) error {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	found, err := s.Backend.Account(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	programs, err := s.Backend.ProgramNames(r.Context())
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := personView{Account: found, Done: done, Problem: problem, Zone: v.TimeZone, Country: l.country(found.Country)}
	view.Roles = field{Name: "roles", Label: "people.roles", Help: "people.roles_help", Type: "multiple", Required: true, Options: choices(l, "", "role", roleNames()...), Values: found.Roles}
	for _, p := range programs {
		in := func(x HelpedProgram) bool { return x.ID == p.Value && !x.Ended }
		if !slices.ContainsFunc(found.Programs, in) {
			view.Programs = append(view.Programs, p)
		}
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, r, status, page{Name: "person", Title: "people.title", Section: "admin", Script: formScript, Content: view})
	return nil
}

// changePerson does one of the acts on the page.
func (s *site) changePerson(w http.ResponseWriter, r *http.Request) error {
	id, done := r.PathValue("id"), r.PathValue("act")
	var err error
	switch done {
	case "roles":
		err = s.Backend.SetRoles(r.Context(), id, shownVersion(r.PostFormValue("version")), formValues(r, "roles"))
	case "disable", "enable":
		err = s.Backend.DisableAccount(r.Context(), id, done == "disable")
	case "sign-out":
		err = s.Backend.SignOutAccount(r.Context(), id)
	case "enrol":
		err = s.Backend.Enrol(r.Context(), r.PostFormValue("program_id"), id)
	case "end":
		err = s.Backend.EndEnrolment(r.Context(), r.PostFormValue("program_id"), id, strings.TrimSpace(r.PostFormValue("reason")))
	default:
		return ErrNotFound
	}
	return afterAct(w, r, "/admin/people/"+url.PathEscape(id), done, err, s.showPerson)
}

// shownVersion reads what a page of ours has put into a hidden field; 0 when
// somebody has changed it.
func shownVersion(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// formValues reads all values of one field of a form that is sent by POST.
func formValues(r *http.Request, name string) []string {
	_ = r.PostFormValue(name) // reads the form
	return r.PostForm[name]
}
