package catalogapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestProgramLife(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.admin.want(201, "POST", "/v1/programs", object{"title": "  Cardiology  ", "rule": object{"threshold_percent": 80, "counts": "live", "max_rate": 1.5}})
	path := "/v1/programs/" + made.str("id")
	if made.str("title") != "Cardiology" || made.header.Get("ETag") != `"1"` || !strings.HasSuffix(made.str("created_at"), "Z") {
		t.Errorf("made %s, ETag %s", made.raw, made.header.Get("ETag"))
	}
	changed := b.admin.with("If-Match", `"1"`).want(200, "PATCH", path, object{"description": "a\nb", "rule": object{"threshold_percent": 85.5, "counts": "union", "max_rate": 2}})
	rule := changed.body["rule"].(object)
	if changed.header.Get("ETag") != `"2"` || changed.str("title") != "Cardiology" || rule["version"] != 2.0 || rule["threshold_percent"] != 85.5 {
		t.Errorf("changed %s", changed.raw)
	}
	for _, stale := range []string{`"1"`, `"x"`, `W/"2"`, "2"} {
		b.admin.with("If-Match", stale).refused(412, "", "PATCH", path, object{"title": "x"})
	}
	b.admin.with("If-Match", `"1"`).refused(412, "", "DELETE", path, nil)
	b.admin.with("If-Match", `"2"`).want(204, "DELETE", path, nil)
	b.admin.refused(404, "", "GET", path, nil)
	b.admin.refused(404, "", "PATCH", path, object{"title": "x"})
	b.admin.refused(404, "", "DELETE", path, nil)
	if n := b.count(`select count(*) from program_rules`); n != 2 {
		t.Errorf("%d versions of the rule are kept, want 2", n)
	}
}

func TestDeletingAProgramHidesWhatIsInIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor := b.doctor(p.id, ana)
	b.admin.want(204, "DELETE", "/v1/programs/"+p.id, nil)
	for _, c := range []*client{b.admin, doctor} {
		for _, path := range []string{"/v1/programs/" + p.id, "/v1/courses/" + p.course, "/v1/webinars/" + p.webinar, "/v1/programs/" + p.id + "/courses"} {
			c.refused(404, "", "GET", path, nil)
		}
	}
	b.admin.refused(404, "", "POST", "/v1/programs/"+p.id+"/invitations", object{"count": 1})
}

func TestConcurrentChangesNeverOverwriteEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/programs/" + b.program().id
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 8 {
		wg.Go(func() {
			status := b.admin.with("If-Match", `"1"`).send("PATCH", path, object{"title": fmt.Sprint("title ", i)}).status
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wg.Wait()
	if statuses[200] != 1 || statuses[412] != 7 {
		t.Errorf("statuses are %v", statuses)
	}
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	for i := range 6 { // positions 1–6 after the one that is there; two share one
		b.admin.want(201, "POST", "/v1/courses/"+p.course+"/webinars", object{"title": fmt.Sprint("talk ", i), "position": min(i+1, 5)})
	}
	var titles []string
	path := "/v1/courses/" + p.course + "/webinars?limit=3"
	for pages := 1; ; pages++ {
		page := b.admin.want(200, "GET", path, nil)
		for _, item := range page.items() {
			titles = append(titles, item.(object)["title"].(string))
		}
		cursor, more := page.body["next_cursor"].(string)
		if !more {
			if pages != 3 || strings.Join(titles, ",") != "Fibrillation,talk 0,talk 1,talk 2,talk 3,talk 4,talk 5" {
				t.Errorf("%d pages: %v", pages, titles)
			}
			break
		}
		path = "/v1/courses/" + p.course + "/webinars?limit=3&cursor=" + cursor
	}
	b.admin.refused(422, "invalid_cursor", "GET", "/v1/programs?cursor=nonsense", nil)
	b.admin.refused(422, "", "GET", "/v1/programs?limit=201", nil)
	b.admin.refused(422, "", "GET", "/v1/programs?limit=0", nil)
}

func TestWebinarSchedule(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + b.program().webinar
	w := b.admin.want(200, "PATCH", path, object{"starts_at": "2026-03-29T01:30:00+01:00", "ends_at": "2026-03-29T04:00:00+02:00"})
	if w.str("starts_at") != "2026-03-29T00:30:00Z" || w.str("ends_at") != "2026-03-29T02:00:00Z" {
		t.Errorf("schedule is %s", w.raw)
	}
	if w.str("course_title") != "Arrhythmia" || w.str("program_title") != "Cardiology" || len(w.body["presenters"].([]any)) != 1 {
		t.Errorf("context is %s", w.raw)
	}
	b.admin.refused(422, "invalid_time", "PATCH", path, object{"starts_at": nil})
	b.admin.refused(422, "invalid_time", "PATCH", path, object{"ends_at": "2026-03-28T00:00:00Z"})
	b.admin.refused(422, "invalid_time", "PATCH", path, object{"starts_at": "0001-01-01T00:00:00Z"})
	b.admin.refused(422, "unknown_presenter", "PATCH", path, object{"presenter_ids": []string{"acc_none"}})
	b.admin.refused(422, "invalid_time_zone", "PATCH", path, object{"time_zone": "Mars/Olympus"})
	b.admin.refused(422, "invalid_time", "PATCH", path, object{"opens_at": "2026-03-29T00:00:00Z", "closes_at": "2026-03-29T00:00:00Z"})
	if zoned := b.admin.want(200, "PATCH", path, object{"time_zone": "Europe/Lisbon"}); zoned.str("time_zone") != "Europe/Lisbon" {
		t.Errorf("zone is %s", zoned.raw)
	}
	if crowd := b.admin.want(200, "PATCH", path, object{"expected_viewers": 3000}); crowd.body["expected_viewers"] != 3000.0 {
		t.Errorf("expected %v", crowd.body["expected_viewers"])
	}
	b.admin.refused(422, "", "PATCH", path, object{"expected_viewers": -1})
	course := w.str("course_id")
	if made := b.admin.want(201, "POST", "/v1/courses/"+course+"/webinars", object{"title": "A crowd", "expected_viewers": 250}); made.body["expected_viewers"] != 250.0 {
		t.Errorf("made with %v expected", made.body["expected_viewers"])
	}
	b.admin.refused(422, "", "POST", "/v1/courses/"+course+"/webinars", object{"title": "A crowd", "expected_viewers": -1})
	if crowd := b.admin.want(200, "PATCH", path, object{"expected_viewers": 0}); crowd.body["expected_viewers"] != nil {
		t.Errorf("expected %v, want none", crowd.body["expected_viewers"])
	}
	cleared := b.admin.want(200, "PATCH", path, object{"starts_at": nil, "ends_at": nil, "presenter_ids": []string{}})
	if cleared.body["starts_at"] != nil || len(cleared.body["presenter_ids"].([]any)) != 0 {
		t.Errorf("cleared %s", cleared.raw)
	}
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.program(), b.program()
	doctor, presenter := b.doctor(mine.id, ana), b.signIn(mine.presenterEmail)
	for name, c := range map[string]*client{"doctor": doctor, "presenter": presenter} {
		for _, path := range []string{"/v1/programs/", "/v1/courses/", "/v1/webinars/"} {
			own, foreign := map[string]string{"/v1/programs/": mine.id, "/v1/courses/": mine.course, "/v1/webinars/": mine.webinar},
				map[string]string{"/v1/programs/": other.id, "/v1/courses/": other.course, "/v1/webinars/": other.webinar}
			if got := c.send("GET", path+own[path], nil); got.status != 200 {
				t.Errorf("%s, own %s: %d", name, path, got.status)
			}
			if got := c.send("GET", path+foreign[path], nil); got.status != 404 {
				t.Errorf("%s, foreign %s: %d", name, path, got.status)
			}
		}
		if got := c.want(200, "GET", "/v1/programs", nil); len(got.items()) != 1 {
			t.Errorf("%s lists %s", name, got.raw)
		}
	}
	if got := presenter.want(200, "GET", "/v1/me/webinars", nil); len(got.items()) != 1 {
		t.Errorf("presented webinars are %s", got.raw)
	}
	presenter.want(200, "GET", "/v1/webinars/"+mine.webinar+"/recordings", nil)
	presenter.refused(404, "", "GET", "/v1/webinars/"+other.webinar+"/recordings", nil)
	doctor.refused(404, "", "GET", "/v1/webinars/"+mine.webinar+"/recordings", nil)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	keyed := b.admin.with("Idempotency-Key", "k1")
	first := keyed.want(201, "POST", "/v1/programs", object{"title": "One"})
	again := keyed.want(201, "POST", "/v1/programs", object{"title": "One"})
	if first.raw != again.raw || again.header.Get("ETag") != first.header.Get("ETag") || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("first %s %v, again %s %v", first.raw, first.header, again.raw, again.header)
	}
	keyed.refused(422, "idempotency_key_reused", "POST", "/v1/programs", object{"title": "Two"})
	keyed.refused(422, "idempotency_key_reused", "POST", "/v1/presenters", object{"title": "One"})
	if n := b.count(`select count(*) from programs`); n != 1 {
		t.Errorf("%d programs", n)
	}
	failing := b.admin.with("Idempotency-Key", "k2") // what failed may be repeated
	failing.refused(422, "required", "POST", "/v1/programs", object{"title": " "})
	failing.want(201, "POST", "/v1/programs", object{"title": "Three"})
	b.admin.with("Idempotency-Key", "schlüssel").refused(422, "", "POST", "/v1/programs", object{"title": "Four"})
}

func TestIdempotentRequestsAtOnceCreateOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			got := b.admin.with("Idempotency-Key", "k").send("POST", "/v1/programs", object{"title": "One"})
			if got.status != 201 && got.str("code") != "idempotency_in_progress" {
				t.Errorf("got %d %s", got.status, got.raw)
			}
		})
	}
	wg.Wait()
	if n := b.count(`select count(*) from programs`); n != 1 {
		t.Errorf("%d programs", n)
	}
}

