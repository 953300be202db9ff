package playbackapi_test

import (
	"net/http"
	"testing"

	"rounds/catalog/identity"
)

// TestCertificates: the last completion issues one, its owner and admins see it.
func TestCertificates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, admin := b.newDoctor(), identity.Principal{AccountID: "acc_admin", Roles: []identity.Role{identity.RoleAdmin}}
	items := func(who identity.Principal, query string) []any {
		t.Helper()
		return b.want(http.StatusOK, b.call(who, "GET", "/v1/certificates"+query, "")).json["items"].([]any)
	}
	if none := items(b.doctor, ""); len(none) != 0 {
		t.Fatalf("before: %v", none)
	}
	for _, who := range []identity.Principal{b.doctor, other} {
		b.want(http.StatusCreated, b.call(admin, "POST", b.webinarPath("/waivers"), `{"account_id":"`+string(who.AccountID)+`","reason":"Gave this talk."}`))
	}
	own := items(b.doctor, "")
	if len(own) != 1 || own[0].(map[string]any)["account_id"] != string(b.doctor.AccountID) || own[0].(map[string]any)["title"] != "Cardiology" {
		t.Errorf("own: %v", own)
	}
	b.want(http.StatusForbidden, b.call(b.doctor, "GET", "/v1/certificates?account_id="+string(other.AccountID), ""))
	first := b.want(http.StatusOK, b.call(admin, "GET", "/v1/certificates?limit=1&program_id="+string(b.program), ""))
	next := items(admin, "?limit=1&cursor="+first.json["next_cursor"].(string))
	if newest := first.json["items"].([]any)[0].(map[string]any); newest["account_id"] != string(other.AccountID) || len(next) != 1 || next[0].(map[string]any)["certificate_id"] != own[0].(map[string]any)["certificate_id"] {
		t.Errorf("pages: %v then %v", first.body, next)
	}
	if none := items(admin, "?program_id=prg_other"); len(none) != 0 {
		t.Errorf("of another program: %v", none)
	}
}
