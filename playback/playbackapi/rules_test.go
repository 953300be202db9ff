package playbackapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// watch gives somebody a range of seconds without waiting for them.
func (b *bundle) watch(who identity.Principal, from, to int) {
	b.t.Helper()
	_, session := b.start(who, "")
	b.age("1 hour")
	b.want(http.StatusOK, b.call(who, "POST", "/v1/playback/"+session+"/beats", `{"seq":1,"position_s":0,"watched":[[`+strconv.Itoa(from)+`,`+strconv.Itoa(to)+`]]}`))
}

func (b *bundle) requirement(who identity.Principal) map[string]any {
	b.t.Helper()
	p := b.want(http.StatusOK, b.call(who, "GET", b.webinarPath("/progress?account_id="+string(b.doctor.AccountID)), "")).json
	return p["requirements"].([]any)[0].(map[string]any)
}

func TestPreviewOfARule(t *testing.T) {
	t.Parallel()
	b := setup(t)
	second, third := b.newDoctor(), b.newDoctor()
	b.watch(b.doctor, 0, 92)
	b.watch(second, 0, 85)
	b.watch(third, 0, 10)
	path := "/v1/programs/" + string(b.program) + "/rules/preview"
	softer := b.want(http.StatusOK, b.call(admin, "POST", path, `{"threshold_percent":80,"counts":"union"}`))
	items := softer.json["items"].([]any)
	if softer.json["completes"] != 1.0 || softer.json["keeps"] != 0.0 || softer.json["standings"] != 3.0 || softer.json["rule_version"] != 1.0 ||
		softer.json["programs_completed"] != 1.0 || softer.json["programs_would_be_completed"] != 2.0 || len(items) != 1 {
		t.Fatalf("softer: %s", softer.body)
	}
	change := items[0].(map[string]any)
	if change["account_id"] != string(second.AccountID) || change["change"] != "completes" || change["email"] != string(second.AccountID)+"@example.org" ||
		change["before"].(map[string]any)["state"] != "unmet" || change["after"].(map[string]any)["need"] != 80.0 {
		t.Errorf("change: %v", change)
	}
	stricter := b.want(http.StatusOK, b.call(admin, "POST", path, `{"threshold_percent":99,"counts":"union","max_rate":1.5,"rounding":"floor"}`))
	if stricter.json["keeps"] != 1.0 || stricter.json["reopens"] != 0.0 || stricter.json["programs_would_be_completed"] != 1.0 {
		t.Errorf("stricter: %s", stricter.body)
	}
	first := b.want(http.StatusOK, b.call(admin, "POST", path+"?limit=1", `{"threshold_percent":5,"counts":"union"}`))
	cursor, _ := first.json["next_cursor"].(string)
	rest := b.want(http.StatusOK, b.call(admin, "POST", path+"?limit=1&cursor="+cursor, `{"threshold_percent":5,"counts":"union"}`))
	if cursor == "" || len(rest.json["items"].([]any)) != 1 || rest.json["next_cursor"] != nil || rest.json["completes"] != 2.0 {
		t.Errorf("pages: %s\n%s", first.body, rest.body)
	}
	if p := b.requirement(admin); p["need"] != 90.0 {
		t.Errorf("a preview changed the rule: %v", p)
	}
	b.exec(`update enrolments set withdrawn_at = now() where account_id = $1`, second.AccountID)
	if left := b.want(http.StatusOK, b.call(admin, "POST", path, `{"threshold_percent":80,"counts":"union"}`)); left.json["completes"] != 0.0 || left.json["standings"] != 2.0 {
		t.Errorf("who no longer takes part: %s", left.body)
	}

	b.want(http.StatusForbidden, b.call(b.doctor, "POST", path, `{"threshold_percent":80,"counts":"union"}`))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "POST", path, `{"threshold_percent":80,"counts":"union"}`))
	b.want(http.StatusNotFound, b.call(admin, "POST", "/v1/programs/prg_none/rules/preview", `{"threshold_percent":80,"counts":"union"}`))
	for _, bad := range []string{`{}`, `{"threshold_percent":0,"counts":"union"}`, `{"threshold_percent":80,"counts":"x"}`, `{"threshold_percent":80,"counts":"union","rounding":"x"}`} {
		b.want(http.StatusUnprocessableEntity, b.call(admin, "POST", path, bad))
	}
	b.want(http.StatusUnprocessableEntity, b.call(admin, "POST", path+"?cursor=x", `{"threshold_percent":80,"counts":"union"}`))
}

func TestExcludedRanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.watch(b.doctor, 10, 82)
	path := b.webinarPath("/excluded_ranges")
	if none := b.want(http.StatusOK, b.call(admin, "GET", path, "")); none.json["version"] != 0.0 || none.json["duration_s"] != 100.0 {
		t.Errorf("none: %s", none.body)
	}
	ranges := `"ranges":[{"from_s":90,"to_s":100,"label":"questions"},{"from_s":0,"to_s":10,"label":"opening"}]`
	preview := b.want(http.StatusOK, b.call(admin, "POST", path+"/preview", `{`+ranges+`}`))
	if preview.json["completes"] != 1.0 || b.requirement(admin)["state"] != "unmet" {
		t.Errorf("preview: %s", preview.body)
	}
	b.want(http.StatusUnprocessableEntity, b.call(admin, "PUT", path, `{`+ranges+`,"reason":" "}`))
	for range 2 {
		set := b.want(http.StatusOK, b.call(admin, "PUT", path, `{`+ranges+`,"reason":"Only the talk counts."}`))
		if got := set.json["ranges"].([]any); set.json["version"] != 1.0 || len(got) != 2 || got[0].(map[string]any)["label"] != "opening" {
			t.Errorf("set: %s", set.body)
		}
	}
	if r := b.requirement(b.doctor); r["state"] != "met" || r["have"] != 90.0 {
		t.Errorf("requirement: %v", r)
	}
	progress := b.want(http.StatusOK, b.call(b.doctor, "GET", b.webinarPath("/progress"), ""))
	if !strings.Contains(progress.body, `"gaps":[[82,90]]`) || !strings.Contains(progress.body, `"excluded":[[0,10],[90,100]]`) || progress.json["completed_at"] == nil {
		t.Errorf("progress: %s", progress.body)
	}
	var rule, exclusions int
	if err := b.db.QueryRow(t.Context(), `select rule_version, exclusions_version from completions`).Scan(&rule, &exclusions); err != nil || rule != 1 || exclusions != 1 {
		t.Errorf("recorded under rule %d, exclusions %d, %v", rule, exclusions, err)
	}
	b.want(http.StatusOK, b.call(admin, "PUT", path, `{"ranges":[],"reason":"All counts again."}`))
	if r := b.requirement(b.doctor); r["state"] != "met" || !strings.Contains(r["explanation"].(string), "that stands") {
		t.Errorf("credit was taken back: %v", r)
	}
}

func TestExcludedRangesAreGuarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.webinarPath("/excluded_ranges")
	good := `{"ranges":[{"from_s":0,"to_s":10}],"reason":"opening"}`
	for method, target := range map[string]string{"GET": path, "PUT": path, "POST": path + "/preview"} {
		body := map[string]string{"PUT": good, "POST": `{"ranges":[]}`}[method]
		b.want(http.StatusForbidden, b.call(b.doctor, method, target, body))
		b.want(http.StatusUnauthorized, b.call(identity.Principal{}, method, target, body))
	}
	b.want(http.StatusNotFound, b.call(admin, "PUT", "/v1/webinars/web_none/excluded_ranges", good))
	for _, bad := range []string{
		`{"ranges":[{"from_s":0,"to_s":100}],"reason":"x"}`,
		`{"ranges":[{"from_s":0,"to_s":101}],"reason":"x"}`,
		`{"ranges":[{"from_s":5,"to_s":5}],"reason":"x"}`,
		`{"ranges":[{"from_s":-1,"to_s":5}],"reason":"x"}`,
		`{"ranges":[{"from_s":0,"to_s":9},{"from_s":8,"to_s":20}],"reason":"x"}`,
		`{"ranges":[{"from_s":0,"to_s":9,"label":"a\u0000"}],"reason":"x"}`,
		`{"ranges":[{"from_s":0,"to_s":9}],"reason":"x","recording_id":"rec_none"}`,
	} {
		b.want(http.StatusUnprocessableEntity, b.call(admin, "PUT", path, bad))
	}
	b.want(http.StatusUnprocessableEntity, b.call(admin, "POST", path+"/preview", `{"ranges":[{"from_s":0,"to_s":101}]}`))
	b.exec(`update webinars set current_recording_id = null`)
	for _, a := range []answer{
		b.call(admin, "GET", path, ""), b.call(admin, "PUT", path, good), b.call(admin, "POST", path+"/preview", `{"ranges":[]}`),
	} {
		b.want(http.StatusConflict, a)
	}
	b.want(http.StatusOK, b.call(admin, "PUT", path, `{"ranges":[{"from_s":0,"to_s":10}],"reason":"before it is published","recording_id":"`+string(b.recording)+`"}`))
	if got := b.want(http.StatusOK, b.call(admin, "GET", path+"?recording_id="+string(b.recording), "")); got.json["version"] != 1.0 {
		t.Errorf("named recording: %s", got.body)
	}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.webinarPath("/waivers")
	body := `{"account_id":"` + string(b.doctor.AccountID) + `","reason":"Gave this talk herself."}`
	made := b.want(http.StatusCreated, b.call(admin, "POST", path, body))
	b.want(http.StatusConflict, b.call(admin, "POST", path, body))
	if r := b.requirement(b.doctor); r["state"] != "waived" || r["waiver"] != nil {
		t.Errorf("for the doctor: %v", r)
	}
	if r := b.requirement(admin); r["waiver"].(map[string]any)["reason"] != "Gave this talk herself." {
		t.Errorf("for an admin: %v", r)
	}
	program := b.want(http.StatusOK, b.call(b.doctor, "GET", "/v1/programs/"+string(b.program)+"/progress", ""))
	if program.json["completed"] != true || program.json["resume_webinar_id"] != nil {
		t.Errorf("program: %s", program.body)
	}
	b.watch(b.doctor, 0, 10)
	var completions int
	if err := b.db.QueryRow(t.Context(), `select count(*) from completions`).Scan(&completions); err != nil || completions != 1 {
		t.Errorf("%d completions by a waiver, %v", completions, err)
	}
	if p := b.want(http.StatusOK, b.call(b.doctor, "GET", b.webinarPath("/progress"), "")); p.json["completed"] != true || p.json["completed_at"] == nil || p.json["completed_by"] != "waiver" {
		t.Errorf("progress: %s", p.body)
	}

	one := "/v1/waivers/" + made.json["waiver_id"].(string)
	b.want(http.StatusUnprocessableEntity, b.call(admin, "DELETE", one, `{"reason":"\n "}`))
	b.want(http.StatusForbidden, b.call(b.doctor, "DELETE", one, `{"reason":"x"}`))
	for range 2 {
		b.want(http.StatusNoContent, b.call(admin, "DELETE", one, `{"reason":"The wrong doctor."}`))
	}
	if r := b.requirement(admin); r["state"] != "met" {
		t.Errorf("revoked, but credit is never taken back silently: %v", r)
	}
	b.want(http.StatusNoContent, b.call(admin, "DELETE", one, `{"reason":"The wrong doctor.","take_back_credit":true}`))
	if r := b.requirement(admin); r["state"] != "unmet" {
		t.Errorf("taken back: %v", r)
	}
	b.want(http.StatusCreated, b.call(admin, "POST", path, body))
	list := b.want(http.StatusOK, b.call(admin, "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
	items := list.json["items"].([]any)
	if items[0].(map[string]any)["credited"] != true || items[1].(map[string]any)["credited"] != false {
		t.Errorf("whether credit hangs on it: %s", list.body)
	}
	if len(items) != 2 || items[0].(map[string]any)["revoked"] != nil || items[1].(map[string]any)["revoked"].(map[string]any)["reason"] != "The wrong doctor." {
		t.Errorf("list: %s", list.body)
	}
	page := b.want(http.StatusOK, b.call(admin, "GET", path+"?limit=1", ""))
	if rest := b.want(http.StatusOK, b.call(admin, "GET", path+"?limit=1&cursor="+page.json["next_cursor"].(string), "")); len(rest.json["items"].([]any)) != 1 {
		t.Errorf("rest: %s", rest.body)
	}
	var audited int
	if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where object_id = $1 and action in ('webinar.waive', 'webinar.revoke_waiver')`, b.doctor.AccountID).Scan(&audited); err != nil || audited != 3 {
		t.Errorf("%d lines in the audit log, %v", audited, err)
	}
}

func TestWaiversAreGuarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.webinarPath("/waivers")
	good := `{"account_id":"` + string(b.doctor.AccountID) + `","reason":"x"}`
	b.want(http.StatusForbidden, b.call(b.doctor, "POST", path, good))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "POST", path, good))
	b.want(http.StatusForbidden, b.call(b.doctor, "GET", path, ""))
	b.want(http.StatusNotFound, b.call(admin, "POST", "/v1/webinars/web_none/waivers", good))
	b.want(http.StatusNotFound, b.call(admin, "GET", "/v1/webinars/web_none/waivers", ""))
	b.want(http.StatusNotFound, b.call(admin, "DELETE", "/v1/waivers/wvr_none", `{"reason":"x"}`))
	stranger := catalog.NewAccountID()
	b.exec(`insert into accounts (id, email, name) values ($1, 's@example.org', 'Stranger')`, stranger)
	for _, bad := range []string{
		`{"account_id":"` + string(b.doctor.AccountID) + `","reason":"  "}`,
		`{"account_id":"` + string(stranger) + `","reason":"x"}`,
		`{"account_id":"","reason":"x"}`, `{"reason":"x"}`,
	} {
		b.want(http.StatusUnprocessableEntity, b.call(admin, "POST", path, bad))
	}
}

func TestAttendanceIsAudited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := b.items("2026-09-22T14:30:00Z", "2026-09-22T14:40:00Z")
	b.want(http.StatusCreated, b.call(admin, "POST", b.attendancePath("?dry_run=true"), body))
	done := b.want(http.StatusCreated, b.call(admin, "POST", b.attendancePath(""), body))
	for range 2 {
		b.want(http.StatusNoContent, b.call(admin, "DELETE", "/v1/attendance_imports/"+done.json["import_id"].(string), `{"reason":"wrong"}`))
	}
	var actions string
	if err := b.db.QueryRow(t.Context(), `select string_agg(action || ' ' || (detail->>'import_id'), ',' order by id) from audit_log where object_id = $1`, b.webinar).Scan(&actions); err != nil {
		t.Fatal(err)
	}
	id := done.json["import_id"].(string)
	if want := "attendance.import " + id + ",attendance.retract " + id; actions != want {
		t.Errorf("audited %q, want %q", actions, want)
	}
}

// TestProgramProgressSaysWhatIsNext: gaps and position at the top are of the webinar to go on with.
func TestProgramProgressSaysWhatIsNext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	b.age("1 hour")
	b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", `{"seq":1,"position_s":42.5,"watched":[[10,42.5]]}`))
	p := b.want(http.StatusOK, b.call(b.doctor, "GET", "/v1/programs/"+string(b.program)+"/progress", ""))
	if p.json["resume_webinar_id"] != string(b.webinar) || p.json["resume_at_s"] != 42.5 || !strings.Contains(p.body, `"gaps":[[0,10],[42.5,100]],"completed":false`) {
		t.Errorf("program: %s", p.body)
	}
	if w := p.json["webinars"].([]any)[0].(map[string]any); w["missing_s"] != 57.5 || w["counts"] != "union" {
		t.Errorf("webinar: %v", w)
	}
}
