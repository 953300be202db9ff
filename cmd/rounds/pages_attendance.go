package main

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// knownAs is a person in a report, in the API's JSON.
type knownAs struct {
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
}

// String is the address, or the name where there is none.
func (k knownAs) String() string {
	if k.Email != "" {
		return k.Email
	}
	return k.Name
}

// claimAnswer is what the pages read of a claim.
type claimAnswer struct {
	ClaimID   string `json:"claim_id"`
	AccountID string `json:"account_id"`
	Name      string
	Email     string
	As        knownAs
	Note      string
	State     string
	Found     bool
	Reason    string
	CreatedAt time.Time `json:"created_at"`
}

func (c claimAnswer) view() player.Claim {
	return player.Claim{
		ID: c.ClaimID, Name: c.Name, Email: c.Email, As: c.As.String(), Note: c.Note, Found: c.Found, At: c.CreatedAt, State: c.State, Reason: c.Reason,
	}
}

// Attendance implements player.Attending.
func (p *pages) Attendance(ctx context.Context, webinarID string) (player.Attendance, error) {
	view := player.Attendance{WebinarID: webinarID}
	for _, fill := range []func(context.Context, *player.Attendance) error{p.addImports, p.addClaims, p.addUnmatched} {
		if err := fill(ctx, &view); err != nil {
			return view, err
		}
	}
	view.Title = p.webinarTitle(ctx, webinarID)
	return view, nil
}

