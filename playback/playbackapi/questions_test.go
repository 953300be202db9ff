package playbackapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
	"rounds/playback"
)

func TestDoctorsAskAndPresentersAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/questions"
	presenter := identity.Principal{AccountID: "acc_presenter", LoginID: "l", Roles: []identity.Role{identity.RolePresenter}}
	b.exec(`insert into accounts (id, email, name) values ($1, 'li@example.org', 'Prof. Li Wei')`, presenter.AccountID)
	b.exec(`insert into webinar_presenters (webinar_id, account_id) values ($1, $2)`, b.webinar, presenter.AccountID)
	b.exec(`update accounts set name = 'Dr Amira Haddad' where id = $1`, b.doctor.AccountID)

	made := b.want(http.StatusCreated, b.call(b.doctor, "POST", path, `{"text":" Which dose? ","position_s":32.5}`)).json
	if got := fmt.Sprintf("%v %v %v %v %q %v", made["text"], made["position_s"], made["state"], made["own"], made["answer"], made["shared"]); got != `Which dose? 32.5 open true "" false` {
		t.Errorf("made %s", got)
	}
	b.want(http.StatusCreated, b.call(b.doctor, "POST", path, `{"text":"In general?"}`))
	for body, field := range map[string]string{
		`{"text":""}`: "body.text", `{"text":"x","position_s":101}`: "body.position_s", `{"text":"x","position_s":-1}`: "body.position_s",
		`{"text":"` + strings.Repeat("x", playback.MostOfQuestion+1) + `"}`: "body.text",
	} {
		answer := b.want(http.StatusUnprocessableEntity, b.call(b.doctor, "POST", path, body))
		if !strings.Contains(fmt.Sprint(answer.json), strings.TrimPrefix(field, "body.")) {
			t.Errorf("%.40s: %v does not name %s", body, answer.json, field)
		}
	}
	b.want(http.StatusForbidden, b.call(identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}, "POST", path, `{"text":"x"}`))
	b.want(http.StatusNotFound, b.call(presenter, "POST", path, `{"text":"x"}`))

	asked := b.want(http.StatusOK, b.call(presenter, "GET", path+"/all?state=open", ""))
	if text := fmt.Sprint(asked.json); strings.Contains(text, "Amira") || strings.Contains(text, string(b.doctor.AccountID)) || strings.Contains(text, "example.org") {
		t.Errorf("the presenter is told who asked: %s", text)
	}
	first, _ := asked.json["items"].([]any)[0].(map[string]any)
	if first["text"] != "Which dose?" || first["question_id"] != made["question_id"] {
		t.Errorf("asked %v", asked.json)
	}
	if text := fmt.Sprint(b.want(http.StatusOK, b.call(admin, "GET", path+"/all", "")).json); !strings.Contains(text, "Dr Amira Haddad") {
		t.Errorf("the administrator is told %s", text)
	}
	b.want(http.StatusNotFound, b.call(b.doctor, "GET", path+"/all", ""))

	one := "/v1/questions/" + fmt.Sprint(made["question_id"])
	b.want(http.StatusNotFound, b.call(b.doctor, "PUT", one+"/answer", `{"text":"x","shared":true}`))
	b.want(http.StatusNotFound, b.call(b.doctor, "PATCH", one, `{"state":"dismissed"}`))
	b.want(http.StatusUnprocessableEntity, b.call(presenter, "PUT", one+"/answer", `{"text":" ","shared":true}`))
	b.want(http.StatusUnprocessableEntity, b.call(presenter, "PATCH", one, `{"state":"answered"}`))
	if got := b.want(http.StatusOK, b.call(presenter, "PATCH", one, `{"state":"dismissed"}`)).json; got["state"] != "dismissed" || got["dismissed_by"] != "acc_presenter" {
		t.Errorf("put aside %v", got)
	}
	if got := b.want(http.StatusOK, b.call(presenter, "PUT", one+"/answer", `{"text":"The lower one.","shared":true}`)).json; got["state"] != "answered" || got["dismissed_at"] != nil {
		t.Errorf("answered %v", got)
	}
	if got := b.want(http.StatusConflict, b.call(presenter, "PATCH", one, `{"state":"dismissed"}`)).json; got["detail"] != "question_answered" {
		t.Errorf("an answered one was put aside: %v", got)
	}

	other := b.newDoctor()
	seen := b.want(http.StatusOK, b.call(other, "GET", path, "")).json
	items, _ := seen["items"].([]any)
	if seen["may_ask"] != true || len(items) != 1 {
		t.Fatalf("another sees %v", seen)
	}
	shared, _ := items[0].(map[string]any)
	if shared["answer"] != "The lower one." || shared["own"] != false || shared["asked_at"] != nil {
		t.Errorf("another sees %v", shared)
	}
	if strings.Contains(fmt.Sprint(seen), "Amira") {
		t.Errorf("another is told who asked: %v", seen)
	}
	own := b.want(http.StatusOK, b.call(b.doctor, "GET", path, "")).json["items"].([]any)
	if len(own) != 2 || own[0].(map[string]any)["own"] != true {
		t.Errorf("she sees %v", own)
	}
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", path, ""))
}
