package main

import (
	"net/http"
	"net/url"
	"testing"
)

// TestAdministratorsPagesOverTheRealAPI opens each page of administrators and
// does one act on each kind of it.
func TestAdministratorsPagesOverTheRealAPI(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	for _, sql := range []string{
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state) values ('rec_2', 'web_1', 'later.mp4', 1, 8388608, 'uploaded')`,
		`insert into courses (id, program_id, title, position) values ('crs_2', 'prg_1', 'Valves', 1)`,
		`insert into play_reports (id, at, account_id, webinar_id, code, device) values ('rpt_1', now(), 'acc_doctor', 'web_1', 'device_limit', 'phone')`,
		`insert into webinars (id, course_id, title, starts_at) values ('web_soon', 'crs_1', 'Devices', now() + interval '3 days')`,
		`insert into account_imports (id, state, total) values ('aim_1', 'done', 1)`,
		`insert into account_import_rows (import_id, line, outcome, field, reason) values ('aim_1', 2, 'invalid', 'email', 'Please give an address.')`,
	} {
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, act := range []struct {
		path string
		form url.Values
	}{
		{"/admin/people/acc_doctor/roles", url.Values{"version": {"1"}, "roles": {"doctor", "presenter"}}},
		{"/admin/people/acc_doctor/disable", url.Values{}},
		{"/admin/people/acc_doctor/end", url.Values{"program_id": {"prg_1"}, "reason": {"Left."}}},
		{"/admin/courses/crs_2/edit", url.Values{"title": {"Heart valves"}, "prerequisite_ids": {"crs_1"}}},
		{"/admin/webinars/web_1/edit", url.Values{"title": {"Flutter"}, "time_zone": {"Asia/Kolkata"}, "starts_at": {"2026-12-03T16:00"}, "expected_viewers": {"3000"}}},
		{"/admin/programs/prg_1/reports/rpt_1", url.Values{"to": {"done"}}},
		{"/admin/courses/crs_2/move", url.Values{"to": {"up"}}},
		{"/admin/courses/crs_2/delete", url.Values{}},
		{"/admin/courses/crs_2/restore", url.Values{}},
	} {
		b.page(b.admin, http.MethodPost, act.path, act.form, http.StatusSeeOther)
	}
	for path, want := range map[string]string{ //nolint:gosec // G101: pages and what stands on them
		"/admin/people":                      "Dr Ana López",
		"/admin/people?q=lopez":              "ana@example.org",
		"/admin/people?state=disabled":       "Dr Ana López",
		"/admin/people/acc_doctor":           "Left.",
		"/admin/people/import/aim_1":         "Please give an address.",
		"/admin/people/import/aim_1/bad.csv": "2,,email,Please give an address.",
		"/admin/courses/crs_2/edit":          `value="crs_1" checked`,
		"/admin/webinars/web_1/edit":         `value="2026-12-03T16:00"`,
		"/admin/webinars/web_1/edit?again":   `value="3000"`,
		"/admin/recordings":                  "later.mp4",
		"/admin/webinars/web_1/readiness":    "No worker has been heard of",
		"/admin/audit?action=account.":       "account.update",
		"/admin/settings":                    "ROUNDS_BASE_URL",
		"/admin/deleted":                     "Nothing was deleted.",
		"/admin/tokens":                      "No system has a token.",
		"/admin/webhooks":                    "No system is told of anything.",
		"/admin/deliveries":                  "Nothing was sent.",
		"/admin/messages?state=given_up":     "No message matches.",
		"/admin/texts?channel=sms":           "No text is stored",
		"/search?q=flutter":                  "Flutter",
		"/admin":                             "Heart valves",

		"/admin/people/imports":                                      "1 line",
		"/admin/readiness":                                           "Devices",
		"/admin/attendance-imports":                                  "Nothing was imported",
		"/admin/programs/prg_1/reports?state=done":                   "Play could not be opened.",
		"/admin/programs/prg_1/reports?state=open":                   "No reports here.",
		"/admin/programs/prg_1/quality?webinar=web_1&day=2026-11-02": "Nobody has played anything yet",
	} {
		b.page(b.admin, http.MethodGet, path, nil, http.StatusOK, want)
	}
	b.page(b.admin, http.MethodPost, "/admin/people/acc_doctor/roles", url.Values{"version": {"1"}, "roles": {"doctor"}}, http.StatusUnprocessableEntity)
}
