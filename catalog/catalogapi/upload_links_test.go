package catalogapi_test

import (
	"strings"
	"testing"
	"time"
)

// linked is whoever has the link that by makes.
func (b *testBundle) linked(by *client, webinar string) *client {
	b.t.Helper()
	made := by.want(201, "POST", "/v1/webinars/"+webinar+"/upload_links", object{})
	page, secret, _ := strings.Cut(made.str("url"), "#")
	if page != "http://test/send" {
		b.t.Errorf("link %s", made.raw)
	}
	return &client{b: b, token: secret}
}

func TestUploadLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.program(), b.program()
	presenter := b.signIn(mine.presenterEmail)
	helper := b.linked(presenter, mine.webinar)
	b.exec(`update webinars set starts_at = '2026-12-03T14:00:00Z', ends_at = '2026-12-03T15:00:00Z' where id = '` + mine.webinar + `'`)
	if told := helper.want(200, "GET", "/v1/upload_link", nil); told.str("webinar_id") != mine.webinar || told.body["used"] != false || told.body["planned_s"] != 3600.0 {
		t.Errorf("told %s", told.raw)
	}
	presenter.want(403, "GET", "/v1/upload_link", nil)
	own := b.uploaded(presenter, mine.webinar)
	for _, path := range []string{"/v1/recordings/" + own, "/v1/recordings/" + own + "/upload", "/v1/recordings/rec_x"} {
		helper.refused(404, "", "GET", path, nil)
	}
	helper.refused(404, "", "POST", "/v1/webinars/"+other.webinar+"/recordings", newRecording())

	b.linked(b.signIn(other.presenterEmail), other.webinar)
	begun := helper.want(201, "POST", "/v1/webinars/"+mine.webinar+"/recordings", newRecording()).str("recording_id")
	if told := helper.want(200, "GET", "/v1/upload_link", nil); told.body["used"] != false || told.str("recording_id") != begun || told.str("state") != "uploading" {
		t.Errorf("told of what is under way %s", told.raw)
	}
	helper.want(204, "DELETE", "/v1/recordings/"+begun+"/upload", nil)

	sent := b.uploaded(helper, mine.webinar)
	if state := helper.want(200, "GET", "/v1/recordings/"+sent, nil); state.str("state") != "uploaded" {
		t.Errorf("state %s", state.raw)
	}
	helper.refused(409, "link_used", "POST", "/v1/webinars/"+mine.webinar+"/recordings", newRecording())
	presenter.want(201, "POST", "/v1/webinars/"+mine.webinar+"/recordings", newRecording())
	if told := helper.want(200, "GET", "/v1/upload_link", nil); told.str("recording_id") != sent || told.body["used"] != true {
		t.Errorf("told afterwards %s", told.raw)
	}
	listed := presenter.want(200, "GET", "/v1/webinars/"+mine.webinar+"/upload_links", nil)
	if links := listed.body["items"].([]any); len(links) != 1 || links[0].(object)["used"] != true || strings.Contains(listed.raw, "rnd_") {
		t.Errorf("listed %s", listed.raw)
	}
}

func TestUploadLinkEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	path := "/v1/webinars/" + p.webinar + "/upload_links"
	b.doctor(p.id, ana).refused(404, "", "POST", path, object{})
	presenter.want(422, "POST", path, object{"life_s": 1_300_000})
	short := presenter.want(201, "POST", path, object{"life_s": 600})
	if ends, err := time.Parse(time.RFC3339, short.str("expires_at")); err != nil || ends.After(time.Now().Add(time.Hour)) {
		t.Errorf("for ten minutes: %s, %v", short.raw, err)
	}
	helper := b.linked(presenter, p.webinar)
	id := presenter.want(200, "GET", path, nil).body["items"].([]any)[0].(object)["id"].(string)
	b.signIn(b.program().presenterEmail).refused(404, "", "DELETE", "/v1/upload_links/"+id, nil)
	for range 2 {
		presenter.want(204, "DELETE", "/v1/upload_links/"+id, nil)
	}
	helper.refused(401, "", "GET", "/v1/upload_link", nil)
	late := b.linked(presenter, p.webinar)
	if _, err := b.db.Exec(t.Context(), `update api_tokens set expires_at = now() where uploads_to = $1`, p.webinar); err != nil {
		t.Fatal(err)
	}
	late.refused(401, "", "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording())
}

// TestUploadLinkOfWhatIsDeleted: it leads nowhere any more, not even to what it has sent.
func TestUploadLinkOfWhatIsDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	helper := b.linked(b.signIn(p.presenterEmail), p.webinar)
	begun := helper.want(201, "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording()).str("recording_id")
	b.exec(`update webinars set deleted_at = now() where id = '` + p.webinar + `'`)
	helper.refused(404, "", "GET", "/v1/recordings/"+begun+"/upload", nil)
	helper.refused(404, "", "POST", "/v1/webinars/"+p.webinar+"/recordings", newRecording())
}