// importAnswer is an import of attendance as the API tells of it.
type importAnswer struct {
	ImportID    string     `json:"import_id"`
	WebinarID   string     `json:"webinar_id"`
	Webinar     string     `json:"webinar_title"`
	Platform    string     `json:"platform"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	Intervals   int        `json:"intervals"`
	Doctors     int        `json:"doctors"`
	Unmatched   int        `json:"unmatched"`
	RetractedAt *time.Time `json:"retracted_at"`
	RetractedBy string     `json:"retracted_by"`
	Reason      string     `json:"reason"`
}

func (p *pages) importOf(ctx context.Context, i importAnswer) player.Import {
	one := player.Import{
		ID: i.ImportID, WebinarID: i.WebinarID, Webinar: i.Webinar, Platform: i.Platform, By: p.actorName(ctx, i.CreatedBy), At: i.CreatedAt,
		Intervals: i.Intervals, Doctors: i.Doctors, Unmatched: i.Unmatched, Undone: i.RetractedAt, Reason: i.Reason,
	}
	if i.RetractedBy != "" {
		one.UndoneBy = p.actorName(ctx, i.RetractedBy)
	}
	return one
}

// AttendanceImports implements player.ImportHistory.
func (p *pages) AttendanceImports(ctx context.Context, cursor string) (imports []player.Import, next string, err error) {
	answers, next, err := listOnce[importAnswer](ctx, p, "/v1/attendance_imports", url.Values{"limit": {"50"}}, cursor)
	for _, a := range answers {
		imports = append(imports, p.importOf(ctx, a))
	}
	return imports, next, err
}

func (p *pages) addImports(ctx context.Context, view *player.Attendance) error {
	var got struct{ Items []importAnswer }
	if err := p.get(ctx, webinarPath(view.WebinarID)+"/attendance_imports", &got); err != nil {
		return err
	}
	for _, i := range got.Items {
		view.Imports = append(view.Imports, p.importOf(ctx, i))
	}
	return nil
}

func (p *pages) addClaims(ctx context.Context, view *player.Attendance) error {
	var got struct{ Items []claimAnswer }
	if err := p.get(ctx, webinarPath(view.WebinarID)+"/attendance_claims?state=pending", &got); err != nil {
		return err
	}
	for _, c := range got.Items {
		view.Claims = append(view.Claims, c.view())
	}
	return nil
}

func (p *pages) addUnmatched(ctx context.Context, view *player.Attendance) error {
	var got struct {
		Items []struct {
			knownAs
			AttendedS  float64   `json:"attended_s"`
			JoinedAt   time.Time `json:"joined_at"`
			LeftAt     time.Time `json:"left_at"`
			Candidates []struct {
				AccountID   string `json:"account_id"`
				Name, Email string
			}
		}
	}
	if err := p.get(ctx, webinarPath(view.WebinarID)+"/unmatched_attendance", &got); err != nil {
		return err
	}
	for _, u := range got.Items {
		person := player.UnmatchedPerson{Email: u.Email, Name: u.Name, AttendedS: u.AttendedS, Joined: u.JoinedAt, Left: u.LeftAt}
		for _, c := range u.Candidates {
			person.Candidates = append(person.Candidates, player.Person{ID: c.AccountID, Name: c.Name, Email: c.Email})
		}
		view.Unmatched = append(view.Unmatched, person)
	}
	return nil
}

// ImportAttendance implements player.Attending.
func (p *pages) ImportAttendance(ctx context.Context, webinarID string, report []byte, zone string, dryRun bool) (player.ImportResult, error) {
	query := url.Values{"time_zone": {zone}}
	if dryRun {
		query.Set("dry_run", "true")
	}
	answer, err := p.do(ctx, http.MethodPost, webinarPath(webinarID)+"/attendance?"+query.Encode(), report, "")
	if err != nil {
		return player.ImportResult{}, err
	}
	var got struct {
		DryRun        bool `json:"dry_run"`
		Platform      string
		ColumnMapping string `json:"column_mapping"`
		Intervals     int
		Doctors       int
		AttendedS     float64                              `json:"attended_s"`
		LeftOut       struct{ Hosts, Waiting, Absent int } `json:"left_out"`
		Unmatched     []struct{}
		Mapping       string
	}
	if err := json.Unmarshal(answer.body.Bytes(), &got); err != nil {
		return player.ImportResult{}, err
	}
	return player.ImportResult{
		DryRun: got.DryRun, Platform: got.Platform, Mapping: got.ColumnMapping, Intervals: got.Intervals, Doctors: got.Doctors, AttendedS: got.AttendedS,
		Hosts: got.LeftOut.Hosts, Waiting: got.LeftOut.Waiting, Absent: got.LeftOut.Absent, Unmatched: len(got.Unmatched),
		NoRecording: got.Mapping == "no_recording", NotMapped: got.Mapping != "confirmed",
	}, nil
}

// UndoImport implements player.Attending.
func (p *pages) UndoImport(ctx context.Context, importID, reason string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/attendance_imports/"+url.PathEscape(importID), because(reason), "")
	return err
}

// DecideClaim implements player.Attending.
func (p *pages) DecideClaim(ctx context.Context, claimID string, approve bool, reason string) error {
	return p.post(ctx, "/v1/attendance_claims/"+url.PathEscape(claimID)+"/decision", map[string]any{"approve": approve, "reason": reason}, nil)
}

// MatchAttendance implements player.Attending.
func (p *pages) MatchAttendance(ctx context.Context, webinarID string, m player.AttendanceMatch) error {
	if m.AccountID == "" {
		found, err := p.FindDoctor(ctx, m.DoctorEmail)
		if err == player.ErrNotFound { //nolint:errorlint // it answers it as it is
			return &player.FieldError{Field: "doctor_email", Message: say(ctx, catalog.Say("Nobody here has this address."))}
		}
		if err != nil {
			return err
		}
		m.AccountID = found.AccountID
	}
	return p.post(ctx, webinarPath(webinarID)+"/attendance_matches", struct {
		AccountID string `json:"account_id"`
		knownAs
	}{m.AccountID, knownAs{m.Email, m.Name}}, nil)
}

const mappingsPath = "/v1/attendance_mappings"

// mappingColumns are the columns of a mapping in the API's JSON.
type mappingColumns struct {
	Email    string `json:"email,omitempty"`
	Person   string `json:"person,omitempty"`
	JoinedAt string `json:"joined_at"`
	LeftAt   string `json:"left_at"`
}

// Mappings implements player.Attending.
func (p *pages) Mappings(ctx context.Context) ([]player.ColumnMapping, error) {
	var got struct {
		Items []struct {
			Name string
			mappingColumns
		}
	}
	if err := p.get(ctx, mappingsPath, &got); err != nil {
		return nil, err
	}
	var known []player.ColumnMapping
	for _, m := range got.Items {
		known = append(known, player.ColumnMapping{Name: m.Name, Email: m.Email, Person: m.Person, JoinedAt: m.JoinedAt, LeftAt: m.LeftAt})
	}
	return known, nil
}

// SaveMapping implements player.Attending.
func (p *pages) SaveMapping(ctx context.Context, m player.ColumnMapping) error {
	_, err := p.do(ctx, http.MethodPut, mappingsPath+"/"+url.PathEscape(m.Name),
		mappingColumns{Email: m.Email, Person: m.Person, JoinedAt: m.JoinedAt, LeftAt: m.LeftAt}, "")
	return err
}

// RemoveMapping implements player.Attending.
func (p *pages) RemoveMapping(ctx context.Context, name string) error {
	_, err := p.do(ctx, http.MethodDelete, mappingsPath+"/"+url.PathEscape(name), nil, "")
	return err
}

// OwnClaims implements player.Attending.
func (p *pages) OwnClaims(ctx context.Context, webinarID string) (player.OwnClaims, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return player.OwnClaims{}, pageErrorOf(ctx, err)
	}
	webinar, err := p.store.Webinar(ctx, who, catalog.WebinarID(webinarID))
	if err != nil {
		return player.OwnClaims{}, pageErrorOf(ctx, err)
	}
	course, err := p.store.Course(ctx, who, webinar.CourseID)
	if err != nil {
		return player.OwnClaims{}, pageErrorOf(ctx, err)
	}
	view := player.OwnClaims{WebinarID: webinarID, Title: webinar.Title, ProgramID: string(course.ProgramID)}
	var got struct{ Items []claimAnswer }
	if err := p.get(ctx, webinarPath(webinarID)+"/attendance_claims", &got); err != nil {
		return view, err
	}
	for _, c := range got.Items {
		if c.AccountID == string(who.AccountID) { // administrators are told of everybody's
			view.Claims = append(view.Claims, c.view())
		}
	}
	return view, nil
}

// ClaimAttendance implements player.Attending.
func (p *pages) ClaimAttendance(ctx context.Context, webinarID, email, name, note string) error {
	return p.post(ctx, webinarPath(webinarID)+"/attendance_claims", struct {
		knownAs
		Note string `json:"note,omitempty"`
	}{knownAs{email, name}, note}, nil)
}

// addTimeMap tells which recording another one replaces, and which it could.
func (p *pages) addTimeMap(ctx context.Context, webinar catalog.Webinar, details *player.RecordingDetails) error {
	recordings, err := p.recordings(ctx, webinar)
	if err != nil {
		return err
	}
	for _, r := range recordings {
		if r.CreatedAt.Before(details.CreatedAt) && r.State == "ready" {
			details.Earlier = append(details.Earlier, r)
		}
	}
	m, err := p.store.TimeMap(ctx, catalog.RecordingID(details.ID))
	if err := pageErrorOf(ctx, err); err != nil {
		if err == player.ErrNotFound { //nolint:errorlint // it answers it as it is
			return nil
		}
		return err
	}
	details.TimeMap.Replaces = string(m.Replaces)
	for _, piece := range m.Pieces {
		details.TimeMap.Pieces = append(details.TimeMap.Pieces, player.TimePiece{FromS: piece.FromS, ToS: piece.FromS + piece.LengthS, AtS: piece.AtS})
	}
	return nil
}

// SetTimeMap implements player.Enriching.
func (p *pages) SetTimeMap(ctx context.Context, id string, m player.TimeMap) error {
	pieces := []catalog.TimePiece{}
	for _, piece := range m.Pieces {
		pieces = append(pieces, catalog.TimePiece{FromS: piece.FromS, AtS: piece.AtS, LengthS: math.Round((piece.ToS-piece.FromS)*1000) / 1000})
	}
	_, err := p.do(ctx, http.MethodPut, recordingPath(id)+"/time_map", map[string]any{"replaces": m.Replaces, "pieces": pieces}, "")
	return err
}
