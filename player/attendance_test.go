package player

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// attendingFake knows a live session with a bit of everything.
type attendingFake struct {
	did     string
	failing *error // of what is written
	none    bool
}

var reportAt = time.Date(2026, 9, 23, 7, 30, 0, 0, time.UTC)

func (f *attendingFake) Attendance(_ context.Context, id string) (Attendance, error) {
	a := Attendance{WebinarID: id, Title: "Four pillars: who gets what, and when"}
	if id != "web_2" {
		return a, nil
	}
	undone := reportAt.Add(time.Hour)
	a.Imports = []Import{
		{ID: "att_2", Platform: "zoom_webinar", By: "Dr Amira Haddad", At: reportAt.Add(2 * time.Hour), Intervals: 412, Doctors: 371, Unmatched: 3},
		{ID: "att_1", Platform: "teams", By: "Dr Amira Haddad", At: reportAt, Intervals: 12, Doctors: 9, Undone: &undone, UndoneBy: "Dr Amira Haddad", Reason: "The report of another webinar"},
	}
	a.Claims = []Claim{
		{ID: "clm_1", Name: "Dr Ana López", Email: "ana@example.org", As: "ana.l@private.example", Note: "I joined from my husband’s computer.", Found: true, At: reportAt},
		{ID: "clm_2", Name: "Dr Ben Okafor", Email: "ben@example.org", As: "Ben’s iPad", At: reportAt},
	}
	a.Unmatched = []UnmatchedPerson{
		{Email: "ana.l@private.example", Name: "Ana L.", AttendedS: 3540, Joined: reportAt, Left: reportAt.Add(time.Hour), Candidates: []Person{{"acc_9", "Dr Ana López", "ana@example.org"}, {"acc_8", "Dr Anna Lopes", "a.very.long.address.of.a.doctor@university-hospital.example.org"}}},
		{Name: "Galaxy S24", AttendedS: 1260, Joined: reportAt, Left: reportAt.Add(30 * time.Minute)},
	}
	return a, nil
}

func (f *attendingFake) do(format string, args ...any) error {
	f.did = fmt.Sprintf(format, args...)
	if f.failing == nil {
		return nil
	}
	return *f.failing
}

func (f *attendingFake) ImportAttendance(_ context.Context, id string, report []byte, zone string, dryRun bool) (ImportResult, error) {
	return ImportResult{DryRun: dryRun, Platform: "zoom_webinar", Intervals: 412, Doctors: 371, AttendedS: 1_300_000, Hosts: 3, Absent: 40, Unmatched: 3, NotMapped: true},
		f.do("import %s %s %s %t", id, report, zone, dryRun)
}

func (f *attendingFake) UndoImport(_ context.Context, id, reason string) error {
	return f.do("undo %s %s", id, reason)
}

func (f *attendingFake) DecideClaim(_ context.Context, id string, approve bool, reason string) error {
	return f.do("decide %s %t %s", id, approve, reason)
}

func (f *attendingFake) MatchAttendance(_ context.Context, id string, m AttendanceMatch) error {
	return f.do("match %s %+v", id, m)
}

func (f *attendingFake) Mappings(context.Context) ([]ColumnMapping, error) {
	if f.none {
		return nil, nil
	}
	return []ColumnMapping{{Name: "visio", Email: "Courriel", JoinedAt: "Arrivée", LeftAt: "Départ"}}, nil
}

func (f *attendingFake) SaveMapping(_ context.Context, m ColumnMapping) error {
	return f.do("save %+v", m)
}

func (f *attendingFake) RemoveMapping(_ context.Context, name string) error {
	return f.do("remove %s", name)
}

func (f *attendingFake) OwnClaims(_ context.Context, id string) (OwnClaims, error) {
	return OwnClaims{WebinarID: id, Title: "Four pillars: who gets what, and when", ProgramID: "prg_1", Claims: []Claim{
		{As: "amira.h@private.example", At: reportAt, State: "approved"},
		{As: "Amira’s phone", At: reportAt, State: "refused", Reason: "Nobody of this name was there."},
		{As: "Dr A H", At: reportAt, State: "pending"},
	}}, nil
}

