package playbackapi_test

import (
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

func (b *bundle) attendancePath(query string) string {
	return "/v1/webinars/" + string(b.webinar) + "/attendance" + query
}

// items is a body with one stay of the doctor.
func (b *bundle) items(joined, left string) string {
	return `{"items":[{"email":"` + string(b.doctor.AccountID) + `@EXAMPLE.org","joined_at":"` + joined + `","left_at":"` + left + `"}]}`
}

func (b *bundle) live() (live, resume float64) {
	b.t.Helper()
	p := b.want(http.StatusOK, b.call(b.doctor, "GET", "/v1/webinars/"+string(b.webinar)+"/progress", "")).json
	return p["by_source"].(map[string]any)["live"].(float64), p["resume_at_s"].(float64)
}

func TestImportAndRetractAttendance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`update webinars set starts_at = '2026-09-22T14:30:00Z'`)
	body := b.items("2026-09-22T14:30:00Z", "2026-09-22T16:30:40+02:00")
	dry := b.want(http.StatusCreated, b.call(admin, "POST", b.attendancePath("?dry_run=true"), body))
	if dry.json["import_id"] != nil || dry.json["doctors"] != 1.0 || dry.json["attended_s"] != 40.0 || dry.json["platform"] != "api" || dry.json["mapping"] != "unconfirmed" {
		t.Errorf("dry run: %s", dry.body)
	}
	if live, resume := b.live(); live != 0 || resume != 0 {
		t.Errorf("after a dry run: %g %%, resume at %g s", live, resume)
	}
	done := b.want(http.StatusCreated, b.call(admin, "POST", b.attendancePath(""), body))
	if live, resume := b.live(); live != 40 || resume != 40 {
		t.Errorf("imported: %g %%, resume at %g s", live, resume)
	}
	one := "/v1/attendance_imports/" + done.json["import_id"].(string)
	b.want(http.StatusUnprocessableEntity, b.call(admin, "DELETE", one, `{"reason":" "}`))
	for range 2 {
		b.want(http.StatusNoContent, b.call(admin, "DELETE", one, `{"reason":"wrong webinar"}`))
	}
	if live, resume := b.live(); live != 0 || resume != 0 {
		t.Errorf("retracted: %g %%, resume at %g s", live, resume)
	}
	b.want(http.StatusNotFound, b.call(admin, "DELETE", "/v1/attendance_imports/att_none", `{"reason":"x"}`))
}

func TestImportAReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`update webinars set starts_at = '2026-09-22T14:30:00Z'`)
	head := "Attendee Details,\nAttended,User Name,Email,Join Time,Leave Time\n"
	report := head + "Yes,Ana," + string(b.doctor.AccountID) + "@example.org,09/22/2026 04:30:00 PM,09/22/2026 04:31:10 PM\n" +
		"Yes,Ben,ben@example.org,09/22/2026 04:30:00 PM,09/22/2026 04:31:00 PM\nNo,Cy,cy@example.org,--,--\n"
	csv := func(target, text string) answer {
		return b.call(admin, "POST", target, text, "Content-Type", "text/csv")
	}
	refused := b.want(http.StatusUnprocessableEntity, csv(b.attendancePath(""), report))
	if !strings.Contains(refused.body, "+02:00") || !strings.Contains(refused.body, "time_zone") {
		t.Errorf("without a zone: %s", refused.body)
	}
	b.want(http.StatusUnprocessableEntity, csv(b.attendancePath("?time_zone=Mars/Olympus"), report))
	broken := b.want(http.StatusUnprocessableEntity, csv(b.attendancePath("?time_zone=Europe/Berlin"), report+"Yes,Dora,d@example.org,tea time,09/22/2026 04:31:00 PM\n"))
	if !strings.Contains(broken.body, "Line 6") || !strings.Contains(broken.body, "Join Time") {
		t.Errorf("a bad row: %s", broken.body)
	}
	if live, _ := b.live(); live != 0 {
		t.Errorf("half of a report was stored: %g %%", live)
	}
	done := b.want(http.StatusCreated, csv(b.attendancePath("?time_zone=Europe/Berlin"), report))
	unmatched := done.json["unmatched"].([]any)
	if done.json["platform"] != "zoom_webinar" || done.json["intervals"] != 2.0 || len(unmatched) != 1 || unmatched[0].(map[string]any)["line"] != 4.0 {
		t.Errorf("report: %s", done.body)
	}
	if live, resume := b.live(); live != 70 || resume != 70 {
		t.Errorf("imported: %g %%, resume at %g s", live, resume)
	}
}

func TestAttendanceRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.items("2026-09-22T14:30:00Z", "2026-09-22T14:31:00Z")
	b.want(http.StatusForbidden, b.call(b.doctor, "POST", b.attendancePath(""), good))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "POST", b.attendancePath(""), good))
	b.want(http.StatusForbidden, b.call(b.doctor, "DELETE", "/v1/attendance_imports/att_x", `{"reason":"x"}`))
	b.want(http.StatusNotFound, b.call(admin, "POST", "/v1/webinars/web_none/attendance", good))
	for _, body := range []string{
		`{"items":[]}`, `{`, `[]`, `{"items":[{}]}`,
		`{"items":[{"email":"x","joined_at":"2026-09-22T14:30:00Z","left_at":"2026-09-22T14:31:00Z"}]}`,
		b.items("yesterday", "2026-09-22T14:31:00Z"),
		b.items("2026-09-22T14:31:00Z", "2026-09-22T14:30:00Z"),
		b.items("2026-09-20T14:31:00Z", "2026-09-22T14:40:00Z"),
		b.items("1926-09-20T14:31:00Z", "1926-09-20T14:40:00Z"),
	} {
		b.want(http.StatusUnprocessableEntity, b.call(admin, "POST", b.attendancePath(""), body))
	}
}
