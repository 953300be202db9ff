package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"rounds/player"
)

// accountAnswer is an account as the API tells it.
type accountAnswer struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	Name          string    `json:"name"`
	Roles         []string  `json:"roles"`
	Country       string    `json:"country"`
	TimeZone      string    `json:"time_zone"`
	Speciality    string    `json:"speciality"`
	CouncilNumber string    `json:"council_number"`
	Disabled      bool      `json:"disabled"`
	Version       int       `json:"version"`
	CreatedAt     time.Time `json:"created_at"`
}

func (a accountAnswer) page() player.Account {
	return player.Account{
		ID: a.ID, Name: a.Name, Email: a.Email, Roles: a.Roles, Country: a.Country, TimeZone: a.TimeZone, Speciality: a.Speciality,
		CouncilNumber: a.CouncilNumber, Disabled: a.Disabled, Version: a.Version, CreatedAt: a.CreatedAt,
	}
}

// listOnce reads one page of a list of the API.
func listOnce[T any](ctx context.Context, p *pages, path string, query url.Values, cursor string) (items []T, next string, err error) {
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	var page struct {
		Items      []T     `json:"items"`
		NextCursor *string `json:"next_cursor"`
	}
	if err = p.get(ctx, path+"?"+query.Encode(), &page); err == nil && page.NextCursor != nil {
		next = *page.NextCursor
	}
	return page.Items, next, err
}

// FindAccounts implements player.Peopling: by words through the search that
// support has, else page by page.
func (p *pages) FindAccounts(ctx context.Context, q player.AccountQuery) (found []player.Account, next string, err error) {
	var answers []accountAnswer
	if q.Words != "" {
		answers, err = p.searchAccounts(ctx, q.Words)
	} else {
		query := url.Values{"limit": {"50"}}
		if q.Role != "" {
			query.Set("role", q.Role)
		}
		if q.State == "disabled" {
			query.Set("disabled", "true")
		}
		answers, next, err = listOnce[accountAnswer](ctx, p, "/v1/accounts", query, q.Cursor)
	}
	for _, a := range answers {
		if (q.Role == "" || slices.Contains(a.Roles, q.Role)) && (q.State == "" || a.Disabled == (q.State == "disabled")) {
			found = append(found, a.page())
		}
	}
	return found, next, err
}

func (p *pages) searchAccounts(ctx context.Context, words string) ([]accountAnswer, error) {
	found, _, err := listOnce[struct {
		Account accountAnswer `json:"account"`
	}](ctx, p, "/v1/support/doctors", url.Values{"q": {words}, "limit": {"50"}}, "")
	answers := make([]accountAnswer, 0, len(found))
	for _, f := range found {
		answers = append(answers, f.Account)
	}
	return answers, err
}

func accountPath(id string) string { return "/v1/accounts/" + url.PathEscape(id) }

// Account implements player.Peopling.
func (p *pages) Account(ctx context.Context, id string) (player.Account, error) {
	var a accountAnswer
	if err := p.get(ctx, accountPath(id), &a); err != nil {
		return player.Account{}, err
	}
	view := a.page()
	var helped helpedAnswer
	if err := p.get(ctx, helpedPath(id, ""), &helped); err != nil {
		return view, err
	}
	view.Programs = helped.page(ctx).Programs
	type session struct {
		ID         string    `json:"id"`
		Device     string    `json:"device"`
		CreatedAt  time.Time `json:"created_at"`
		LastUsedAt time.Time `json:"last_used_at"`
	}
	devices, _, err := listOnce[session](ctx, p, accountPath(id)+"/sessions", url.Values{}, "")
	for _, d := range devices {
		view.Devices = append(view.Devices, player.Device{ID: d.ID, Name: device(ctx, d.Device), CreatedAt: d.CreatedAt, LastUsedAt: d.LastUsedAt})
	}
	return view, err
}

// SetRoles implements player.Peopling.
func (p *pages) SetRoles(ctx context.Context, id string, version int, roles []string) error {
	return p.patch(ctx, accountPath(id), version, map[string]any{"roles": append([]string{}, roles...)})
}

// DisableAccount implements player.Peopling.
func (p *pages) DisableAccount(ctx context.Context, id string, disabled bool) error {
	return p.patch(ctx, accountPath(id), 0, map[string]any{"disabled": disabled})
}

// patch changes an object, if it is still the version that was looked at; 0 does not ask.
func (p *pages) patch(ctx context.Context, path string, version int, body any) error {
	_, err := p.doIf(ctx, http.MethodPatch, path, version, body)
	return err
}

