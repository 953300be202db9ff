package player

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Attending is who was in live sessions: what administrators decide about
// reports of webinar platforms, and what doctors say of themselves.
type Attending interface {
	// Attendance is what reports and doctors say of a webinar.
	Attendance(ctx context.Context, webinarID string) (Attendance, error)
	// ImportAttendance reads a report; with dryRun nothing is stored.
	ImportAttendance(ctx context.Context, webinarID string, report []byte, zone string, dryRun bool) (ImportResult, error)
	// UndoImport takes back what an import gave.
	UndoImport(ctx context.Context, importID, reason string) error
	// DecideClaim approves or refuses what a doctor says of herself.
	DecideClaim(ctx context.Context, claimID string, approve bool, reason string) error
	// MatchAttendance says who is behind a row.
	MatchAttendance(ctx context.Context, webinarID string, m AttendanceMatch) error
	// Mappings are the saved columns of other sheets.
	Mappings(ctx context.Context) ([]ColumnMapping, error)
	// SaveMapping saves one under its name.
	SaveMapping(ctx context.Context, m ColumnMapping) error
	// RemoveMapping forgets one.
	RemoveMapping(ctx context.Context, name string) error
	// OwnClaims are the reader's own on a webinar.
	OwnClaims(ctx context.Context, webinarID string) (OwnClaims, error)
	// ClaimAttendance says that the reader was there, by an address or a name.
	ClaimAttendance(ctx context.Context, webinarID, email, name, note string) error
}

// maxReportForm bounds the form with a report: what the API takes, and what the
// form adds to it.
const maxReportForm = 8<<20 + 64<<10

// Attendance is the page of a webinar's live session.
type Attendance struct {
	WebinarID, Title string
	Imports          []Import
	Claims           []Claim // that wait
	Unmatched        []UnmatchedPerson
}

// Import is a report that was imported.
type Import struct {
	ID, Platform, By              string
	WebinarID, Webinar            string // id and title
	At                            time.Time
	Intervals, Doctors, Unmatched int
	Undone                        *time.Time
	UndoneBy, Reason              string
}

// ImportResult is what an import did, or would do.
type ImportResult struct {
	DryRun                 bool
	Platform, Mapping      string // mapping: the saved one that knew the sheet
	Intervals, Doctors     int
	AttendedS              float64
	Hosts, Waiting, Absent int // left out
	Unmatched              int
	NoRecording, NotMapped bool // there is no recording yet; nobody has confirmed where the session lies on it
}

// Claim is what a doctor says of herself.
type Claim struct {
	ID, Name, Email string // of the doctor
	As              string // the address or name in the report
	Note            string
	Found           bool // the reports have such a person
	At              time.Time
	State, Reason   string // for her own: "pending", "approved", "refused"
}

// UnmatchedPerson is somebody in the reports who is nobody enrolled.
type UnmatchedPerson struct {
	Email, Name  string
	AttendedS    float64
	Joined, Left time.Time
	Candidates   []Person
}

// AttendanceMatch says who is behind an address or, without one, a name. The
// doctor is named by id or by address.
type AttendanceMatch struct {
	Email, Name            string // of the report
	AccountID, DoctorEmail string
}

// ColumnMapping is which columns of a sheet mean what.
type ColumnMapping struct {
	Name, Email, Person, JoinedAt, LeftAt string
}

// OwnClaims is the page on which a doctor says that she was there.
type OwnClaims struct {
	WebinarID, Title, ProgramID string
	Claims                      []Claim
}

// attendanceView is the content of the page of a live session.
type attendanceView struct {
	Attendance
	Zone     string
	Result   *ImportResult
	TimeZone string            // of the import's form
	Saved    string            // which block has just changed
	Problems map[string]string // by block, or by block and row
}

// attendancePage shows administrators who was in a live session.
func (s *site) attendancePage(w http.ResponseWriter, r *http.Request) error {
	view, err := s.attendanceOf(r)
	if err != nil {
		return err
	}
	switch saved := r.URL.Query().Get("saved"); saved {
	case "import", "undo", "claim", "match":
		view.Saved = saved
	}
	return s.showAttendance(w, r, http.StatusOK, view)
}

func (s *site) attendanceOf(r *http.Request) (attendanceView, error) {
	v, err := s.viewer(r)
	if err != nil {
		return attendanceView{}, err
	}
	if !v.Admin {
		return attendanceView{}, ErrForbidden
	}
	found, err := s.Backend.Attendance(r.Context(), r.PathValue("id"))
	return attendanceView{Attendance: found, Zone: v.TimeZone, TimeZone: v.TimeZone, Problems: map[string]string{}}, err
}

