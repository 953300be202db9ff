package playbackapi_test

import (
	"net/http"
	"testing"

	"rounds/catalog/identity"
	"rounds/playback/playbackdb"
)

func TestQualityFromBeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	beat := func(body string) {
		t.Helper()
		b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", body, "User-Agent", "Mozilla/5.0 (iPhone) Mobile Safari/604.1"))
	}
	beat(`{"seq":1,"position_s":0,"events":[{"n":1,"at_s":1,"kind":"play","network":"4g"},{"n":2,"at_s":2,"kind":"start","ms":1500}]}`)
	beat(`{"seq":2,"position_s":4,"watched":[[0,4]],"events":[null,7,{"n":"x"},{"n":3,"at_s":3,"kind":"unheard-of"},{"n":4,"at_s":4,"kind":"failure","error":"bufferAppendError"}]}`)
	b.want(http.StatusNotFound, b.call(b.doctor, "POST", "/v1/playback/pbs_other/beats", `{"seq":1,"position_s":0,"events":[{"n":1,"at_s":1,"kind":"play"}]}`))
	b.recorder.Flush(t.Context(), func(err error) { t.Error(err) })
	if _, err := playbackdb.New(b.db, nil).RollUpQuality(t.Context(), "quality"); err != nil {
		t.Fatal(err)
	}
	for path, list := range map[string]string{b.webinarPath("/quality"): "", "/v1/programs/" + string(b.program) + "/quality": "webinars"} {
		got := b.want(http.StatusOK, b.call(admin, "GET", path, "")).json
		if got["views"] != 1.0 || got["startup_p50_s"] != 1.5 || got["rebuffer_ratio"] != 0.0 || got["played_s"] != 4.0 || got["failures"] != 1.0 || got["exits_before_start"] != 0.0 {
			t.Errorf("%s: %v", path, got)
		}
		device, _ := got["by_device"].([]any)[0].(map[string]any)
		failed, _ := got["last_errors"].([]any)[0].(map[string]any)
		if device["name"] != "phone" || device["views"] != 1.0 || failed["error"] != "bufferAppendError" {
			t.Errorf("%s: %v", path, got)
		}
		if webinars, ok := got[list].([]any); list != "" && (!ok || len(webinars) != 1) {
			t.Errorf("%s: %v", path, got)
		}
		if later := b.want(http.StatusOK, b.call(admin, "GET", path+"?since=2999-01-01T00:00:00Z", "")).json; later["views"] != 0.0 || later["startup_p50_s"] != nil {
			t.Errorf("%s of the future: %v", path, later)
		}
		b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", path+"?since=yesterday", ""))
		b.want(http.StatusForbidden, b.call(b.doctor, "GET", path, ""))
		b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", path, ""))
	}
	b.want(http.StatusNotFound, b.call(admin, "GET", "/v1/webinars/web_none/quality", ""))
	b.want(http.StatusNotFound, b.call(admin, "GET", "/v1/programs/prg_none/quality", ""))
}
