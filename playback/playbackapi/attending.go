package playbackapi

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/attendance"
)

// AttendingStore keeps who is behind the rows of reports that name nobody
// enrolled.
type AttendingStore interface {
	// AttendanceImports lists the imports of a webinar. catalog.ErrNotFound.
	AttendanceImports(ctx context.Context, webinar catalog.WebinarID) ([]playback.ImportSummary, error)
	// AllAttendanceImports lists those of all webinars, the newest first.
	AllAttendanceImports(ctx context.Context, page catalog.PageRequest) (catalog.Page[playback.ImportSummary], error)
	// UnmatchedAttendance lists who is in reports and not enrolled. catalog.ErrNotFound.
	UnmatchedAttendance(ctx context.Context, webinar catalog.WebinarID) ([]playback.UnmatchedPerson, error)
	// Enrolled lists who takes part in the program of a webinar.
	Enrolled(ctx context.Context, webinar catalog.WebinarID) ([]playback.Person, error)
	// MatchAttendance says who is behind an address or name, from now on.
	// catalog.ErrNotFound, *catalog.FieldError, *catalog.ConflictError.
	MatchAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, who playback.Known) error
	// UnmatchAttendance takes that back. catalog.ErrNotFound, *catalog.FieldError.
	UnmatchAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, who playback.Known, reason string) error
	// ClaimAttendance keeps a doctor's claim. catalog.ErrNotFound.
	ClaimAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, as playback.Known, note string) (playback.ClaimID, error)
	// AttendanceClaims lists claims on a webinar; of one account unless it is empty. catalog.ErrNotFound.
	AttendanceClaims(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, state playback.ClaimState) ([]playback.Claim, error)
	// DecideClaim approves or refuses a claim. Errors of MatchAttendance.
	DecideClaim(ctx context.Context, id playback.ClaimID, approve bool, reason string) error
}

// forPeople are the answers that endpoints on people in reports may give beside success.
var forPeople = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
}

// registerAttending: who is behind rows that match nobody.
func (s *server) registerAttending(api huma.API) {
	operation := func(id, method, path, summary, description string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description, DefaultStatus: status, Errors: forPeople,
		}
	}
	huma.Register(api, operation("list-attendance-imports", http.MethodGet, "/v1/webinars/{id}/attendance_imports",
		"List the imports of attendance", "The newest first, also those that were taken back, with the reason. At most 500.", http.StatusOK), s.listImports)
	huma.Register(api, operation("list-all-attendance-imports", http.MethodGet, "/v1/attendance_imports",
		"List the imports of attendance of all webinars", "For administrators. The newest first, also those that were taken back, with the reason.", http.StatusOK), s.listAllImports)
	huma.Register(api, operation("list-unmatched-attendance", http.MethodGet, "/v1/webinars/{id}/unmatched_attendance",
		"List who attended and is nobody enrolled", "Each person of the reports once, the longest stay first. At most 5,000. The first 200 come with up to three enrolled doctors each whose name or address is written much the same.", http.StatusOK), s.listUnmatched)
	huma.Register(api, operation("match-attendance", http.MethodPost, "/v1/webinars/{id}/attendance_matches",
		"Say who is behind an address or a name of a report",
		"It is remembered: the rows count at once, and so do those of other webinars and later reports. An address becomes a further address of the account.",
		http.StatusNoContent), s.matchAttendance)
	huma.Register(api, operation("unmatch-attendance", http.MethodDelete, "/v1/webinars/{id}/attendance_matches",
		"Take back who is behind an address or a name", "What rows known by it gave is taken back in every webinar, nothing else. Doing it twice is harmless.",
		http.StatusNoContent), s.unmatchAttendance)
	huma.Register(api, s.creating(operation("claim-attendance", http.MethodPost, "/v1/webinars/{id}/attendance_claims",
		"Claim to have attended under another address or name",
		"A doctor's own. The answer is the same whether the reports have such a person or not; an administrator decides.", http.StatusAccepted)), s.claimAttendance)
	huma.Register(api, operation("list-attendance-claims", http.MethodGet, "/v1/webinars/{id}/attendance_claims",
		"List claims on attendance", "The oldest first, at most 1,000. Doctors see their own, with the reason of a refusal.", http.StatusOK), s.listClaims)
	huma.Register(api, operation("decide-attendance-claim", http.MethodPost, "/v1/attendance_claims/{id}/decision",
		"Approve or refuse a claim", "An approved claim matches as “match-attendance” does. Deciding the same again changes nothing.", http.StatusNoContent), s.decideClaim)
}

type webinarInput struct {
	ID string `path:"id" maxLength:"100"`
}