func (s *site) showAttendance(w http.ResponseWriter, r *http.Request, status int, view attendanceView) error {
	s.render(w, r, status, page{Name: "attendance", Title: "attendance.title", Section: "admin", Script: formScript, Content: view})
	return nil
}

// attended returns to the page after a change, or shows it again with what was
// wrong beside its form.
func (s *site) attended(w http.ResponseWriter, r *http.Request, block, saved string, err error) error {
	if err == nil {
		to := "/admin/webinars/" + url.PathEscape(r.PathValue("id")) + "/attendance?saved=" + saved + "#" + saved
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	status, words, err := complaint(err)
	if err != nil {
		return err
	}
	view, err := s.attendanceOf(r)
	if err != nil {
		return err
	}
	view.Problems[block] = words
	if zone := r.PostFormValue("time_zone"); zone != "" {
		view.TimeZone = zone
	}
	return s.showAttendance(w, r, status, view)
}

// complaint is what is to be said beside a form; err when it is not the reader's.
func complaint(from error) (status int, words string, err error) {
	var field *FieldError
	var refusal *Refusal
	switch {
	case errors.As(from, &field):
		return http.StatusUnprocessableEntity, field.Message, nil
	case errors.As(from, &refusal):
		return statusOf(refusal), refusal.Message, nil
	default:
		return 0, "", from
	}
}

// importAttendance takes a report: to try it, or for good.
func (s *site) importAttendance(w http.ResponseWriter, r *http.Request) error {
	file, err := attendanceFile(s.locale(r), r)
	if err != nil {
		return s.attended(w, r, "import", "", err)
	}
	dryRun := r.PostFormValue("act") != "import"
	result, err := s.Backend.ImportAttendance(r.Context(), r.PathValue("id"), file, strings.TrimSpace(r.PostFormValue("time_zone")), dryRun)
	if err != nil {
		return s.attended(w, r, "import", "", err)
	}
	view, err := s.attendanceOf(r)
	if err != nil {
		return err
	}
	view.Result, view.TimeZone = &result, r.PostFormValue("time_zone")
	return s.showAttendance(w, r, http.StatusOK, view)
}

// attendanceFile reads the report of the form.
func attendanceFile(l *locale, r *http.Request) ([]byte, error) {
	file, err := formFile(r)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &FieldError{Field: "file", Message: l.T("attendance.file_large")}
	case err != nil || len(file) == 0:
		return nil, &FieldError{Field: "file", Message: l.T("attendance.file_missing")}
	}
	return file, nil
}

func (s *site) undoImport(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("import")
	return s.attended(w, r, "import-"+id, "undo", s.Backend.UndoImport(r.Context(), id, strings.TrimSpace(r.PostFormValue("reason"))))
}

func (s *site) decideClaim(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("claim")
	err := s.Backend.DecideClaim(r.Context(), id, r.PostFormValue("decision") == "approve", strings.TrimSpace(r.PostFormValue("reason")))
	return s.attended(w, r, "claim-"+id, "claim", err)
}

func (s *site) matchAttendance(w http.ResponseWriter, r *http.Request) error {
	m := AttendanceMatch{
		Email: r.PostFormValue("email"), Name: r.PostFormValue("name"),
		AccountID: r.PostFormValue("account_id"), DoctorEmail: strings.TrimSpace(r.PostFormValue("doctor_email")),
	}
	if m.DoctorEmail != "" { // what was typed is meant
		m.AccountID = ""
	}
	if m.Email != "" { // by the address alone; the name is for reading
		m.Name = ""
	}
	var err error
	if m.AccountID == "" && m.DoctorEmail == "" {
		err = &FieldError{Field: "doctor_email", Message: s.locale(r).T("attendance.nobody_chosen")}
	} else {
		err = s.Backend.MatchAttendance(r.Context(), r.PathValue("id"), m)
	}
	return s.attended(w, r, "match-"+m.Email+m.Name, "match", err)
}

// Problem is what is wrong with one row of a block.
func (v attendanceView) Problem(block, row string) string { return v.Problems[block+"-"+row] }

// RowProblem is what is wrong with the match of somebody.
func (v attendanceView) RowProblem(p UnmatchedPerson) string {
	if p.Email != "" {
		return v.Problems["match-"+p.Email]
	}
	return v.Problems["match-"+p.Name]
}
