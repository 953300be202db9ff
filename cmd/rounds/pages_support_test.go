package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rounds/catalog/identity"
	"rounds/playback/evidence"
)

// TestSupportAndErasureThroughThePages: a supporter finds a doctor who has
// registered twice, joins the accounts, and credit comes of it; when the doctor
// is forgotten the evidence of that credit still verifies.
func TestSupportAndErasureThroughThePages(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := b.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`insert into accounts (id, email, name, roles, time_zone) values ('acc_sam', 'sam@example.org', 'Sam', '{support}', 'Asia/Kolkata'), ('acc_twin', 'ana@mail.example', 'Dr Ana Lopez', '{doctor}', 'UTC')`)
	exec(`insert into enrolments (id, program_id, account_id, via) values ('enr_twin', 'prg_1', 'acc_twin', 'admin')`)
	exec(`insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, device, started_at, ended_at, last_beat_at, speed_limit, accepted_ms)
		values ('pbs_twin', 'enr_twin', 'acc_twin', 'web_1', 'rec_1', 'Safari on iPhone', now() - interval '9 hours', now() - interval '8 hours', now() - interval '8 hours', 200, 20000)`)
	exec(`insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges) values ('pbs_twin', 'enr_twin', 'web_1', 'rec_1', 'replay', '{[80000,100000)}')`)
	exec(`insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges) values ('enr_twin', 'web_1', 'rec_1', 'replay', '{[80000,100000)}')`)
	sam := identity.Principal{AccountID: "acc_sam", LoginID: "l3", Roles: []identity.Role{identity.RoleSupport}}

	b.page(sam, http.MethodGet, "/support?q=lopes", nil, http.StatusOK, "/support/doctors/acc_doctor", "/support/doctors/acc_twin")
	b.page(sam, http.MethodGet, "/support/doctors/acc_twin", nil, http.StatusOK, "Started to play “Fibrillation” on Safari on iPhone.", "20 % of it", "Your clock:", "IST (Asia/Kolkata)")
	b.page(b.doctor, http.MethodGet, "/support/doctors/acc_twin", nil, http.StatusForbidden)
	shown := b.page(sam, http.MethodPost, "/support/doctors/acc_doctor/merge", url.Values{"email": {"ana@mail.example"}}, http.StatusOK, "85.0 %", "20.0 %", "100.0 % · completed").Body.String()
	digest := regexp.MustCompile(`name="digest" value="([0-9a-f]+)"`).FindStringSubmatch(shown)
	if digest == nil {
		t.Fatal(shown)
	}
	b.page(sam, http.MethodPost, "/support/doctors/acc_doctor/merge", url.Values{"source_id": {"acc_twin"}, "digest": {digest[1]}, "reason": {"One person"}}, http.StatusOK, "The two accounts are one now.", "Completed “Fibrillation”")

	before := b.proof()
	b.page(b.doctor, http.MethodPost, "/account/data/erasure", url.Values{"note": {"I retire"}}, http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, "/admin/erasures", nil, http.StatusOK, "Dr Ana López", "I retire")
	b.page(b.admin, http.MethodPost, "/admin/erasures/x", url.Values{"account_id": {"acc_doctor"}, "reason": {"At her wish"}}, http.StatusSeeOther)
	b.page(b.admin, http.MethodGet, "/admin/erasures", nil, http.StatusOK, "Nobody has asked.")
	if after := b.proof(); after != before || before.Records != 1 {
		t.Errorf("%+v became %+v", before, after)
	}
	var left int
	if err := b.db.QueryRow(t.Context(), `select count(*) from (select a::text as row from accounts a union all select w::text from account_words w union all select l::text from audit_log l union all select e::text from account_emails e) x
		where row ilike '%lópez%' or row ilike '%lopez%' or row ilike '%ana@%'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows still name her (%v)", left, err)
	}
}

// proof verifies the evidence of the program, whose time of export it leaves out.
func (b *reasonsBundle) proof() evidence.Report {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/programs/prg_1/evidence", strings.NewReader(""))
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, r.WithContext(identity.NewContext(b.t.Context(), b.admin)))
	report, err := evidence.Verify(bytes.NewReader(w.Body.Bytes()), evidence.NoHeads)
	if err != nil {
		b.t.Fatalf("%v: %s", err, w.Body)
	}
	report.Header = evidence.Header{}
	return report
}