type importBody struct {
	ImportID    playback.ImportID `json:"import_id"`
	WebinarID   catalog.WebinarID `json:"webinar_id"`
	Webinar     string            `json:"webinar_title"`
	Platform    string            `json:"platform" example:"teams"`
	CreatedBy   string            `json:"created_by" doc:"An account or an API token."`
	CreatedAt   time.Time         `json:"created_at"`
	Intervals   int               `json:"intervals"`
	Doctors     int               `json:"doctors" doc:"Enrolled doctors among them, as matched today."`
	Unmatched   int               `json:"unmatched" doc:"Intervals of nobody who is enrolled."`
	RetractedAt *time.Time        `json:"retracted_at,omitempty"`
	RetractedBy string            `json:"retracted_by,omitempty"`
	Reason      string            `json:"reason,omitempty" doc:"Why it was taken back."`
}

type importsOutput struct {
	Body struct {
		Items []importBody `json:"items" nullable:"false"`
	}
}

func (s *server) listImports(ctx context.Context, in *webinarInput) (*importsOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	list, err := s.Store.AttendanceImports(ctx, catalog.WebinarID(in.ID))
	out := &importsOutput{}
	out.Body.Items = []importBody{}
	for _, i := range list {
		out.Body.Items = append(out.Body.Items, importOf(i))
	}
	return out, err
}

func importOf(i playback.ImportSummary) importBody {
	return importBody{
		ImportID: i.ID, WebinarID: i.WebinarID, Webinar: i.Webinar, Platform: i.Platform, CreatedBy: i.By, CreatedAt: i.CreatedAt.UTC(),
		Intervals: i.Rows, Doctors: i.Doctors, Unmatched: i.Unmatched,
		RetractedAt: inUTC(i.RetractedAt), RetractedBy: i.RetractedBy, Reason: i.Reason,
	}
}

type allImportsOutput struct {
	Body struct {
		Items      []importBody `json:"items" nullable:"false"`
		NextCursor *string      `json:"next_cursor" doc:"Null on the last page."`
	}
}

func (s *server) listAllImports(ctx context.Context, in *Paging) (*allImportsOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	page, err := s.Store.AllAttendanceImports(ctx, in.request())
	if err != nil {
		return nil, err
	}
	out := &allImportsOutput{}
	out.Body.Items, out.Body.NextCursor = []importBody{}, orNull(page.NextCursor)
	for _, i := range page.Items {
		out.Body.Items = append(out.Body.Items, importOf(i))
	}
	return out, nil
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	utc := t.UTC()
	return &utc
}

type unmatchedPersonBody struct {
	Email      string            `json:"email" doc:"Empty when the report has none."`
	Name       string            `json:"name"`
	AttendedS  float64           `json:"attended_s" doc:"By the clock, in all reports."`
	JoinedAt   time.Time         `json:"joined_at" doc:"The first time."`
	LeftAt     time.Time         `json:"left_at" doc:"The last time."`
	Candidates []suggestedDoctor `json:"candidates" nullable:"false" doc:"Enrolled doctors who may be meant, the likeliest first."`
}

type suggestedDoctor struct {
	AccountID catalog.AccountID `json:"account_id"`
	Name      string            `json:"name"`
	Email     string            `json:"email"`
	Likeness  float64           `json:"likeness" example:"0.82" doc:"Of the spellings, at most 1."`
}

type unmatchedOutput struct {
	Body struct {
		Items []unmatchedPersonBody `json:"items" nullable:"false"`
	}
}

func (s *server) listUnmatched(ctx context.Context, in *webinarInput) (*unmatchedOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	list, err := s.Store.UnmatchedAttendance(ctx, catalog.WebinarID(in.ID))
	if err != nil {
		return nil, err
	}
	doctors, err := s.Store.Enrolled(ctx, catalog.WebinarID(in.ID))
	if err != nil {
		return nil, err
	}
	suggestions := attendance.NewSuggestions(doctors)
	out := &unmatchedOutput{}
	out.Body.Items = []unmatchedPersonBody{}
	for i, p := range list {
		body := unmatchedPersonBody{
			Email: p.Email, Name: p.Name, AttendedS: seconds(p.AttendedMS), JoinedAt: p.Joined.UTC(), LeftAt: p.Left.UTC(), Candidates: []suggestedDoctor{},
		}
		if i < maxSuggested {
			body.Candidates = candidates(suggestions.For(p.Known))
		}
		out.Body.Items = append(out.Body.Items, body)
	}
	return out, nil
}

// maxSuggested bounds for how many people candidates are looked for: each is
// compared with everybody enrolled.
const maxSuggested = 200

func candidates(found []attendance.Suggestion) []suggestedDoctor {
	out := make([]suggestedDoctor, 0, len(found))
	for _, c := range found {
		out = append(out, suggestedDoctor{AccountID: c.AccountID, Name: c.Name, Email: c.Email, Likeness: math.Round(c.Likeness*100) / 100})
	}
	return out
}

// KnownBody is an address or a name. It is exported for the schema alone: fields of embedded types show only then.
type KnownBody struct {
	Email string `json:"email,omitempty" maxLength:"254" example:"ana@private.example" doc:"As the report has it. Give this or name."`
	Name  string `json:"name,omitempty" maxLength:"200" example:"Ana L." doc:"Where the report has no address; letter case and repeated spaces are no matter."`
}