func TestSecretsAreNotKeptInClear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.admin.with("Idempotency-Key", "k").want(201, "POST", "/v1/programs/"+b.program().id+"/invitations", object{"count": 1})
	code := made.items()[0].(object)["code"].(string)
	if n := b.count(`select count(*) from idempotency_keys where position(convert_to($1, 'UTF8') in body) > 0`, code); n != 0 {
		t.Error("an invitation code lies in idempotency_keys")
	}
}

func TestInvitationsByCSV(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/programs/" + b.program().id + "/invitations"
	sheet := b.admin.with("Content-Type", "text/csv; charset=utf-8")
	files := []string{
		"email\na@example.org\nB@example.org\na@example.org\n", "a@example.org\r\nb@example.org", "Name;E-Mail\n\"Osei; A\";a@example.org\nX;b@example.org\n",
		"\xef\xbb\xbfname\temail\nx\ta@example.org\ny\tb@example.org\n",
	}
	for _, file := range files {
		if got := sheet.want(201, "POST", path, file); len(got.items()) != 2 {
			t.Errorf("%q gave %s", file, got.raw)
		}
	}
	bad := map[string]string{"email\nok@example.org\nnonsense\n": "invalid_email", "a,\"b\n": "invalid_csv", "email\n": "", "": ""}
	for file, code := range bad {
		sheet.refused(422, code, "POST", path, file)
	}
	if got := sheet.send("POST", path, "email\nok@example.org\nnonsense\n"); !strings.Contains(got.raw, "Line 3") {
		t.Errorf("the line is not named: %s", got.raw)
	}
	b.admin.refused(422, "", "POST", path, object{"count": 1, "emails": []string{ana}})
	b.admin.refused(422, "", "POST", path, object{})
	b.admin.refused(422, "", "POST", path, object{"count": 20_001})
	b.visitor().with("Content-Type", "text/csv").refused(401, "", "POST", path, "email\n")
	if got := b.admin.want(200, "GET", path, nil); len(got.items()) != 8 || strings.Contains(got.raw, `"code"`) {
		t.Errorf("listed %d: %s", len(got.items()), got.raw)
	}
}

func TestTwentyThousandInvitationsInOneCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.admin.want(201, "POST", "/v1/programs/"+b.program().id+"/invitations", object{"count": 20_000}); len(got.items()) != 20_000 {
		t.Errorf("%d items", len(got.items()))
	}
}