func (f *attendingFake) ClaimAttendance(_ context.Context, id, email, name, note string) error {
	return f.do("claim %s %s %s %s", id, email, name, note)
}

func (f *attendingFake) SetTimeMap(_ context.Context, id string, m TimeMap) error {
	return f.do("time map %s %+v", id, m)
}

// report sends the form with a report.
func (b *testBundle) report(file []byte, fields map[string]string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		_ = form.WriteField(name, value)
	}
	if file != nil {
		part, _ := form.CreateFormFile("file", "report.csv")
		_, _ = part.Write(file)
	}
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, livePage, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	return w
}

func (b *testBundle) wantDid(t *testing.T, want string) {
	t.Helper()
	if b.did != want {
		t.Errorf("did %q, want %q", b.did, want)
	}
	b.did = ""
}

const livePage = "/admin/webinars/web_2/attendance"

func TestWhoAttended(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get(livePage), http.StatusOK, "Enrolled doctors: 371.", "The report of another webinar", "I joined from my husband", "In the reports", "Galaxy S24", "Dr Anna Lopes", `value="Africa/Cairo"`)
	wants(t, b.get("/admin/webinars/web_9/attendance"), http.StatusOK, "Nothing yet.", "No claim waits.", "Everybody in the reports is known.")
	wants(t, b.get("/admin"), http.StatusOK, `href="/admin/webinars/web_2/attendance"`)
	b.viewer.Admin = false
	for _, path := range []string{livePage, "/admin/attendance-mappings"} {
		wants(t, b.get(path), http.StatusForbidden)
	}
}

func TestReportsAreTriedAndImported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	zone := map[string]string{"time_zone": " Europe/Berlin ", "act": "try"}
	wants(t, b.report([]byte("a,b"), zone), http.StatusOK, "Nothing is stored yet", "Left out: 3 hosts", "choose the file once more", "Europe/Berlin")
	b.wantDid(t, "import web_2 a,b Europe/Berlin true")
	zone["act"] = "import"
	wants(t, b.report([]byte("a,b"), zone), http.StatusOK, "The report is imported.")
	b.wantDid(t, "import web_2 a,b Europe/Berlin false")
	wants(t, b.report(nil, zone), http.StatusUnprocessableEntity, "Please choose the report.")
	wants(t, b.report(make([]byte, 9<<20), zone), http.StatusUnprocessableEntity, "larger than 8 MB")
	b.failure = &FieldError{Field: "lines[3]", Message: "Line 3: this is no time."}
	wants(t, b.report([]byte("a,b"), zone), http.StatusUnprocessableEntity, "Line 3: this is no time.", "Europe/Berlin")
}

func TestDecisionsOnAttendance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wantsRedirect(t, b.post(livePage+"/imports/att_2/undo", url.Values{"reason": {" wrong "}}), livePage+"?saved=undo#undo")
	b.wantDid(t, "undo att_2 wrong")
	wantsRedirect(t, b.post(livePage+"/claims/clm_1", url.Values{"decision": {"approve"}, "reason": {""}}), livePage+"?saved=claim#claim")
	b.wantDid(t, "decide clm_1 true ")
	wantsRedirect(t, b.post(livePage+"/claims/clm_2", url.Values{"decision": {"refuse"}, "reason": {"Not there."}}), livePage+"?saved=claim#claim")
	b.wantDid(t, "decide clm_2 false Not there.")
	ana := url.Values{"email": {"ana.l@private.example"}, "name": {"Ana L."}, "account_id": {"acc_9"}}
	wantsRedirect(t, b.post(livePage+"/match", ana), livePage+"?saved=match#match")
	b.wantDid(t, "match web_2 {Email:ana.l@private.example Name: AccountID:acc_9 DoctorEmail:}")
	ana.Set("doctor_email", " li@example.org ")
	wantsRedirect(t, b.post(livePage+"/match", ana), livePage+"?saved=match#match")
	b.wantDid(t, "match web_2 {Email:ana.l@private.example Name: AccountID: DoctorEmail:li@example.org}")
	phone := url.Values{"email": {""}, "name": {"Galaxy S24"}}
	wants(t, b.post(livePage+"/match", phone), http.StatusUnprocessableEntity, "Choose a doctor, or write the address.")
	wants(t, b.get(livePage+"?saved=match"), http.StatusOK, "Remembered. The time counts.")
	b.failure = &Refusal{Message: "This address belongs to somebody else."}
	wants(t, b.post(livePage+"/match", ana), http.StatusConflict, "This address belongs to somebody else.")
	wants(t, b.post(livePage+"/claims/clm_1", url.Values{}), http.StatusConflict, "belongs to somebody else")
	b.failure = ErrNotFound
	wants(t, b.post(livePage+"/imports/att_9/undo", url.Values{"reason": {"x"}}), http.StatusNotFound)
}

