package playbackapi_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

var (
	nobody = identity.Principal{}
	admin  = identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}
)

func TestStart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, session := b.start(b.doctor, "")
	for key, want := range map[string]any{
		"resume_at_s": 0.0, "duration_s": 100.0, "watched_percent": 0.0, "beat_interval_s": 10.0, "watch_again": false,
	} {
		if a.json[key] != want {
			t.Errorf("%s is %v, want %v", key, a.json[key], want)
		}
	}
	if watched, ok := a.json["watched"].([]any); !ok || len(watched) != 0 || !strings.HasPrefix(session, "pbs_") {
		t.Errorf("answer: %s", a.body)
	}
	if expires, err := time.Parse(time.RFC3339, a.json["expires_at"].(string)); err != nil || time.Until(expires) > 15*time.Minute || time.Until(expires) < 14*time.Minute {
		t.Errorf("expires_at: %v", a.json["expires_at"])
	}
	if cookies := a.Cookies(); len(cookies) != 3 || cookies[0].Path != "/"+catalog.MediaPrefix(b.recording, b.token) || !b.opens(b.media("v720/seg_00000.m4s"), cookies...) {
		t.Errorf("cookies: %v", cookies)
	}
	manifest := a.json["manifest_url"].(string)
	if !strings.HasPrefix(manifest, b.media("master.m3u8?")) || !b.opens(manifest) || b.opens(strings.Replace(manifest, "master.m3u8", "v720/index.m3u8", 1)) {
		t.Errorf("manifest_url: %s", manifest)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be cached")
	}
}

func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/playback"
	stranger := identity.Principal{AccountID: "acc_stranger", LoginID: "l"}
	b.want(http.StatusUnauthorized, b.call(nobody, "POST", path, ""))
	b.want(http.StatusForbidden, b.call(admin, "POST", path, ""))
	b.want(http.StatusNotFound, b.call(stranger, "POST", path, ""))
	b.want(http.StatusNotFound, b.call(b.doctor, "POST", "/v1/webinars/web_nothing/playback", ""))
	b.want(http.StatusNotFound, b.call(b.doctor, "POST", "/v1/webinars/a%00b/playback", ""))
	b.want(http.StatusUnprocessableEntity, b.call(b.doctor, "POST", path+"?delivery=pigeon", ""))
	b.exec(`update recordings set withdrawn_at = now()`)
	b.want(http.StatusConflict, b.call(b.doctor, "POST", path, ""))
}

