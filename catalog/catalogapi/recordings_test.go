package catalogapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/catalog"
)

const talkSize = 8<<20 + 5

func newRecording() object {
	return object{"filename": "talk.mp4", "size_bytes": talkSize, "content_type": "video/mp4", "fingerprint": "f"}
}

func (b *testBundle) putPart(c *client, recording string, number int, content []byte) {
	b.t.Helper()
	signed := c.want(200, "POST", "/v1/recordings/"+recording+"/upload/parts", object{"part_numbers": []int{number}})
	part := signed.body["parts"].([]any)[0].(object)
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPut, part["url"].(string), bytes.NewReader(content))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range part["headers"].(object) {
		r.Header.Set(name, value.(string))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.t.Fatalf("PUT of part %d: %d", number, answer.StatusCode)
	}
}

// uploaded sends a whole recording.
func (b *testBundle) uploaded(c *client, webinar string) string {
	b.t.Helper()
	id := c.want(201, "POST", "/v1/webinars/"+webinar+"/recordings", newRecording()).str("recording_id")
	b.putPart(c, id, 1, make([]byte, 8<<20))
	b.putPart(c, id, 2, make([]byte, 5))
	c.want(202, "POST", "/v1/recordings/"+id+"/upload/complete", nil)
	return id
}

// processed is what a worker does to a recording.
func (b *testBundle) processed(id string) {
	b.t.Helper()
	attempt, _, err := b.store.Begin(b.t.Context(), catalog.RecordingID(id), time.Minute)
	if err != nil {
		b.t.Fatal(err)
	}
	err = b.store.Publish(b.t.Context(), attempt, catalog.Publication{
		DurationMS: 1500, SealedKey: []byte("x"),
		Renditions: []catalog.Rendition{{Name: "v240", Height: 240, Codecs: "avc1"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestPresenterUploads(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	begun := presenter.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording())
	id, path := begun.str("recording_id"), "/v1/recordings/"+begun.str("recording_id")
	if begun.body["part_size_bytes"] != float64(8<<20) || begun.body["parts"] != 2.0 {
		t.Errorf("begun %s", begun.raw)
	}
	b.putPart(presenter, id, 2, make([]byte, 5))
	if again := presenter.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording()); again.raw != begun.raw {
		t.Errorf("the same file again: %s, was %s", again.raw, begun.raw)
	}
	state := presenter.want(200, "GET", path+"/upload", nil)
	if parts := state.body["parts"].([]any); state.str("state") != "uploading" || len(parts) != 1 || parts[0].(object)["part_number"] != 2.0 {
		t.Errorf("upload is %s", state.raw)
	}
	presenter.refused(409, "", "POST", path+"/upload/complete", nil)
	presenter.refused(409, "still_uploading", "POST", path+"/withdraw", object{"reason": "x"})
	b.putPart(presenter, id, 1, make([]byte, 8<<20))
	for range 2 {
		if done := presenter.want(202, "POST", path+"/upload/complete", nil); done.str("state") != "uploaded" {
			t.Errorf("completed %s", done.raw)
		}
	}
	presenter.refused(409, "", "DELETE", path+"/upload", nil)
	if next := presenter.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording()); next.str("recording_id") == id {
		t.Error("a finished upload was continued")
	}
}

func TestUploadsOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.program(), b.program()
	doctor, presenter := b.doctor(mine.id, ana), b.signIn(mine.presenterEmail)
	foreign := b.admin.want(201, "POST", "/v1/webinars/"+other.webinar+"/recordings", newRecording()).str("recording_id")
	for _, c := range []*client{doctor, presenter} {
		c.refused(404, "", "POST", "/v1/webinars/"+other.webinar+"/recordings", newRecording())
		for _, act := range []string{"GET ", "GET /upload", "POST /upload/complete", "DELETE /upload", "POST /retry", "POST /publish", "GET /live_map", "GET /events"} {
			method, rest, _ := strings.Cut(act, " ")
			c.refused(404, "", method, "/v1/recordings/"+foreign+rest, nil)
		}
	}
	doctor.refused(404, "", "POST", "/v1/webinars/"+mine.webinar+"/recordings", newRecording())
	b.admin.want(204, "DELETE", "/v1/recordings/"+foreign+"/upload", nil)
	b.admin.refused(404, "", "GET", "/v1/recordings/"+foreign, nil)
}

func TestUploadsThatCannotBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + b.program().webinar + "/recordings"
	for field, tt := range map[string]struct {
		value any
		code  string
	}{
		"size_bytes": {0, "empty"}, "filename": {"a\x00", "invalid_text"}, "content_type": {"\x01", "invalid_text"}, "checksum": {"md5", ""},
	} {
		body := newRecording()
		body[field] = tt.value
		b.admin.refused(422, tt.code, "POST", path, body)
	}
	body := newRecording()
	body["size_bytes"] = int64(1) << 50
	b.admin.refused(422, "too_large", "POST", path, body)
	b.admin.refused(404, "", "POST", "/v1/webinars/web_none/recordings", newRecording())
}