func (k KnownBody) known() (playback.Known, error) {
	name := strings.TrimSpace(k.Name)
	switch {
	case k.Email == "" && name == "":
		return playback.Known{}, catalog.Invalid("email", "Please give the address that was used to join, or the name where there was none.")
	case k.Email != "" && name != "":
		return playback.Known{}, catalog.Invalid("name", "Please give either the address or the name.")
	case name != "":
		return playback.Known{Name: name}, nil
	}
	email, err := identity.NormalEmail(k.Email)
	return playback.Known{Email: email}, err
}

type matchInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		AccountID catalog.AccountID `json:"account_id" minLength:"1" maxLength:"100"`
		KnownBody
	}
}

func (s *server) matchAttendance(ctx context.Context, in *matchInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	who, err := in.Body.known()
	if err != nil {
		return nil, err
	}
	return nil, s.Store.MatchAttendance(ctx, catalog.WebinarID(in.ID), in.Body.AccountID, who)
}

type unmatchInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		AccountID catalog.AccountID `json:"account_id" minLength:"1" maxLength:"100"`
		KnownBody
		Reason string `json:"reason" minLength:"1" maxLength:"1000" example:"Two colleagues share this name."`
	}
}

func (s *server) unmatchAttendance(ctx context.Context, in *unmatchInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	who, err := in.Body.known()
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, catalog.Invalid("reason", "Please say why it is taken back.")
	}
	return nil, s.Store.UnmatchAttendance(ctx, catalog.WebinarID(in.ID), in.Body.AccountID, who, reason)
}

type claimInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		KnownBody
		Note string `json:"note,omitempty" maxLength:"1000" example:"I joined from my husband's computer."`
	}
}

type claimOutput struct {
	Body struct {
		ClaimID playback.ClaimID    `json:"claim_id"`
		State   playback.ClaimState `json:"state" enum:"pending"`
	}
}

func (s *server) claimAttendance(ctx context.Context, in *claimInput) (*claimOutput, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	as, err := in.Body.known()
	if err != nil {
		return nil, err
	}
	id, err := s.Store.ClaimAttendance(ctx, catalog.WebinarID(in.ID), who.AccountID, as, strings.TrimSpace(in.Body.Note))
	out := &claimOutput{}
	out.Body.ClaimID, out.Body.State = id, playback.ClaimPending
	return out, err
}

type claimsInput struct {
	ID    string `path:"id" maxLength:"100"`
	State string `query:"state" enum:"pending,approved,refused" doc:"Only claims in this state."`
}

type claimBody struct {
	ClaimID   playback.ClaimID    `json:"claim_id"`
	AccountID catalog.AccountID   `json:"account_id"`
	Email     string              `json:"email" doc:"The account's own."`
	Name      string              `json:"name"`
	As        KnownBody           `json:"as" doc:"Who the doctor was in the report."`
	Note      string              `json:"note"`
	State     playback.ClaimState `json:"state" enum:"pending,approved,refused"`
	Found     *bool               `json:"found,omitempty" doc:"For admins: the reports have such a person who is nobody else."`
	CreatedAt time.Time           `json:"created_at"`
	DecidedAt *time.Time          `json:"decided_at,omitempty"`
	DecidedBy string              `json:"decided_by,omitempty"`
	Reason    string              `json:"reason,omitempty" doc:"Of a refusal."`
}

type claimsOutput struct {
	Body struct {
		Items []claimBody `json:"items" nullable:"false"`
	}
}

func (s *server) listClaims(ctx context.Context, in *claimsInput) (*claimsOutput, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	of := who.AccountID
	if who.Admin() {
		of = ""
	} else if of == "" {
		return nil, catalog.ErrForbidden
	}
	list, err := s.Store.AttendanceClaims(ctx, catalog.WebinarID(in.ID), of, playback.ClaimState(in.State))
	out := &claimsOutput{}
	out.Body.Items = []claimBody{}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, claimOf(c, who.Admin()))
	}
	return out, err
}

// claimOf leaves out for doctors what is for those who decide.
func claimOf(c playback.Claim, admin bool) claimBody {
	body := claimBody{
		ClaimID: c.ID, AccountID: c.AccountID, Email: c.Email, Name: c.Name, As: KnownBody(c.As), Note: c.Note, State: c.State,
		CreatedAt: c.CreatedAt.UTC(), DecidedAt: inUTC(c.DecidedAt), Reason: c.Reason,
	}
	if admin {
		body.Found, body.DecidedBy = &c.Found, c.DecidedBy
	}
	return body
}

type decideInput struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Approve bool   `json:"approve"`
		Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"Needed to refuse; the doctor is shown it." example:"This address belongs to a colleague."`
	}
}

func (s *server) decideClaim(ctx context.Context, in *decideInput) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if !in.Body.Approve && reason == "" {
		return nil, catalog.Invalid("reason", "Please say why it is refused; the doctor is shown it.")
	}
	return nil, s.Store.DecideClaim(ctx, playback.ClaimID(in.ID), in.Body.Approve, reason)
}