func TestColumnMappings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/admin/attendance-mappings"
	wants(t, b.get(path), http.StatusOK, "visio", "Courriel", "Départ")
	values := url.Values{"name": {"visio"}, "email": {"Courriel"}, "joined_at": {"Arrivée"}, "left_at": {"Départ"}}
	wantsRedirect(t, b.post(path, values), path+"?saved=visio")
	b.wantDid(t, "save {Name:visio Email:Courriel Person: JoinedAt:Arrivée LeftAt:Départ}")
	wantsRedirect(t, b.post(path+"/remove", values), path)
	b.wantDid(t, "remove visio")
	b.failure = &FieldError{Field: "name", Message: "Small letters, please."}
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Small letters, please.", `value="Arrivée"`)
	values.Del("left_at")
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Please fill in: Column with the time of leaving")
}

func TestIWasThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const path = "/webinars/web_2/claim"
	wants(t, b.get(path), http.StatusOK, "Nobody of this name was there.", "Approved", "Being checked")
	wants(t, b.get("/programs/prg_1/missing"), http.StatusOK, path)
	values := url.Values{"email": {" ana@private.example "}, "name": {""}, "note": {"my tablet"}}
	wantsRedirect(t, b.post(path, values), path+"?sent=1")
	b.wantDid(t, "claim web_2 ana@private.example  my tablet")
	wants(t, b.get(path+"?sent=1"), http.StatusOK, "counts as soon as it is approved")
	b.failure = &FieldError{Field: "email", Message: "Please give the address."}
	wants(t, b.post(path, values), http.StatusUnprocessableEntity, "Please give the address.", "my tablet")
	b.viewer = nil
	wants(t, b.get(path), http.StatusSeeOther)
}

func TestTimeMapOfARecording(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/recordings/rec_2"), http.StatusOK, "Nobody has said", "0:00 - end → 0:00", "four-pillars.mp4")
	wants(t, b.get("/recordings/rec_1"), http.StatusOK, "0:12 - 1:02:05.5 → 0:00\n1:03:00 - end → 1:02:05.5")
	values := url.Values{"replaces": {"rec_1"}, "pieces": {"0:12-45:00 -> 0\r\n\r\n50:00 – End → 44:48.25\r\n"}}
	wantsRedirect(t, b.post("/recordings/rec_2/time-map", values), "/recordings/rec_2?saved=replaces#replaces")
	b.wantDid(t, "time map rec_2 {Replaces:rec_1 Pieces:[{FromS:12 ToS:2700 AtS:0} {FromS:3000 ToS:604800 AtS:2688.25}]}")
	for _, bad := range []string{"0:12 - 45:00", "x - 1 → 0", "0:12 → 0", "1:00 - 0:30 → 0", "0 - 1:00 → "} {
		values.Set("pieces", bad)
		wants(t, b.post("/recordings/rec_2/time-map", values), http.StatusUnprocessableEntity, "Write each line as", bad)
	}
	b.wantDid(t, "")
	b.failure = &FieldError{Field: "pieces", Message: "Piece 2 begins before the one in front of it ends."}
	values.Set("pieces", "0 - 1:00 → 0")
	wants(t, b.post("/recordings/rec_2/time-map", values), http.StatusUnprocessableEntity, "Piece 2 begins before", "0 - 1:00 → 0")
}
