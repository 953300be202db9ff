package playbackapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"rounds/catalog/identity"
)

func TestDoctorsTakeQuestionsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/v1/webinars/" + string(b.webinar) + "/questions"
	ask := func() string {
		return "/v1/questions/" + fmt.Sprint(b.want(http.StatusCreated, b.call(b.doctor, "POST", path, `{"text":"Mrs Silva?"}`)).json["question_id"])
	}
	one := ask()
	other := b.newDoctor()
	for _, who := range []identity.Principal{other, {AccountID: "acc_admin", LoginID: "l", Roles: []identity.Role{identity.RoleAdmin}}} {
		b.want(http.StatusNotFound, b.call(who, "DELETE", one, ""))
	}
	b.want(http.StatusForbidden, b.call(identity.Principal{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}, "DELETE", one, ""))
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "DELETE", one, ""))
	waiting := func(who identity.Principal, open int) {
		t.Helper()
		items, _ := b.want(http.StatusOK, b.call(who, "GET", "/v1/questions/open", "")).json["items"].([]any)
		if open == 0 && len(items) == 0 {
			return
		}
		if len(items) != 1 || items[0].(map[string]any)["webinar_id"] != string(b.webinar) || items[0].(map[string]any)["open"] != float64(open) {
			t.Errorf("waiting are %v, want %d", items, open)
		}
	}
	waiting(admin, 1)
	waiting(b.doctor, 0)
	b.want(http.StatusUnauthorized, b.call(identity.Principal{}, "GET", "/v1/questions/open", ""))
	for range 2 {
		b.want(http.StatusNoContent, b.call(b.doctor, "DELETE", one, ""))
	}
	for _, list := range []answer{b.call(b.doctor, "GET", path, ""), b.call(admin, "GET", path+"/all", "")} {
		if items := b.want(http.StatusOK, list).json["items"]; fmt.Sprint(items) != "[]" {
			t.Errorf("still listed: %v", items)
		}
	}
	for _, act := range []answer{b.call(admin, "PUT", one+"/answer", `{"text":"So.","shared":true}`), b.call(admin, "PATCH", one, `{"state":"open"}`)} {
		if got := fmt.Sprint(b.want(http.StatusConflict, act).json); !strings.Contains(got, "question_withdrawn") {
			t.Errorf("who answers is told %s", got)
		}
	}
	waiting(admin, 0)
	one = ask()
	b.want(http.StatusOK, b.call(admin, "PUT", one+"/answer", `{"text":"So.","shared":false}`))
	if got := fmt.Sprint(b.want(http.StatusConflict, b.call(b.doctor, "DELETE", one, "")).json); !strings.Contains(got, "question_answered") {
		t.Errorf("an answered one: %s", got)
	}
}