func TestAccountsAndRoles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor := b.doctor(p.id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	if got := b.admin.want(200, "GET", "/v1/accounts?email=Ana.Lopez@hospital.org", nil); len(got.items()) != 1 {
		t.Errorf("found %s", got.raw)
	}
	if got := b.admin.want(200, "GET", "/v1/accounts?role=presenter", nil); len(got.items()) != 1 {
		t.Errorf("presenters are %s", got.raw)
	}
	doctor.refused(403, "", "GET", "/v1/accounts", nil)
	again := b.admin.want(201, "POST", "/v1/presenters", object{"email": ana, "name": "ignored"})
	if again.str("id") != id || again.str("name") != "Dr Ana López" || len(again.body["roles"].([]any)) != 2 {
		t.Errorf("presenter with a known address is %s", again.raw)
	}
	changed := b.admin.with("If-Match", again.header.Get("ETag")).want(200, "PATCH", "/v1/accounts/"+id, object{"roles": []string{"admin"}, "country": "in"})
	if changed.str("country") != "IN" {
		t.Errorf("changed %s", changed.raw)
	}
	b.signIn(ana).want(200, "GET", "/v1/accounts", nil) // admin from now on; a login from before within 5 s
	b.admin.refused(409, "email_taken", "PATCH", "/v1/accounts/"+id, object{"email": p.presenterEmail})
	b.admin.refused(422, "", "PATCH", "/v1/accounts/"+id, object{"roles": []string{"king"}})
	b.admin.refused(404, "", "GET", "/v1/accounts/acc_none", nil)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.admin.want(201, "POST", "/v1/api_tokens", object{"name": "lms", "roles": []string{"admin"}})
	lms := &client{b: b, token: made.str("token")}
	lms.want(200, "GET", "/v1/programs", nil)
	if me := lms.want(200, "GET", "/v1/me", nil); me.str("token_id") != made.str("id") {
		t.Errorf("me is %s", me.raw)
	}
	if got := b.admin.want(200, "GET", "/v1/api_tokens", nil); len(got.items()) != 2 || strings.Contains(got.raw, made.str("token")) {
		t.Errorf("listed %s", got.raw)
	}
	expired := b.admin.want(201, "POST", "/v1/api_tokens", object{"name": "old", "roles": []string{"admin"}, "expires_at": "2020-01-01T00:00:00Z"})
	(&client{b: b, token: expired.str("token")}).want(401, "GET", "/v1/programs", nil)
	unused := b.admin.want(201, "POST", "/v1/api_tokens", object{"name": "new", "roles": []string{"admin"}})
	b.admin.want(204, "DELETE", "/v1/api_tokens/"+unused.str("id"), nil)
	(&client{b: b, token: unused.str("token")}).want(401, "GET", "/v1/programs", nil)
	b.admin.refused(404, "", "DELETE", "/v1/api_tokens/tok_none", nil)
}

func TestAuditLogTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	b.admin.want(200, "PATCH", "/v1/webinars/"+p.webinar, object{"title": "New"})
	log := b.admin.want(200, "GET", "/v1/audit_log?object_id="+p.webinar, nil)
	if len(log.items()) != 2 || log.items()[0].(object)["action"] != "webinar.update" || !strings.HasPrefix(log.items()[0].(object)["actor"].(string), "tok_") {
		t.Errorf("log is %s", log.raw)
	}
	page := b.admin.want(200, "GET", "/v1/audit_log?limit=2", nil)
	next := b.admin.want(200, "GET", "/v1/audit_log?limit=2&cursor="+page.str("next_cursor"), nil)
	if next.items()[0].(object)["id"].(float64) >= page.items()[1].(object)["id"].(float64) {
		t.Errorf("pages overlap: %s %s", page.raw, next.raw)
	}
}

func TestAdminEnrols(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.program(), b.program()
	doctor := b.doctor(first.id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	for range 2 {
		b.admin.want(201, "POST", "/v1/programs/"+second.id+"/enrolments", object{"account_id": id})
	}
	if got := b.admin.want(200, "GET", "/v1/programs/"+second.id+"/enrolments", nil); len(got.items()) != 1 {
		t.Errorf("enrolled %s", got.raw)
	}
	doctor.want(200, "GET", "/v1/webinars/"+second.webinar, nil)
	b.admin.refused(422, "unknown_account", "POST", "/v1/programs/"+second.id+"/enrolments", object{"account_id": "acc_none"})
	b.admin.refused(404, "", "POST", "/v1/programs/prg_none/enrolments", object{"account_id": id})
}

// TestAdminEndsAnEnrolment: the doctor sees nothing of the program any more,
// until enrolled again.
func TestAdminEndsAnEnrolment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor := b.doctor(p.id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	end := "/v1/programs/" + p.id + "/enrolments/" + id + "/end"
	doctor.refused(403, "", "POST", end, object{"reason": "x"})
	for range 2 {
		b.admin.want(204, "POST", end, object{"reason": "Left the hospital"})
	}
	doctor.refused(404, "", "GET", "/v1/webinars/"+p.webinar, nil)
	if me := doctor.want(200, "GET", "/v1/me", nil); len(me.body["enrolments"].([]any)) != 0 {
		t.Errorf("still enrolled: %s", me.raw)
	}
	if n := b.count(`select count(*) from audit_log where action = 'enrolment.end'`); n != 1 {
		t.Errorf("%d rows of the audit log", n)
	}
	b.admin.refused(404, "", "POST", "/v1/programs/"+p.id+"/enrolments/acc_none/end", object{"reason": "x"})
	b.admin.want(201, "POST", "/v1/programs/"+p.id+"/enrolments", object{"account_id": id})
	doctor.want(200, "GET", "/v1/webinars/"+p.webinar, nil)
}
