package catalogapi_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// courses adds two more courses to a program and completes nothing of them.
func (b *testBundle) courses(p program) (second, third string) {
	b.t.Helper()
	second = b.admin.want(201, "POST", "/v1/programs/"+p.id+"/courses", object{"title": "Valves"}).str("id")
	third = b.admin.want(201, "POST", "/v1/programs/"+p.id+"/courses", object{"title": "Devices"}).str("id")
	return second, third
}

func titlesOf(a answer) (titles []string) {
	for _, item := range a.items() {
		titles = append(titles, item.(object)["title"].(string))
	}
	return titles
}

func TestCoursesAndWebinarsArePutInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	second, third := b.courses(p)
	order := "/v1/programs/" + p.id + "/courses/order"
	b.admin.want(204, "PUT", order, object{"course_ids": []string{third, p.course, second}})
	if got := titlesOf(b.admin.want(200, "GET", "/v1/programs/"+p.id+"/courses", nil)); !slices.Equal(got, []string{"Devices", "Arrhythmia", "Valves"}) {
		t.Errorf("courses are %v", got)
	}
	for name, ids := range map[string][]string{"missing": {third, second}, "twice": {third, second, second}, "foreign": {third, second, b.program().course}} {
		if got := b.admin.send("PUT", order, object{"course_ids": ids}); got.status != 422 || got.str("code") != "incomplete_order" {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	talk := b.admin.want(201, "POST", "/v1/courses/"+p.course+"/webinars", object{"title": "Ablation"}).str("id")
	b.admin.want(204, "PUT", "/v1/courses/"+p.course+"/webinars/order", object{"webinar_ids": []string{talk, p.webinar}})
	if got := titlesOf(b.admin.want(200, "GET", "/v1/courses/"+p.course+"/webinars", nil)); !slices.Equal(got, []string{"Ablation", "Fibrillation"}) {
		t.Errorf("webinars are %v", got)
	}
	doctor := b.doctor(p.id, ana)
	doctor.refused(403, "", "PUT", order, object{"course_ids": []string{}})
	if n := b.count(`select count(*) from audit_log where action in ('program.order', 'course.order')`); n != 2 {
		t.Errorf("%d entries in the audit log", n)
	}
}

func TestCourseOpensWhenOthersAreCompleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	second, _ := b.courses(p)
	talk := b.admin.want(201, "POST", "/v1/courses/"+second+"/webinars", object{"title": "Stenosis"}).str("id")
	made := b.admin.want(200, "PATCH", "/v1/courses/"+second, object{"prerequisite_ids": []string{p.course}})
	if refs := made.body["prerequisites"].([]any); len(refs) != 1 || refs[0].(object)["title"] != "Arrhythmia" {
		t.Fatalf("prerequisites are %s", made.raw)
	}
	doctor, presenter := b.doctor(p.id, ana), b.signIn(p.presenterEmail)
	presenter.want(200, "GET", "/v1/webinars/"+p.webinar, nil)
	course := doctor.want(200, "GET", "/v1/courses/"+second, nil)
	if missing := course.body["missing_prerequisites"].([]any); len(missing) != 1 || missing[0].(object)["id"] != p.course {
		t.Errorf("missing are %s", course.raw)
	}
	for _, path := range []string{"/v1/courses/" + second + "/webinars", "/v1/webinars/" + talk} {
		got := doctor.send("GET", path, nil)
		if got.status != 409 || got.str("code") != "prerequisites_missing" || !strings.Contains(got.str("detail"), "“Arrhythmia”") {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
		b.admin.want(200, "GET", path, nil)
	}
	b.exec(`insert into completions (enrolment_id, webinar_id, rule_version, recording_id) select e.id, $1, 1, '' from enrolments e where e.program_id = $2`, p.webinar, p.id)
	doctor.want(200, "GET", "/v1/webinars/"+talk, nil)
	if course := doctor.want(200, "GET", "/v1/courses/"+second, nil); len(course.body["missing_prerequisites"].([]any)) != 0 {
		t.Errorf("after completion: %s", course.raw)
	}
}

func TestPrerequisitesGoNowhereInACircle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	second, third := b.courses(p)
	b.admin.want(200, "PATCH", "/v1/courses/"+second, object{"prerequisite_ids": []string{p.course}})
	b.admin.want(200, "PATCH", "/v1/courses/"+third, object{"prerequisite_ids": []string{second}})
	first := "/v1/courses/" + p.course
	b.admin.refused(422, "circular_prerequisites", "PATCH", first, object{"prerequisite_ids": []string{third}})
	b.admin.refused(422, "circular_prerequisites", "PATCH", first, object{"prerequisite_ids": []string{p.course}})
	b.admin.refused(422, "unknown_course", "PATCH", first, object{"prerequisite_ids": []string{b.program().course}})
	b.admin.refused(422, "unknown_course", "PATCH", first, object{"prerequisite_ids": []string{"crs_none"}})
	if got := b.admin.want(200, "GET", first, nil); len(got.body["prerequisites"].([]any)) != 0 {
		t.Errorf("a refused change left %s", got.raw)
	}
}

func TestWebinarsAreSeenWhileTheyAreOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	path, list := "/v1/webinars/"+p.webinar, "/v1/courses/"+p.course+"/webinars"
	doctor, presenter := b.doctor(p.id, ana), b.signIn(p.presenterEmail)
	hour := func(n int) string { return time.Now().Add(time.Duration(n) * time.Hour).UTC().Format(time.RFC3339) }
	for name, window := range map[string]object{"later": {"opens_at": hour(1)}, "over": {"opens_at": nil, "closes_at": hour(-1)}} {
		b.admin.want(200, "PATCH", path, window)
		if got := doctor.send("GET", path, nil); got.status != 404 {
			t.Errorf("%s: doctor reads %d", name, got.status)
		}
		if n := len(doctor.want(200, "GET", list, nil).items()); n != 0 {
			t.Errorf("%s: doctor lists %d", name, n)
		}
		presenter.want(200, "GET", path, nil)
		b.admin.want(200, "GET", path, nil)
		b.admin.want(200, "PATCH", path, object{"opens_at": nil, "closes_at": nil})
	}
	b.admin.want(200, "PATCH", path, object{"opens_at": hour(-1), "closes_at": hour(1)})
	doctor.want(200, "GET", path, nil)
}

func TestOnlyThoseWithTheRoleLeadAWebinar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor := b.doctor(p.id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	path := "/v1/webinars/" + p.webinar
	b.admin.refused(422, "not_a_presenter", "PATCH", path, object{"presenter_ids": []string{id}})
	b.admin.refused(422, "not_a_moderator", "PATCH", path, object{"moderator_ids": []string{id}})
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"roles": []string{"doctor", "moderator"}})
	named := b.admin.want(200, "PATCH", path, object{"moderator_ids": []string{id}, "closes_at": "2020-01-01T00:00:00Z"})
	if people := named.body["moderators"].([]any); len(people) != 1 || people[0].(object)["name"] != "Dr Ana López" {
		t.Errorf("moderators are %s", named.raw)
	}
	doctor.want(200, "GET", path, nil) // closed, but she moderates it
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"roles": []string{"doctor"}})
	b.admin.want(200, "PATCH", path, object{"title": "Still changed"})
}