func TestRecordingIsPublishedWithdrawnAndPublishedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	id := b.uploaded(b.admin, p.webinar)
	path, webinar := "/v1/recordings/"+id, "/v1/webinars/"+p.webinar
	b.admin.refused(409, "not_ready", "POST", path+"/publish", nil)
	b.processed(id)
	ready := b.admin.want(200, "GET", path, nil)
	if ready.str("state") != "ready" || ready.body["duration_s"] != 1.5 || ready.body["progress"] != 1.0 || len(ready.body["renditions"].([]any)) != 1 || ready.body["eta_s"] != nil {
		t.Errorf("recording is %s", ready.raw)
	}
	if w := b.admin.want(200, "GET", webinar, nil); w.str("current_recording_id") != id || w.body["duration_s"] != 1.5 {
		t.Errorf("webinar is %s", w.raw)
	}
	b.admin.refused(422, "required", "POST", path+"/withdraw", object{"reason": " \n"})
	withdrawn := b.admin.want(200, "POST", path+"/withdraw", object{"reason": "a patient's name"})
	if withdrawn.str("withdrawn_at") == "" || b.admin.want(200, "GET", webinar, nil).str("current_recording_id") != "" {
		t.Errorf("withdrawn %s", withdrawn.raw)
	}
	published := b.admin.want(200, "POST", path+"/publish", nil)
	if published.body["withdrawn_at"] != nil || b.admin.want(200, "GET", webinar, nil).str("current_recording_id") != id {
		t.Errorf("published again %s", published.raw)
	}
	b.admin.refused(409, "not_failed", "POST", path+"/retry", nil)
}

func TestFailedRecordingIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.uploaded(b.admin, b.program().webinar)
	attempt, _, err := b.store.Begin(t.Context(), catalog.RecordingID(id), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.store.Fail(t.Context(), attempt, catalog.Failure{Code: catalog.FailInternal, Message: "Our fault."}); err != nil {
		t.Fatal(err)
	}
	failed := b.admin.want(200, "GET", "/v1/recordings/"+id, nil)
	if failure, _ := failed.body["error"].(object); failure["code"] != "internal" {
		t.Errorf("recording is %s", failed.raw)
	}
	if again := b.admin.want(202, "POST", "/v1/recordings/"+id+"/retry", nil); again.str("state") != "uploaded" || again.body["error"] != nil {
		t.Errorf("retried %s", again.raw)
	}
	attempt, _, err = b.store.Begin(t.Context(), catalog.RecordingID(id), time.Minute)
	if err != nil || attempt.Number != 1 {
		t.Fatalf("attempt after the retry %+v, %v", attempt, err)
	}
	if err := b.store.Fail(t.Context(), attempt, catalog.Failure{Code: catalog.FailNotMedia, Message: "This is not a video."}); err != nil {
		t.Fatal(err)
	}
	b.admin.refused(409, "failed_for_good", "POST", "/v1/recordings/"+id+"/retry", nil)
}

func TestEventsFollowARecordingToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.uploaded(b.admin, b.program().webinar)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/v1/recordings/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.admin.token)
	stream, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if kind := stream.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("content type is %q", kind)
	}
	var states []string
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var got struct{ State string }
		if err := json.Unmarshal([]byte(data), &got); err != nil {
			t.Fatal(err)
		}
		states = append(states, got.State)
		if len(states) == 1 {
			b.processed(id)
		}
	}
	if states[0] != "uploaded" || states[len(states)-1] != "ready" {
		t.Errorf("states are %v", states)
	}
}

func TestLiveMap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.admin.want(201, "POST", "/v1/webinars/"+b.program().webinar+"/recordings", newRecording()).str("recording_id")
	path := "/v1/recordings/" + id + "/live_map"
	if got := b.admin.want(200, "GET", path, nil); len(got.body["pieces"].([]any)) != 0 || got.body["confirmed"] != false {
		t.Errorf("empty map is %s", got.raw)
	}
	piece := func(at string, s, length float64) object { return object{"live_at": at, "at_s": s, "length_s": length} }
	good := []object{piece("2026-03-01T10:00:00+01:00", 0, 600), piece("2026-03-01T09:15:00Z", 600, 1200)}
	b.admin.want(200, "PUT", path, object{"pieces": good, "confirmed": true})
	got := b.admin.want(200, "GET", path, nil)
	if pieces := got.body["pieces"].([]any); len(pieces) != 2 || pieces[0].(object)["live_at"] != "2026-03-01T09:00:00Z" || got.body["confirmed"] != true {
		t.Errorf("map is %s", got.raw)
	}
	for _, bad := range [][]object{{piece("2026-03-01T10:00:00Z", -1, 5)}, {piece("2026-03-01T10:00:00Z", 0, 0)}, {good[1], good[0]}, {piece("2026-03-01T10:00:00Z", 1e300, 1e300)}} {
		b.admin.refused(422, "", "PUT", path, object{"pieces": bad, "confirmed": false})
	}
	b.exec(`update recordings set duration_ms = 1500000 where id = $1`, id)
	b.admin.refused(422, "", "PUT", path, object{"pieces": good, "confirmed": true})
	b.admin.want(200, "PUT", path, object{"pieces": []object{piece("2026-03-01T09:00:00Z", 600, 901)}, "confirmed": true})
	b.admin.refused(404, "", "PUT", "/v1/recordings/rec_none/live_map", object{"pieces": good, "confirmed": true})
}

func TestCompletingAndGivingUpAtOnceAgree(t *testing.T) {
	t.Parallel()
	b := setup(t)
	webinar := b.program().webinar
	id := b.admin.want(201, "POST", "/v1/webinars/"+webinar+"/recordings", newRecording()).str("recording_id")
	b.putPart(b.admin, id, 1, make([]byte, 8<<20))
	b.putPart(b.admin, id, 2, make([]byte, 5))
	var wg sync.WaitGroup
	statuses := make([]int, 4)
	for i := range statuses {
		wg.Go(func() {
			if i == 0 {
				statuses[i] = b.admin.send("DELETE", "/v1/recordings/"+id+"/upload", nil).status
			} else {
				statuses[i] = b.admin.send("POST", "/v1/recordings/"+id+"/upload/complete", nil).status
			}
		})
	}
	wg.Wait()
	want := []int{409, 202, 202, 202} // completed first
	if statuses[0] == 204 {
		want = []int{204, 404, 404, 404} // given up first
	}
	if !slices.Equal(statuses, want) {
		t.Errorf("statuses are %v, want %v", statuses, want)
	}
}
