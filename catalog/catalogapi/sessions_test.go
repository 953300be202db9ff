package catalogapi_test

import (
	"testing"
	"time"
)

func TestDoctorsSeeAndEndTheirSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	phone := b.doctor(p.id, ana)
	b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": ana})
	laptop := b.visitor().with("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")
	laptop.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana), "remember": true})
	listed := laptop.want(200, "GET", "/v1/me/sessions", nil)
	if len(listed.items()) != 2 {
		t.Fatalf("sessions are %s", listed.raw)
	}
	var old string
	for _, item := range listed.items() {
		x := item.(object)
		ends, _ := time.Parse(time.RFC3339, x["expires_at"].(string))
		if x["current"] == true && (x["device"] != "Firefox on Windows" || x["remembered"] != true || time.Until(ends) < 29*24*time.Hour) {
			t.Errorf("this one is %v", x)
		}
		if x["current"] == false {
			old = x["id"].(string)
			if time.Until(ends) > 13*time.Hour {
				t.Errorf("a device that is not remembered lasts until %v", ends)
			}
		}
	}
	b.doctor(p.id, "ben@example.org").want(404, "DELETE", "/v1/me/sessions/"+old, nil)
	laptop.want(204, "DELETE", "/v1/me/sessions/"+old, nil)
	laptop.want(404, "DELETE", "/v1/me/sessions/"+old, nil)
	phone.refused(401, "", "GET", "/v1/me", nil)
	tablet := b.signIn(ana)
	if got := laptop.want(200, "DELETE", "/v1/me/sessions", nil); got.body["ended"] != 1.0 {
		t.Errorf("ended %s", got.raw)
	}
	tablet.refused(401, "", "GET", "/v1/me", nil)
	laptop.want(200, "GET", "/v1/me", nil)
	b.admin.refused(403, "", "GET", "/v1/me/sessions", nil)
}

func TestAdminsEndTheSessionsOfAnAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := b.doctor(b.program().id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	doctor = &client{b: b, cookie: doctor.cookie}
	path := "/v1/accounts/" + id + "/sessions"
	if got := b.admin.want(200, "GET", path, nil); len(got.items()) != 1 {
		t.Errorf("sessions are %s", got.raw)
	}
	doctor.refused(403, "", "DELETE", path, nil)
	b.admin.want(200, "DELETE", path, nil)
	b.admin.want(404, "DELETE", "/v1/accounts/acc_none/sessions", nil)
	if n := b.count(`select count(*) from sessions`) + 1 - b.count(`select count(*) from audit_log where action = 'account.end_sessions' and object_id = $1`, id); n != 0 {
		t.Error("a session is left, or nothing is on record")
	}
	b.signIn(ana)
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"disabled": true})
	if n := b.count(`select count(*) from sessions`); n != 0 {
		t.Error("a disabled account keeps its sessions")
	}
}

// TestPasskeysThatProveNobody: what comes back without a ceremony of ours.
// Chromium's authenticator goes through both ceremonies in cmd/rounds.
func TestPasskeysThatProveNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	begun := presenter.want(200, "POST", "/v1/me/passkeys/options", nil)
	options := begun.body["options"].(object)
	if rp := options["rp"].(object); rp["id"] != "rounds.test" || options["authenticatorSelection"].(object)["userVerification"] != "required" {
		t.Errorf("options are %s", begun.raw)
	}
	state := begun.str("state")
	for name, body := range map[string]object{
		"no state":          {"state": "x", "name": "Phone", "credential": object{}},
		"no credential":     {"state": state, "name": "Phone", "credential": object{}},
		"of another's deed": {"state": b.visitor().want(200, "POST", "/v1/auth/passkey/options", nil).str("state"), "name": "Phone", "credential": object{}},
	} {
		if got := presenter.send("POST", "/v1/me/passkeys", body); got.status != 422 || got.str("code") != "passkey_invalid" {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	b.visitor().refused(422, "passkey_invalid", "POST", "/v1/auth/passkey", object{"state": state, "credential": object{}})
	b.doctor(p.id, ana).refused(403, "", "POST", "/v1/me/passkeys/options", nil)
	b.admin.refused(403, "", "POST", "/v1/me/passkeys/options", nil) // a machine holds no phone
	if n := b.count(`select count(*) from address_failures`); n != 1 {
		t.Errorf("a wrong passkey is counted in %d networks", n)
	}
}
