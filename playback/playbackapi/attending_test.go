package playbackapi_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

func (b *bundle) webinarPath(rest string) string { return "/v1/webinars/" + string(b.webinar) + rest }

// importSheet imports a sheet of people by a saved column mapping.
func (b *bundle) importSheet(rows ...string) answer {
	b.t.Helper()
	sheet := "Courriel;Nom;Entrée;Sortie\n" + strings.Join(rows, "\n") + "\n"
	return b.call(admin, "POST", b.attendancePath(""), sheet, "Content-Type", "text/csv")
}

func present(email, name string) string {
	return email + ";" + name + ";2026-09-22T14:30:00Z;2026-09-22T14:30:40Z"
}

func (b *bundle) list(path string) (items []map[string]any) {
	b.t.Helper()
	for _, item := range b.want(http.StatusOK, b.call(admin, "GET", path, "")).json["items"].([]any) {
		items = append(items, item.(map[string]any))
	}
	return items
}

// unmatched are the addresses and names that nobody is known by.
func (b *bundle) unmatched() (people []string) {
	b.t.Helper()
	for _, item := range b.list(b.webinarPath("/unmatched_attendance")) {
		people = append(people, fmt.Sprint(item["email"], "|", item["name"]))
	}
	slices.Sort(people)
	return people
}

func (b *bundle) liveOf(who identity.Principal) float64 {
	b.t.Helper()
	p := b.want(http.StatusOK, b.call(who, "GET", b.webinarPath("/progress"), "")).json
	return p["by_source"].(map[string]any)["live"].(float64)
}

// sheets makes sheets of another kind readable and gives the webinar a start.
func (b *bundle) sheets() {
	b.t.Helper()
	b.exec(`update webinars set starts_at = '2026-09-22T14:30:00Z'`)
	b.want(http.StatusNoContent, b.call(admin, "PUT", "/v1/attendance_mappings/visio", `{"email":"courriel","person":"nom","joined_at":"entrée","left_at":"sortie"}`))
}

// TestClaim: a doctor was there under another address; once that is approved,
// what was imported before and what is imported later counts for her, and the
// address is nobody else's.
func TestClaim(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sheets()
	other := b.newDoctor()
	b.want(http.StatusCreated, b.importSheet(present("ana@private.example", "Ana")))
	if people := b.unmatched(); !slices.Equal(people, []string{"ana@private.example|Ana"}) {
		t.Fatalf("unmatched %q", people)
	}
	claim := func(who identity.Principal, body string) string {
		return b.want(http.StatusAccepted, b.call(who, "POST", b.webinarPath("/attendance_claims"), body)).json["claim_id"].(string)
	}
	mine := claim(b.doctor, `{"email":"Ana@Private.example","note":"my tablet"}`)
	if again := claim(b.doctor, `{"email":"ana@private.example","note":"my old tablet"}`); again != mine {
		t.Errorf("the same claim again is another one")
	}
	theirs, nobodys := claim(other, `{"email":"ana@private.example"}`), claim(other, `{"name":"Nobody at all"}`)
	claims := b.list(b.webinarPath("/attendance_claims?state=pending"))
	if len(claims) != 3 || claims[0]["note"] != "my old tablet" || claims[0]["found"] != true || claims[2]["found"] != false {
		t.Errorf("claims %v", claims)
	}
	if b.liveOf(b.doctor) != 0 {
		t.Error("a claim alone counts")
	}
	decide := func(id, body string) answer {
		return b.call(admin, "POST", "/v1/attendance_claims/"+id+"/decision", body)
	}
	for range 2 {
		b.want(http.StatusNoContent, decide(mine, `{"approve":true}`))
	}
	if live := b.liveOf(b.doctor); live != 40 {
		t.Errorf("approved: %g %%", live)
	}
	taken := b.want(http.StatusConflict, decide(theirs, `{"approve":true}`))
	if !strings.Contains(taken.body, "email_taken") {
		t.Errorf("the same address for two: %s", taken.body)
	}
	b.want(http.StatusUnprocessableEntity, decide(nobodys, `{"approve":false}`))
	b.want(http.StatusNoContent, decide(nobodys, `{"approve":false,"reason":"Nobody of this name was there."}`))
	b.want(http.StatusConflict, decide(nobodys, `{"approve":true}`))
	own := b.want(http.StatusOK, b.call(other, "GET", b.webinarPath("/attendance_claims"), ""))
	if items := own.json["items"].([]any); len(items) != 2 || !strings.Contains(own.body, "Nobody of this name was there.") || strings.Contains(own.body, "found") || strings.Contains(own.body, "decided_by") {
		t.Errorf("a doctor's own claims: %s", own.body)
	}
	if left := b.list(b.webinarPath("/attendance_claims?state=pending")); len(left) != 1 || left[0]["claim_id"] != theirs {
		t.Errorf("a claim that could not be approved waits on: %v", left)
	}
	done := b.want(http.StatusCreated, b.importSheet(present("ana@private.example", "Ana")))
	if done.json["doctors"] != 1.0 || len(done.json["unmatched"].([]any)) != 0 || done.json["column_mapping"] != "visio" {
		t.Errorf("a later report: %s", done.body)
	}
	if b.liveOf(other) != 0 {
		t.Error("somebody else was given it")
	}
}