// doIf calls the API on condition that the object has a version; 0: any.
func (p *pages) doIf(ctx context.Context, method, path string, version int, body any) (*memoryAnswer, error) {
	if version > 0 {
		ctx = context.WithValue(ctx, ifMatchKey{}, strconv.Quote(strconv.Itoa(version)))
	}
	return p.do(ctx, method, path, body, "")
}

type ifMatchKey struct{}

// SignOutAccount implements player.Peopling.
func (p *pages) SignOutAccount(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, accountPath(id)+"/sessions", nil, "")
	return err
}

func programPath(id string) string { return "/v1/programs/" + url.PathEscape(id) }

// Enrol implements player.Peopling.
func (p *pages) Enrol(ctx context.Context, programID, accountID string) error {
	return p.post(ctx, programPath(programID)+"/enrolments", map[string]string{"account_id": accountID}, nil)
}

// EndEnrolment implements player.Peopling.
func (p *pages) EndEnrolment(ctx context.Context, programID, accountID, reason string) error {
	return p.post(ctx, programPath(programID)+"/enrolments/"+url.PathEscape(accountID)+"/end", because(reason), nil)
}

// ProgramNames implements player.Peopling.
func (p *pages) ProgramNames(ctx context.Context) ([]player.Option, error) {
	programs, err := listAll[struct{ ID, Title string }](ctx, p, "/v1/programs", url.Values{})
	options := make([]player.Option, 0, len(programs))
	for _, program := range programs {
		options = append(options, player.Option{Value: program.ID, Label: program.Title})
	}
	return options, err
}

// ImportPeople implements player.Importing.
func (p *pages) ImportPeople(ctx context.Context, programID string, list []byte, dryRun bool) (string, error) {
	query := url.Values{"dry_run": {strconv.FormatBool(dryRun)}}
	if programID != "" {
		query.Set("program_id", programID)
	}
	var made struct{ ID string }
	err := p.post(ctx, importsPath+"?"+query.Encode(), list, &made)
	return made.ID, err
}

const importsPath = "/v1/account_imports"

// PeopleImport implements player.Importing.
func (p *pages) PeopleImport(ctx context.Context, id string) (player.PeopleImport, error) {
	var i peopleImportAnswer
	err := p.get(ctx, importsPath+"/"+url.PathEscape(id), &i)
	return i.page(), err
}

// peopleImportAnswer is a list of people as the API tells of it.
type peopleImportAnswer struct {
	ID        string    `json:"id"`
	ProgramID string    `json:"program_id"`
	State     string    `json:"state"`
	DryRun    bool      `json:"dry_run"`
	Total     int       `json:"total"`
	Done      int       `json:"done"`
	Created   int       `json:"created"`
	Existing  int       `json:"existing"`
	Enrolled  int       `json:"enrolled"`
	Invalid   int       `json:"invalid"`
	Failure   string    `json:"failure"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

func (i peopleImportAnswer) page() player.PeopleImport {
	return player.PeopleImport{
		ID: i.ID, State: i.State, DryRun: i.DryRun, Total: i.Total, Done: i.Done, Created: i.Created, Existing: i.Existing,
		Enrolled: i.Enrolled, Invalid: i.Invalid, Failure: i.Failure, CreatedAt: i.CreatedAt,
	}
}

// PeopleImports implements player.ImportHistory.
func (p *pages) PeopleImports(ctx context.Context, cursor string) (imports []player.PeopleImport, next string, err error) {
	answers, next, err := listOnce[peopleImportAnswer](ctx, p, importsPath, url.Values{"limit": {"50"}}, cursor)
	if err != nil {
		return nil, "", err
	}
	programs, err := p.ProgramNames(ctx)
	for _, a := range answers {
		i := a.page()
		i.By = p.actorName(ctx, a.CreatedBy)
		if n := slices.IndexFunc(programs, func(o player.Option) bool { return o.Value == a.ProgramID }); n >= 0 {
			i.Program = programs[n].Label
		}
		imports = append(imports, i)
	}
	return imports, next, err
}

// BadRows implements player.Importing.
func (p *pages) BadRows(ctx context.Context, id, cursor string) ([]player.BadRow, string, error) {
	return listOnce[player.BadRow](ctx, p, importsPath+"/"+url.PathEscape(id)+"/rows", url.Values{"outcome": {"invalid"}, "limit": {"200"}}, cursor)
}
