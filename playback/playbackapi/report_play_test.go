package playbackapi_test

import (
	"net/http"
	"testing"

	"rounds/catalog/identity"
	"rounds/playback"
)

// TestPlayThatCannotBeOpenedIsReported: without a session the report has a route
// of its own, and support finds it by what the doctor reads out.
func TestPlayThatCannotBeOpenedIsReported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/play_reports"
	const body = `{"code":"start 503 unavailable"}`
	made := b.want(http.StatusCreated, b.call(b.doctor, "POST", path, body, "User-Agent", "Mozilla/5.0 (iPhone) Mobile Safari/604.1")).json
	items, _ := b.want(http.StatusOK, b.call(admin, "GET", "/v1/play_reports?state=open", "")).json["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("reports: %v", items)
	}
	one, _ := items[0].(map[string]any)
	if one["id"] != made["report_id"] || one["reference"] != made["reference"] || len(made["reference"].(string)) != 6 || one["session_id"] != "" || one["position_s"] != nil ||
		one["code"] != "start 503 unavailable" || one["device"] != "phone" || one["browser"] != "Safari" || one["account_id"] != string(b.doctor.AccountID) {
		t.Errorf("report %v, made %v", one, made)
	}
	stranger := identity.Principal{AccountID: "acc_stranger", LoginID: "l"}
	b.want(http.StatusNotFound, b.call(stranger, "POST", path, body))
	b.want(http.StatusNotFound, b.call(b.doctor, "POST", "/v1/webinars/web_nothing/play_reports", body))
	b.want(http.StatusForbidden, b.call(admin, "POST", path, body))
	b.want(http.StatusUnprocessableEntity, b.call(b.doctor, "POST", path, `{}`))
	for range playback.FailuresAnHour - 1 {
		b.want(http.StatusCreated, b.call(b.doctor, "POST", path, body))
	}
	b.want(http.StatusTooManyRequests, b.call(b.doctor, "POST", path, body))
	b.exec(`update play_reports set at = at - interval '61 minutes'`)
	b.want(http.StatusCreated, b.call(b.doctor, "POST", path, body))
}