func TestOpeningAnotherRecordingTakesTheCookiesOfTheLast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.start(b.doctor, "")
	next, token := catalog.NewRecordingID(), catalog.NewToken()
	b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
		values ($1, $2, 'talk.mp4', 1000, 8388608, 'ready', 100000, $3, now())`, next, b.webinar, token)
	b.exec(`update webinars set current_recording_id = $1`, next)
	a, _ := b.start(b.doctor, "")
	expired, set := 0, 0
	for _, c := range a.Cookies() {
		switch {
		case c.MaxAge < 0 && c.Path == "/"+catalog.MediaPrefix(b.recording, b.token):
			expired++
		case c.MaxAge > 0 && c.Path == "/"+catalog.MediaPrefix(next, token):
			set++
		}
	}
	if expired != 3 || set != 3 {
		t.Errorf("%d expired, %d set: %v", expired, set, a.Cookies())
	}
}

func TestBeat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	b.age("30 seconds")
	path := "/v1/playback/" + session + "/beats"
	a := b.want(http.StatusOK, b.call(b.doctor, "POST", path, `{"seq":1,"position_s":20.5,"rate":1,"watched":[[0,20.5]],"events":[{"kind":"of the future"}],"more":1}`))
	want := map[string]any{
		"resume_at_s": 20.5, "watched_percent": 20.5, "completed": false, "accepted_s": 20.5, "refused_s": 0.0, "next_beat_s": 10.0,
	}
	for key, value := range want {
		if a.json[key] != value {
			t.Errorf("%s is %v, want %v", key, a.json[key], value)
		}
	}
	if !b.opens(b.media("v720/seg_00003.m4s"), a.Cookies()...) {
		t.Error("the beat did not renew the cookies")
	}
	again := b.want(http.StatusOK, b.call(b.doctor, "POST", path, `{"seq":1,"position_s":90,"rate":1,"watched":[[0,90]]}`))
	if again.json["watched_percent"] != 20.5 || again.json["resume_at_s"] != 20.5 || again.json["accepted_s"] != 0.0 {
		t.Errorf("repeated: %s", again.body)
	}
	greedy := b.want(http.StatusOK, b.call(b.doctor, "POST", path, `{"seq":2,"position_s":100,"rate":1,"watched":[[20.5,100]]}`))
	if refused := greedy.json["refused_s"].(float64); refused < 50 || greedy.json["accepted_s"].(float64)+refused != 79.5 {
		t.Errorf("beyond the clock: %s", greedy.body)
	}
}

func TestABeaconAndAnEmptyBeat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	path := "/v1/playback/" + session + "/beats"
	for i, contentType := range []string{"text/plain;charset=UTF-8", "application/json", "TEXT/PLAIN"} {
		body := fmt.Sprintf(`{"seq":%d,"position_s":4,"rate":0,"watched":[]}`, i+1)
		a := b.want(http.StatusOK, b.call(b.doctor, "POST", path, body, "Content-Type", contentType))
		if !b.opens(b.media("master.m3u8"), a.Cookies()...) {
			t.Errorf("%s: cookies are not renewed", contentType)
		}
	}
	b.want(http.StatusOK, b.call(b.doctor, "POST", path, `{"seq":9,"position_s":4}`))
}

func TestBeatsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	path := "/v1/playback/" + session + "/beats"
	many := strings.TrimSuffix(strings.Repeat("[0,1],", 1001), ",")
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"no seq":             {`{"position_s":1,"rate":1,"watched":[]}`, 422},
		"seq 0":              {`{"seq":0,"position_s":1,"rate":1,"watched":[]}`, 422},
		"huge seq":           {`{"seq":9223372036854775807,"position_s":1}`, 422},
		"seq with a part":    {`{"seq":1.5,"position_s":1}`, 422},
		"negative position":  {`{"seq":1,"position_s":-1}`, 422},
		"negative rate":      {`{"seq":1,"position_s":1,"rate":-1}`, 422},
		"negative from":      {`{"seq":1,"position_s":1,"watched":[[-1,2]]}`, 422},
		"backward":           {`{"seq":1,"position_s":1,"watched":[[3,2]]}`, 422},
		"one number":         {`{"seq":1,"position_s":1,"watched":[[3]]}`, 422},
		"three numbers":      {`{"seq":1,"position_s":1,"watched":[[1,2,3]]}`, 422},
		"words":              {`{"seq":1,"position_s":1,"watched":[["a","b"]]}`, 422},
		"NaN":                {`{"seq":1,"position_s":NaN}`, 400},
		"too many ranges":    {`{"seq":1,"position_s":1,"watched":[` + many + `]}`, 422},
		"too large":          {`{"seq":1,"position_s":1,"events":["` + strings.Repeat("x", 70_000) + `"]}`, 413},
		"not JSON":           {`hello`, 400},
		"an array":           {`[]`, 422},
		"nothing":            {``, 400},
		"beyond the numbers": {`{"seq":1,"position_s":1e400}`, 400},
	} {
		if a := b.call(b.doctor, "POST", path, tt.body); a.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d: %s", name, a.StatusCode, tt.status, a.body)
		}
	}
	far := b.want(http.StatusOK, b.call(b.doctor, "POST", path, `{"seq":1,"position_s":1e300,"rate":1e300,"watched":[[50,1e300]]}`))
	if far.json["resume_at_s"] != 0.0 || far.json["accepted_s"].(float64) > 16 {
		t.Errorf("far out: %s", far.body)
	}
}

func TestBeatsOfOthersAndOfOldSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, session := b.start(b.doctor, "")
	path, beat := "/v1/playback/"+session+"/beats", `{"seq":1,"position_s":1,"rate":1,"watched":[[0,1]]}`
	b.want(http.StatusUnauthorized, b.call(nobody, "POST", path, beat))
	b.want(http.StatusNotFound, b.call(b.newDoctor(), "POST", path, beat))
	b.want(http.StatusNotFound, b.call(b.doctor, "POST", "/v1/playback/pbs_nothing/beats", beat))
	b.start(b.doctor, "")
	a := b.want(http.StatusConflict, b.call(b.doctor, "POST", path, beat))
	if !strings.Contains(a.body, "session_taken_over") || len(a.Cookies()) != 0 {
		t.Errorf("taken over: %s %v", a.body, a.Cookies())
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/recordings/" + string(b.recording) + "/key"
	b.want(http.StatusForbidden, b.call(b.doctor, "GET", path, ""))
	b.start(b.doctor, "")
	a := b.want(http.StatusOK, b.call(b.doctor, "GET", path, ""))
	if a.body != string(contentKey) || a.Header.Get("Content-Type") != "application/octet-stream" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("key %q with %v", a.body, a.Header)
	}
	b.want(http.StatusUnauthorized, b.call(nobody, "GET", path, ""))
	b.want(http.StatusForbidden, b.call(admin, "GET", path, ""))
	b.want(http.StatusForbidden, b.call(b.newDoctor(), "GET", path, ""))
	b.want(http.StatusNotFound, b.call(identity.Principal{AccountID: "acc_stranger"}, "GET", path, ""))
	b.want(http.StatusNotFound, b.call(b.doctor, "GET", "/v1/recordings/rec_nothing/key", ""))
	for _, token := range []string{"x", "x.y", ".", "a%00.b"} {
		b.want(http.StatusForbidden, b.call(b.doctor, "GET", path+"?t="+token, ""))
	}
	b.exec(`update recordings set withdrawn_at = now()`)
	b.want(http.StatusForbidden, b.call(b.doctor, "GET", path, ""))
}

// TestQueryDelivery walks from the manifest to the key like a player without
// cookies and without a login.
func TestQueryDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, session := b.start(b.doctor, "?delivery=query")
	if len(a.Cookies()) != 0 {
		t.Errorf("cookies: %v", a.Cookies())
	}
	manifest := strings.TrimPrefix(a.json["manifest_url"].(string), base)
	master := b.want(http.StatusOK, b.call(nobody, "GET", manifest, ""))
	if master.Header.Get("Content-Type") != "application/vnd.apple.mpegurl" || master.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers: %v", master.Header)
	}
	lines := strings.Split(master.body, "\n")
	if !strings.HasPrefix(lines[3], "/v1/playback/"+session+"/v720/index.m3u8?Policy=") || !strings.Contains(lines[1], `URI="/v1/playback/`+session+`/v720/iframes.m3u8?Policy=`) {
		t.Fatalf("master:\n%s", master.body)
	}
	index := b.want(http.StatusOK, b.call(nobody, "GET", lines[3], ""))
	lines = strings.Split(index.body, "\n")
	_, initURI, _ := strings.Cut(lines[1], `URI="`)
	for _, uri := range []string{strings.TrimSuffix(initURI, `"`), lines[4]} {
		if !b.opens(base+uri) || !strings.HasPrefix(base+uri, b.media("v720/")) {
			t.Errorf("unsigned: %s", uri)
		}
	}
	_, keyURI, _ := strings.Cut(lines[2], `URI="`)
	key := b.want(http.StatusOK, b.call(nobody, "GET", strings.TrimSuffix(keyURI, `"`), ""))
	if key.body != string(contentKey) {
		t.Errorf("key %q", key.body)
	}
	packed := b.want(http.StatusOK, b.call(nobody, "GET", manifest, "", "Accept-Encoding", "gzip, deflate"))
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(z); !strings.HasPrefix(string(text), "#EXTM3U\n") {
		t.Errorf("gzip: %q", text)
	}
	b.checkQueryRefusals(t, session, manifest, strings.TrimSuffix(keyURI, `"`))
}

