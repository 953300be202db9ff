package catalogapi_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheQueueOfAllWebinars(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	for id, set := range map[string]string{
		"rec_1": `state = 'ready', published_at = now()`,
		"rec_2": `state = 'uploading', updated_at = now() - interval '25 hours'`,
		"rec_3": `state = 'uploaded'`,
		"rec_4": `state = 'processing', attempts = 2, lease_expires_at = now() - interval '1 hour', stages = '[{"name": "encode", "state": "running", "progress": 0.5}]'`,
		"rec_5": `state = 'failed', failure = '{"code": "no_video", "message": "This file holds no video."}'`,
	} {
		b.exec(`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes) values ($1, $2, 'talk.mp4', 1, 1)`, id, p.webinar)
		b.exec(`update recordings set `+set+` where id = $1`, id)
	}
	b.exec(`insert into layouts (recording_id, fingerprint, plan, owner, length, source_bytes) values ('rec_4', '', '{}', '', '60 s', 1)`)
	b.exec(`insert into chunks (recording_id, number, length, state, worker, last_error) values ('rec_4', 0, '60 s', 'running', 'w1', 'exit status 1')`)
	admin := b.admin
	for query, want := range map[string]string{
		"":                  "[rec_5 rec_4 rec_3 rec_2 rec_1]",
		"?open=true":        "[rec_5 rec_4 rec_3 rec_2]",
		"?stalled=true":     "[rec_4 rec_2]",
		"?state=failed":     "[rec_5]",
		"?state=ready":      "[rec_1]",
		"?limit=2":          "[rec_5 rec_4]",
		"?state=processing": "[rec_4]",
	} {
		var found []string
		for _, item := range admin.want(200, "GET", "/v1/recordings"+query, nil).items() {
			found = append(found, fmt.Sprint(item.(object)["recording_id"]))
		}
		if fmt.Sprint(found) != want {
			t.Errorf("%q: %v, want %s", query, found, want)
		}
	}
	lost := admin.want(200, "GET", "/v1/recordings?state=processing", nil).items()[0].(object)
	if lost["stalled"] != "lost" || lost["stage"] != "encode" || lost["attempts"] != 2.0 || fmt.Sprint(lost["workers"]) != "[w1]" || lost["last_error"] != "exit status 1" {
		t.Errorf("%v", lost)
	}
	b.doctor(p.id, "d@x.org").want(403, "GET", "/v1/recordings", nil)
}

func TestReadinessOfAWebinar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	admin := b.admin
	path := "/v1/webinars/" + p.webinar + "/readiness"
	lights := func() map[string]string {
		found := map[string]string{}
		answer := admin.want(200, "GET", path, nil)
		found["all"] = fmt.Sprint(answer.body["light"])
		for _, c := range answer.body["checks"].([]any) {
			found[fmt.Sprint(c.(object)["name"])] = fmt.Sprint(c.(object)["light"])
		}
		return found
	}
	if got := lights(); got["all"] != "red" || got["recording"] != "red" || got["people"] != "amber" || got["workers"] != "amber" || got["disk"] != "amber" {
		t.Errorf("before: %v", got)
	}
	b.speak(p.webinar, "en", talk)
	b.exec(`insert into river_queue (name, created_at, updated_at) values ('chunks', now(), now())`)
	if got := lights(); got["recording"] != "green" || got["captions"] != "green" || got["workers"] != "green" || got["mail"] != "green" {
		t.Errorf("after: %v", got)
	}
	b.exec(`insert into messages (id, recipient, kind, created_at) values ('msg_1', 'a@x.org', 'invitation', now() - interval '20 minutes')`)
	if got := lights(); got["mail"] != "red" {
		t.Errorf("with a message that waits: %v", got)
	}
	admin.want(404, "GET", "/v1/webinars/web_none/readiness", nil)
	b.doctor(p.id, "d@x.org").want(403, "GET", path, nil)
	admin.want(200, "PATCH", "/v1/webinars/"+p.webinar, object{"expected_viewers": 3000})
	if told := admin.want(200, "GET", path, nil).raw; !strings.Contains(told, "1 doctors take part, 3000 are expected.") {
		t.Errorf("with more than are enrolled: %s", told)
	}
	admin.want(200, "PATCH", "/v1/webinars/"+p.webinar, object{"expected_viewers": 0})
	b.exec(`update messages set given_up_at = now() - interval '25 hours' where id = 'msg_1'`)
	if got := lights(); got["people"] != "green" || got["mail"] != "green" || got["captions"] != "green" {
		t.Errorf("a day after a message was given up: %v", got)
	}
	b.exec(`update messages set given_up_at = now() - interval '23 hours' where id = 'msg_1'`)
	b.exec(`update captions set deleted_at = now()`)
	b.exec(`update river_queue set updated_at = now() - interval '1 hour'`)
	b.program() // has a presenter of its own
	b.exec(`delete from webinar_presenters where webinar_id = '` + p.webinar + `'`)
	if got := lights(); got["people"] != "amber" || got["mail"] != "amber" || got["captions"] != "amber" || got["workers"] != "amber" {
		t.Errorf("without presenters and captions, with mail given up and workers gone: %v", got)
	}
}
