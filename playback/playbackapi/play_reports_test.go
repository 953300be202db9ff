package playbackapi_test

import (
	"net/http"
	"testing"

	"rounds/catalog/identity"
)

// TestReportsOfDoctors: what a doctor reports with one tap is on the list, with
// where and by what, until somebody has looked after it.
func TestReportsOfDoctors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	beat := func(body string) {
		b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", body, "User-Agent", "Mozilla/5.0 (iPhone) Mobile Safari/604.1"))
		b.recorder.Flush(t.Context(), func(err error) { t.Error(err) })
	}
	const report = `{"n":2,"at_s":9,"kind":"report","error":"fragLoadError 503"}`
	beat(`{"seq":1,"position_s":4,"watched":[[0,4]],"events":[{"n":1,"at_s":1,"kind":"play"},` + report + `]}`)
	beat(`{"seq":2,"position_s":5,"events":[` + report + `]}`) // sent again

	list := func(query string) []any {
		t.Helper()
		items, _ := b.want(http.StatusOK, b.call(admin, "GET", "/v1/play_reports"+query, "")).json["items"].([]any)
		return items
	}
	here := "?program_id=" + string(b.program) + "&webinar_id=" + string(b.webinar)
	items := list(here + "&state=open&since=2020-01-01T00:00:00Z")
	if len(items) != 1 {
		t.Fatalf("reports: %v", items)
	}
	one, _ := items[0].(map[string]any)
	if one["code"] != "fragLoadError 503" || one["position_s"] != 4.0 || one["device"] != "phone" || one["browser"] != "Safari" || one["state"] != "open" ||
		one["account_id"] != string(b.doctor.AccountID) || one["session_id"] != session || one["program_id"] != string(b.program) || one["webinar_title"] == "" || one["email"] == "" {
		t.Errorf("report: %v", one)
	}
	for _, none := range []string{"?program_id=prg_none", "?webinar_id=web_none", "?since=2999-01-01T00:00:00Z", "?before=2020-01-01T00:00:00Z", "?state=done"} {
		if got := list(none); len(got) != 0 {
			t.Errorf("%s: %v", none, got)
		}
	}

	path, _ := one["id"].(string)
	path = "/v1/play_reports/" + path
	for range 2 {
		if got := b.want(http.StatusOK, b.call(admin, "PATCH", path, `{"state":"done"}`)).json; got["state"] != "done" || got["done_at"] == nil || got["done_by"] == "" {
			t.Errorf("looked after: %v", got)
		}
	}
	if got := list(here + "&state=done"); len(got) != 1 {
		t.Errorf("looked after: %v", got)
	}
	b.want(http.StatusOK, b.call(admin, "PATCH", path, `{"state":"open"}`))
	var acts int
	if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where action in ('play_report.done', 'play_report.open')`).Scan(&acts); err != nil || acts != 2 {
		t.Errorf("%d acts in the audit log, %v", acts, err)
	}
	b.want(http.StatusUnprocessableEntity, b.call(admin, "PATCH", path, `{"state":"gone"}`))
	b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", "/v1/play_reports?cursor=x", ""))
	b.want(http.StatusNotFound, b.call(admin, "PATCH", "/v1/play_reports/rpt_none", `{"state":"done"}`))
	for who, status := range map[*identity.Principal]int{&b.doctor: http.StatusForbidden, {}: http.StatusUnauthorized} {
		b.want(status, b.call(*who, "GET", "/v1/play_reports", ""))
		b.want(status, b.call(*who, "PATCH", path, `{"state":"done"}`))
	}
}