// TestMatchAndUnmatch: a match by name is remembered and can be taken back
// without a trace in the ledger.
func TestMatchAndUnmatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sheets()
	b.want(http.StatusCreated, b.importSheet(present("", "Dr.  Ana LÓPEZ"), present("", "Ben")))
	b.exec(`update accounts set name = 'Ana Lopez' where id = $1`, b.doctor.AccountID)
	for _, person := range b.list(b.webinarPath("/unmatched_attendance")) {
		who := person["candidates"].([]any)
		if ana := person["name"] != "Ben"; ana != (len(who) == 1) || ana && who[0].(map[string]any)["account_id"] != string(b.doctor.AccountID) {
			t.Errorf("%s may be %v", person["name"], who)
		}
	}
	match := func(method, body string) answer {
		return b.call(admin, method, b.webinarPath("/attendance_matches"), body)
	}
	ana := `{"account_id":"` + string(b.doctor.AccountID) + `","name":"dr. Ana López"`
	for range 2 {
		b.want(http.StatusNoContent, match("POST", ana+"}"))
	}
	if live := b.liveOf(b.doctor); live != 40 {
		t.Errorf("matched: %g %%", live)
	}
	b.want(http.StatusConflict, match("POST", strings.Replace(ana, string(b.doctor.AccountID), string(b.newDoctor().AccountID), 1)+"}"))
	for range 2 {
		b.want(http.StatusNoContent, match("DELETE", ana+`,"reason":"two colleagues of one name"}`))
	}
	if live := b.liveOf(b.doctor); live != 0 {
		t.Errorf("unmatched: %g %%", live)
	}
	if people := b.unmatched(); !slices.Equal(people, []string{"|Ben", "|Dr.  Ana LÓPEZ"}) {
		t.Errorf("unmatched %q", people)
	}
	imports := b.list(b.webinarPath("/attendance_imports"))
	if all := b.list("/v1/attendance_imports"); !reflect.DeepEqual(all, imports) || all[0]["webinar_id"] != string(b.webinar) || all[0]["webinar_title"] == "" {
		t.Errorf("of all webinars %v", all)
	}
	if len(imports) != 1 || imports[0]["intervals"] != 2.0 || imports[0]["unmatched"] != 2.0 || imports[0]["doctors"] != 0.0 {
		t.Errorf("imports %v", imports)
	}
	var acts int
	if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where action in ('attendance.match', 'attendance.unmatch')`).Scan(&acts); err != nil || acts != 3 {
		t.Errorf("%d acts written down, %v", acts, err)
	}
}

// TestImportsOfAllWebinarsComeInPages: the newest first, each once.
func TestImportsOfAllWebinarsComeInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sheets()
	var made []string
	for _, who := range []string{"Ben", "Cleo", "Dan"} {
		made = append(made, b.want(http.StatusCreated, b.importSheet(present("", who))).json["import_id"].(string))
	}
	slices.Reverse(made)
	var listed []string
	for path := "/v1/attendance_imports?limit=2"; ; {
		page := b.want(http.StatusOK, b.call(admin, "GET", path, ""))
		for _, item := range page.json["items"].([]any) {
			listed = append(listed, item.(map[string]any)["import_id"].(string))
		}
		next, _ := page.json["next_cursor"].(string)
		if next == "" {
			break
		}
		path = "/v1/attendance_imports?limit=2&cursor=" + next
	}
	if !slices.Equal(listed, made) {
		t.Errorf("listed %v, want %v", listed, made)
	}
}

func TestAttendingRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sheets()
	doctor, stranger := string(b.doctor.AccountID), string(b.newDoctor().AccountID)
	b.exec(`delete from enrolments where account_id = $1`, stranger)
	matches := b.webinarPath("/attendance_matches")
	for _, c := range []struct {
		who                        identity.Principal
		method, path, body, naming string
		status                     int
	}{
		{admin, "POST", matches, `{"account_id":"` + doctor + `"}`, "email", 422},
		{admin, "POST", matches, `{"account_id":"` + doctor + `","email":"a@b.example","name":"A"}`, "name", 422},
		{admin, "POST", matches, `{"account_id":"` + doctor + `","email":"no address"}`, "email", 422},
		{admin, "POST", matches, `{"account_id":"` + stranger + `","email":"a@b.example"}`, "take part", 422},
		{admin, "POST", matches, `{"account_id":"acc_none","email":"a@b.example"}`, "", 404},
		{admin, "POST", "/v1/webinars/web_none/attendance_matches", `{"account_id":"` + doctor + `","email":"a@b.example"}`, "", 404},
		{admin, "DELETE", matches, `{"account_id":"` + doctor + `","email":"a@b.example","reason":" "}`, "why", 422},
		{admin, "DELETE", matches, `{"account_id":"` + doctor + `","email":"` + doctor + `@example.org","reason":"x"}`, "itself", 422},
		{admin, "POST", "/v1/attendance_claims/clm_none/decision", `{"approve":true}`, "", 404},
		{admin, "PUT", "/v1/attendance_mappings/visio", `{"email":"a","joined_at":"b","left_at":"B"}`, "left_at", 422},
		{admin, "PUT", "/v1/attendance_mappings/Not%20a%20name", `{"email":"a","joined_at":"b","left_at":"c"}`, "", 422},
		{b.doctor, "POST", "/v1/webinars/web_none/attendance_claims", `{"name":"A"}`, "", 404},
		{b.doctor, "GET", b.webinarPath("/unmatched_attendance"), "", "", 403},
		{b.doctor, "GET", "/v1/webinars/web_none/attendance_claims", "", "", 404},
		{identity.Principal{AccountID: "acc_x", Roles: []identity.Role{identity.RoleDoctor}}, "GET", b.webinarPath("/attendance_claims"), "", "", 404},
		{identity.Principal{}, "GET", b.webinarPath("/attendance_claims"), "", "", 401},
		{b.doctor, "GET", b.webinarPath("/attendance_imports"), "", "", 403},
		{b.doctor, "GET", "/v1/attendance_imports", "", "", 403},
		{admin, "GET", "/v1/attendance_imports?cursor=x", "", "cursor", 422},
		{b.doctor, "GET", "/v1/attendance_mappings", "", "", 403},
		{b.doctor, "DELETE", "/v1/attendance_mappings/visio", "", "", 403},
		{b.doctor, "POST", matches, `{"account_id":"` + doctor + `","email":"a@b.example"}`, "", 403},
		{identity.Principal{}, "POST", b.webinarPath("/attendance_claims"), `{"name":"A"}`, "", 401},
	} {
		a := b.call(c.who, c.method, c.path, c.body)
		if a.StatusCode != c.status || !strings.Contains(a.body, c.naming) {
			t.Errorf("%s %s %s: %d %s, want %d naming %q", c.method, c.path, c.body, a.StatusCode, a.body, c.status, c.naming)
		}
	}
	b.want(http.StatusNoContent, b.call(admin, "DELETE", "/v1/attendance_mappings/visio", ""))
	if left := b.list("/v1/attendance_mappings"); len(left) != 0 {
		t.Errorf("mappings left: %v", left)
	}
	b.want(http.StatusUnprocessableEntity, b.importSheet(present("a@b.example", "A")))
}
