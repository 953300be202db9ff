package playbackapi_test

import (
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

func TestExplanation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`update accounts set time_zone = 'Europe/Lisbon' where id = $1`, b.doctor.AccountID)
	b.exec(`update webinars set starts_at = '2026-09-22T14:30:00Z'`)
	imported := b.want(http.StatusCreated, b.call(admin, "POST", b.attendancePath(""), b.items("2026-09-22T14:30:00Z", "2026-09-22T14:30:20Z")))
	const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
	first := b.want(http.StatusCreated, b.call(b.doctor, "POST", b.webinarPath("/playback"), "", "User-Agent", chrome)).json["session_id"].(string)
	b.exec(`update playback_sessions set started_at = started_at - interval '30 seconds'`)
	b.want(http.StatusOK, b.call(b.doctor, "POST", "/v1/playback/"+first+"/beats", `{"seq":1,"position_s":40,"watched":[[30,40],[60,70]]}`))
	b.start(b.doctor, "") // another device takes over
	b.want(http.StatusConflict, b.call(b.doctor, "POST", "/v1/playback/"+first+"/beats", `{"seq":2,"position_s":99,"watched":[[70,99]]}`))

	path := "/v1/programs/" + string(b.program) + "/explanation"
	own := b.want(http.StatusOK, b.call(b.doctor, "GET", path, ""))
	webinar := own.json["webinars"].([]any)[0].(map[string]any)
	sessions, live, missing := webinar["sessions"].([]any), webinar["live"].([]any), webinar["missing"].([]any)
	if own.json["time_zone"] != "Europe/Lisbon" || own.json["completed"] != false || own.json["rule"].(map[string]any)["version"] != 1.0 ||
		!strings.Contains(own.json["sentence"].(string), "1 of 1 webinars is still open") || len(sessions) != 2 || len(live) != 1 || len(missing) == 0 {
		t.Fatalf("own: %s", own.body)
	}
	gap := missing[0].(map[string]any)
	if gap["from_s"] != 20.0 || gap["to_s"] != 30.0 || gap["reason"] != "skipped" || gap["session_id"] != first ||
		gap["live"].([]any)[0].(map[string]any)["from"] != "2026-09-22T14:30:20Z" || !strings.Contains(gap["sentence"].(string), "Chrome on Windows") {
		t.Errorf("gap: %v", gap)
	}
	session := sessions[0].(map[string]any)
	refused := session["refused"].([]any)
	if session["session_id"] != first || session["device"] != "Chrome on Windows" || session["ended_at"] == nil || len(refused) == 0 ||
		refused[0].(map[string]any)["reason"] != "taken_over" || !strings.Contains(session["sentence"].(string), "play had begun on another device at") {
		t.Errorf("session: %v", session)
	}
	stay := live[0].(map[string]any)
	if stay["import_id"] != imported.json["import_id"] || stay["joined_at"] != "2026-09-22T14:30:00Z" || stay["sentence"] == "" ||
		!strings.Contains(stay["sentence"].(string), "from Tue 22 Sep 2026, 15:30 to 15:30 WEST: 0:00–0:20") {
		t.Errorf("stay: %v", stay)
	}
	if webinar["refused_s"] != nil {
		t.Errorf("a doctor is told what is for admins: %v", webinar["refused_s"])
	}

	theirs := b.want(http.StatusOK, b.call(admin, "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
	if theirs.json["webinars"].([]any)[0].(map[string]any)["refused_s"] == nil {
		t.Errorf("for admins: %s", theirs.body)
	}
	b.want(http.StatusForbidden, b.call(b.newDoctor(), "GET", path+"?account_id="+string(b.doctor.AccountID), ""))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", path, ""))
	b.want(http.StatusNotFound, b.call(b.doctor, "GET", "/v1/programs/prg_none/explanation", ""))
	b.want(http.StatusNotFound, b.call(admin, "GET", path+"?account_id=acc_none", ""))
	b.want(http.StatusUnprocessableEntity, b.call(admin, "GET", path, ""))
}

// TestExplanationOfAReplacedRecording: what an earlier recording brought is told as such.
func TestExplanationOfAReplacedRecording(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.watch(b.doctor, 0, 95)
	b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
		values ('rec_new', $1, 'cut.mp4', 1000, 8388608, 'ready', 50000, 'x', now())`, b.webinar)
	b.exec(`update webinars set current_recording_id = 'rec_new'`)
	e := b.want(http.StatusOK, b.call(b.doctor, "GET", "/v1/programs/"+string(b.program)+"/explanation", ""))
	webinar := e.json["webinars"].([]any)[0].(map[string]any)
	if s := webinar["sessions"].([]any)[0].(map[string]any); s["earlier_recording"] != true || s["credited_s"] != 95.0 {
		t.Errorf("session: %v", s)
	}
	if e.json["completed"] != true || !strings.HasPrefix(webinar["sentence"].(string), "Completed on ") {
		t.Errorf("certified credit was taken back: %s", e.body)
	}
}
