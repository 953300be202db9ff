package catalogapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// ImportStore takes in lists of people.
type ImportStore interface {
	// NewAccountImport receives a list, all of it or nothing.
	NewAccountImport(ctx context.Context, i identity.AccountImport, file io.Reader) (identity.AccountImport, error)
	AccountImport(ctx context.Context, id identity.ImportID) (identity.AccountImport, error)
	// AccountImports lists those that are still kept, the newest first.
	AccountImports(ctx context.Context, p catalog.PageRequest) (catalog.Page[identity.AccountImport], error)
	ImportedRows(ctx context.Context, id identity.ImportID, outcome identity.RowOutcome, p catalog.PageRequest) (catalog.Page[identity.ImportedRow], error)
}

// maxRosterBytes is what the service takes at all: twenty thousand long lines.
const maxRosterBytes = 8 << 20

// registerImports: an admin or a learning system sends the doctors of a
// program, and asks from time to time how far it is.
func (s *server) registerImports() {
	const all, one = "/v1/account_imports", "/v1/account_imports/{id}"
	create := s.creating(operation("import-accounts", http.MethodPost, all, tagPeople,
		"Take in a list of doctors", http.StatusAccepted, append(forMakers, http.StatusBadRequest, http.StatusRequestEntityTooLarge)...))
	create.Description = "A CSV of at most 50,000 lines and 8 MiB in UTF-8, with comma, semicolon or tab, whose first line names the columns: email and name (or first name and last name), and " +
		"whatever else of country, time_zone, speciality, locale, phone, certificate_name, council, council_number there is; usual other headings are known. " +
		"Each line becomes an account with the role doctor, enrolled in the program; who has an account already keeps it as it is. Lines that cannot be used are reported and keep " +
		"no other from being taken. Nobody is mailed: doctors sign in with their address. Sending the list again takes in nobody twice. " +
		"The list is received in one piece, then taken in by itself – also when the service is restarted meanwhile: ask for its state."
	create.SkipValidateBody, create.MaxBodyBytes, create.BodyReadTimeout = true, maxRosterBytes, time.Minute
	create.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}, Example: "email,name,country,time_zone\nana.lopez@hospital.org,Dr Ana López,PT,Europe/Lisbon\n"},
	}}
	huma.Register(s.api, create, s.importAccounts)
	list := operation("list-account-imports", http.MethodGet, all, tagPeople, "List the lists of doctors that were taken in", http.StatusOK, forAdmins...)
	list.Description = "The newest first, dry runs included, for as long as they are kept."
	huma.Register(s.api, list, s.listImports)
	huma.Register(s.api, operation("get-account-import", http.MethodGet, one, tagPeople,
		"How far a list of doctors is", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getImport)
	huma.Register(s.api, operation("list-account-import-rows", http.MethodGet, one+"/rows", tagPeople,
		"List what became of each line of a list", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.listImportedRows)
}

type accountImportBody struct {
	ID         identity.ImportID    `json:"id"`
	ProgramID  catalog.ProgramID    `json:"program_id,omitempty"`
	DryRun     bool                 `json:"dry_run"`
	State      identity.ImportState `json:"state" enum:"waiting,running,done,failed"`
	Total      int                  `json:"total" doc:"Lines with people, or with something that is none."`
	Done       int                  `json:"done" doc:"Of them, what is decided."`
	Progress   float64              `json:"progress" minimum:"0" maximum:"1"`
	Created    int                  `json:"created" doc:"Accounts that were made; in a dry run, that would be."`
	Existing   int                  `json:"existing" doc:"Accounts that were there."`
	Enrolled   int                  `json:"enrolled" doc:"Enrolments that were made; in a dry run, that would be."`
	Invalid    int                  `json:"invalid" doc:"Lines that were not taken: see its rows with outcome=invalid."`
	CreatedBy  string               `json:"created_by" doc:"An account or an API token."`
	CreatedAt  time.Time            `json:"created_at"`
	FinishedAt *time.Time           `json:"finished_at" nullable:"true"`
	Failure    string               `json:"failure,omitempty" doc:"Why it stopped half-way."`
}

type importAnswer struct {
	Location string `header:"Location" doc:"Where to ask how far it is."`
	Body     accountImportBody
}

func importAnswered(i identity.AccountImport, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &importAnswer{Location: "/v1/account_imports/" + string(i.ID), Body: accountImportOf(i)}, nil
}

func accountImportOf(i identity.AccountImport) accountImportBody {
	body := accountImportBody{
		ID: i.ID, ProgramID: i.ProgramID, DryRun: i.DryRun, State: i.State, Total: i.Total, Done: i.Done(), Progress: 1,
		Created: i.Counts[identity.RowCreated], Existing: i.Counts[identity.RowExisting], Enrolled: i.Enrolled, Invalid: i.Counts[identity.RowInvalid],
		CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt.UTC(), FinishedAt: utc(i.FinishedAt), Failure: i.Failure,
	}
	if i.Total > 0 {
		body.Progress = float64(body.Done) / float64(i.Total)
	}
	return body
}

func (s *server) importAccounts(ctx context.Context, in *struct {
	ProgramID catalog.ProgramID `query:"program_id" maxLength:"100" doc:"Enrol them there; left out: nowhere."`
	DryRun    bool              `query:"dry_run" doc:"Tell what would happen and take in nobody."`
	RawBody   []byte            `contentType:"text/csv"`
},
) (*importAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	made, err := s.Store.NewAccountImport(ctx, identity.AccountImport{ProgramID: in.ProgramID, DryRun: in.DryRun}, bytes.NewReader(in.RawBody))
	if err == nil && s.ImportsWait != nil {
		s.ImportsWait()
	}
	return importAnswered(made, err)
}

func (s *server) listImports(ctx context.Context, in *Paging) (*listed[accountImportBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.AccountImports(ctx, in.request())
	return listOf(page, accountImportOf, err)
}

// ImportPath names an import.
type ImportPath struct {
	ID identity.ImportID `path:"id" maxLength:"100"`
}

func (s *server) getImport(ctx context.Context, in *ImportPath) (*importAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return importAnswered(s.Store.AccountImport(ctx, in.ID))
}

type importedRowBody struct {
	Line      int                 `json:"line" doc:"Of the file, from 1; the headings are the first."`
	Email     string              `json:"email" doc:"Empty when the line has none that can be used."`
	Outcome   identity.RowOutcome `json:"outcome" enum:"waiting,invalid,created,existing"`
	Enrolled  bool                `json:"enrolled" doc:"By this import."`
	AccountID catalog.AccountID   `json:"account_id,omitempty"`
	Field     string              `json:"field,omitempty" doc:"The column that cannot be used." example:"email"`
	Code      string              `json:"code,omitempty" example:"invalid_email"`
	Reason    string              `json:"reason,omitempty" example:"Please give an e-mail address such as name@hospital.org."`
}

func importedRowOf(r identity.ImportedRow) importedRowBody {
	return importedRowBody{
		Line: r.Line, Email: r.Email, Outcome: r.Outcome, Enrolled: r.Enrolled, AccountID: r.AccountID, Field: r.Field, Code: r.Code, Reason: r.Reason,
	}
}

func (s *server) listImportedRows(ctx context.Context, in *struct {
	ImportPath
	Paging
	Outcome identity.RowOutcome `query:"outcome" enum:"waiting,invalid,created,existing" doc:"Only lines with this outcome."`
},
) (*listed[importedRowBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.ImportedRows(ctx, in.ID, in.Outcome, in.request())
	return listOf(page, importedRowOf, err)
}
