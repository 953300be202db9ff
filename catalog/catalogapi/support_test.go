package catalogapi_test

import (
	"strings"
	"testing"
)

// supporter signs in somebody of support.
func (b *testBundle) supporter() *client {
	b.exec(`insert into accounts (id, email, name, roles, time_zone) values ('acc_sam', 'sam@rounds.example', 'Sam', '{support}', 'Asia/Kolkata')`)
	return b.signIn("sam@rounds.example")
}

func TestSupportHelpsADoctor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	program := b.program()
	doctor := b.doctor(program.id, "ana@hospital.org")
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	one := "/v1/support/doctors/" + id
	sam := b.supporter()

	found := sam.want(200, "GET", "/v1/support/doctors?q=ana@hosp", nil).items()
	if len(found) != 1 || found[0].(object)["account"].(object)["id"] != id {
		t.Fatalf("found %v", found)
	}
	if got := sam.want(200, "GET", one, nil); got.body["may_be_helped"] != true || len(got.body["programs"].([]any)) != 1 {
		t.Errorf("%v", got.body)
	}
	sam.refused(422, "required", "POST", one+"/phone_codes", object{"reason": " "})
	issued := sam.want(201, "POST", one+"/phone_codes", object{"reason": "Her mail server is down"})
	b.visitor().want(201, "POST", "/v1/auth/session", object{"email": issued.str("email"), "code": issued.str("code")})
	b.visitor().refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": issued.str("email"), "code": issued.str("code")})
	sam.want(202, "POST", one+"/code_mails", object{"reason": "It did not come"})

	sam.want(200, "PATCH", one, object{"name": "Dr Ana María López", "email": "ana.lopez@hospital.org", "reason": "Misspelled"})
	sam.want(200, "POST", one+"/emails", object{"email": "ana@mail.example", "reason": "She uses both"})
	b.signIn("ana@mail.example")
	sam.want(204, "POST", one+"/emails/remove", object{"email": "ana@mail.example", "reason": "No more"})
	sam.refused(404, "", "POST", one+"/emails/remove", object{"email": "ana@mail.example", "reason": "No more"})
	sam.refused(422, "required", "PATCH", one, object{"name": "Ana", "reason": ""})

	told := sam.want(200, "GET", one+"/timeline", nil)
	var text []string
	for _, item := range told.items() {
		m := item.(object)
		text = append(text, m["sentence"].(string))
		if !strings.Contains(m["at_yours"].(string), "IST (Asia/Kolkata)") || !strings.Contains(m["at_hers"].(string), "(Europe/Lisbon)") {
			t.Errorf("%v", m)
		}
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{"Registered as ana.lopez@hospital.org", "A code was read out on the phone", "Signed in", "Something of the account was corrected: the name was", "Enrolled in"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	if strings.Contains(all, issued.str("code")) {
		t.Error("the code is in the timeline")
	}
}

// TestSupportIsNoBackDoor: supporters help doctors, and nobody else helps anybody.
func TestSupportIsNoBackDoor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	program := b.program()
	doctor := b.doctor(program.id, "ana@hospital.org")
	sam := b.supporter()
	b.exec(`insert into accounts (id, email, name, roles) values ('acc_root', 'root@rounds.example', 'Root', '{admin}')`)
	for _, act := range []struct {
		method, path string
		body         object
	}{
		{"POST", "/phone_codes", object{"reason": "x"}},
		{"POST", "/code_mails", object{"reason": "x"}},
		{"PATCH", "", object{"email": "sam2@rounds.example", "reason": "x"}},
		{"POST", "/emails", object{"email": "sam2@rounds.example", "reason": "x"}},
		{"POST", "/merge/preview", object{"source_id": "acc_sam"}},
	} {
		sam.refused(409, "staff_account", act.method, "/v1/support/doctors/acc_root"+act.path, act.body)
		sam.refused(404, "", act.method, "/v1/support/doctors/acc_none"+act.path, act.body)
		doctor.refused(403, "", act.method, "/v1/support/doctors/acc_root"+act.path, act.body)
		b.visitor().refused(401, "", act.method, "/v1/support/doctors/acc_root"+act.path, act.body)
	}
	sam.refused(403, "", "POST", "/v1/support/doctors/acc_sam/phone_codes", object{"reason": "x"})
	sam.refused(403, "", "GET", "/v1/accounts", nil)
	doctor.refused(403, "", "GET", "/v1/support/doctors?q=root", nil)
}

func TestTwoAccountsBecomeOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	program := b.program()
	ana, twin := b.doctor(program.id, "ana@hospital.org"), b.doctor(program.id, "ana@mail.example")
	id, source := ana.want(200, "GET", "/v1/me", nil).str("account_id"), twin.want(200, "GET", "/v1/me", nil).str("account_id")
	sam, one := b.supporter(), "/v1/support/doctors/"+id
	sam.refused(422, "same_account", "POST", one+"/merge/preview", object{"source_id": id})
	preview := sam.want(200, "POST", one+"/merge/preview", object{"source_id": source})
	sam.refused(409, "preview_stale", "POST", one+"/merge", object{"source_id": source, "digest": "x", "reason": "One person"})
	sam.want(200, "POST", one+"/merge", object{"source_id": source, "digest": preview.str("digest"), "reason": "One person"})
	sam.refused(409, "account_merged", "POST", one+"/merge/preview", object{"source_id": source})
	if n := b.count(`select count(*) from sessions where account_id = '` + source + `'`); n != 0 {
		t.Errorf("%d sessions last", n)
	}
	if got := b.signIn("ana@mail.example").want(200, "GET", "/v1/me", nil).str("account_id"); got != id {
		t.Errorf("the old address lets into %s", got)
	}
}