func (b *bundle) checkQueryRefusals(t *testing.T, session, manifest, key string) {
	t.Helper()
	access := must(url.Parse(manifest))(t).Query().Get("t")
	for _, path := range []string{
		"/v1/playback/" + session + "/master.m3u8?t=x.y", "/v1/playback/pbs_other/master.m3u8?t=" + access,
		"/v1/playback/" + session + "/master.m3u8?t=" + session + ".guess",
	} {
		b.want(http.StatusForbidden, b.call(nobody, "GET", path, ""))
	}
	for _, path := range []string{"/master.m3u8", "/v720/..%2f..%2fx.m3u8?t=" + access, "/v720/init.mp4?t=" + access} {
		if a := b.call(nobody, "GET", "/v1/playback/"+session+path, ""); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	b.start(b.doctor, "") // takes over: the token is revoked
	b.want(http.StatusForbidden, b.call(nobody, "GET", manifest, ""))
	b.want(http.StatusForbidden, b.call(nobody, "GET", key, ""))
}

func TestWebinarProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/progress"
	_, session := b.start(b.doctor, "")
	b.age("10 minutes")
	b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", `{"seq":1,"position_s":40,"rate":1,"watched":[[0,30],[35,40]]}`))
	a := b.want(http.StatusOK, b.call(b.doctor, "GET", path, ""))
	compact := func(v any) string { text, _ := json.Marshal(v); return string(text) }
	for key, want := range map[string]string{
		"watched_percent": "35", "by_source": `{"live":0,"replay":35}`, "gaps": "[[30,35],[40,100]]", "watched": "[[0,30],[35,40]]",
		"resume_at_s": "40", "completed": "false", "duration_s": "100", "playable": "true", "refused_s": "null",
	} {
		if got := compact(a.json[key]); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	requirement := a.json["requirements"].([]any)[0].(map[string]any)
	if requirement["kind"] != "watched" || requirement["state"] != "unmet" || requirement["have"] != 35.0 || requirement["need"] != 90.0 || requirement["explanation"] == "" {
		t.Errorf("requirement: %v", requirement)
	}
	b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", `{"seq":2,"position_s":90,"rate":1,"watched":[[30,90]]}`))
	if done := b.want(http.StatusOK, b.call(b.doctor, "GET", path, "")); done.json["completed"] != true || done.json["completed_at"] == nil {
		t.Errorf("completed: %s", done.body)
	}
	other := b.newDoctor()
	b.want(http.StatusUnauthorized, b.call(nobody, "GET", path, ""))
	b.want(http.StatusForbidden, b.call(other, "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
	b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", path, ""))
	b.want(http.StatusNotFound, b.call(admin, "GET", path+"?account_id=acc_nobody", ""))
	seen := b.want(http.StatusOK, b.call(admin, "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
	if seen.json["watched_percent"] != 90.0 || seen.json["refused_s"] != 0.0 {
		t.Errorf("admin: %s", seen.body)
	}
}

func TestProgramProgress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/programs/" + string(b.program) + "/progress"
	_, session := b.start(b.doctor, "")
	b.age("10 minutes")
	b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+session+"/beats", `{"seq":1,"position_s":95,"rate":1,"watched":[[0,95]]}`))
	a := b.want(http.StatusOK, b.call(b.doctor, "GET", path, ""))
	if a.json["watched_percent"] != 95.0 || a.json["completed"] != true || len(a.json["webinars"].([]any)) != 1 {
		t.Errorf("program: %s", a.body)
	}
	b.want(http.StatusNotFound, b.call(identity.Principal{AccountID: "acc_stranger"}, "GET", path, ""))
	b.want(http.StatusOK, b.call(admin, "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
}

// TestEveryOperationIsDescribed keeps the API document whole.
func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, item := range b.api.OpenAPI().Paths {
		for _, operation := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if operation != nil && (operation.OperationID == "" || operation.Summary == "" || operation.Responses["403"] == nil && operation.Responses["404"] == nil) {
				t.Errorf("%s: %+v", path, operation)
			}
		}
	}
	if n := len(b.api.OpenAPI().Paths); n < 9 {
		t.Errorf("%d paths", n)
	}
}
