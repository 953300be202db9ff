package catalogapi_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rounds/catalog/identity"
)

// event opens registration at an event and returns its id and code.
func (b *testBundle) event(program string, fields object) (id, code string) {
	b.t.Helper()
	body := object{"title": "Cardiology day", "cap": 10, "opens_at": time.Now().Add(-time.Hour), "closes_at": time.Now().Add(time.Hour)}
	for name, value := range fields {
		body[name] = value
	}
	made := b.admin.want(201, "POST", "/v1/programs/"+program+"/spot_windows", body)
	return made.str("id"), made.str("event_code")
}

// moderator signs in somebody with that role.
func (b *testBundle) moderator(email string) (c *client, id string) {
	b.t.Helper()
	id = b.admin.want(201, "POST", "/v1/presenters", object{"email": email, "name": "Mo Derator"}).str("id")
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"roles": []string{"moderator"}})
	return b.signIn(email), id
}

func TestEventOfADomainAdmits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	id, code := b.event(p.id, object{"admission": "domain", "domains": []string{"Hospital.org"}})
	b.visitor().refused(422, "event_domain", "POST", "/v1/auth/register", registration(code, "ana@elsewhere.org"))
	doctor := b.visitor()
	if got := doctor.want(202, "POST", "/v1/auth/register", registration(strings.ToLower(code), ana)); got.str("state") != "code_sent" {
		t.Errorf("answer is %s", got.raw)
	}
	in := doctor.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	if e := in.body["enrolments"].([]any)[0].(object); e["via"] != "spot" || e["program_id"] != p.id {
		t.Errorf("enrolment is %v", e)
	}
	invitations := b.admin.want(200, "GET", "/v1/programs/"+p.id+"/invitations", nil)
	if one := invitations.items()[0].(object); len(invitations.items()) != 1 || one["via"] != "spot" || one["email"] != ana || one["used_at"] == nil {
		t.Errorf("personal invitation is %s", invitations.raw)
	}
	again := b.visitor()
	again.want(202, "POST", "/v1/auth/register", registration(code, ana))
	again.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	if w := b.admin.want(200, "GET", "/v1/spot_windows/"+id, nil); w.body["admitted"] != 1.0 {
		t.Errorf("registering twice took %s", w.raw)
	}
}

func TestEventOfAList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, code := b.event(b.program().id, object{"admission": "number", "numbers": []string{"OM 12345", "OM-12346"}})
	with := func(number, email string) object {
		body := registration(code, email)
		body["council_number"] = number
		return body
	}
	for _, number := range []string{"", "OM 99999"} {
		b.visitor().refused(422, "event_number", "POST", "/v1/auth/register", with(number, ana))
	}
	b.visitor().want(202, "POST", "/v1/auth/register", with("om12345", ana))
	b.visitor().want(202, "POST", "/v1/auth/register", with("om12345", ana)) // the mail was lost
	b.visitor().refused(422, "event_number", "POST", "/v1/auth/register", with("OM 12345", "thief@example.org"))
	b.exec(`update invitations set expires_at = now()`) // she never came: the number is free again
	b.visitor().want(202, "POST", "/v1/auth/register", with("OM 12345", "late@example.org"))
	if n := b.count(`select count(*) from spot_numbers where encode(number_mac, 'escape') like '%12345%'`); n != 0 {
		t.Error("numbers are stored as they are")
	}
	for closed, left := range map[time.Duration]int{29 * 24 * time.Hour: 2, 31 * 24 * time.Hour: 0} {
		if _, err := b.store.ForgetSpotNumbers(t.Context(), time.Now().Add(closed+time.Hour)); err != nil || left == 0 && b.count(`select count(*) from spot_numbers`) != 0 {
			t.Errorf("%v after the event %d numbers are kept (%v)", closed, b.count(`select count(*) from spot_numbers`), err)
		}
	}
}

// TestCapHolds: a room types the code at once.
func TestCapHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, code := b.event(b.program().id, object{"admission": "domain", "domains": []string{"hospital.org"}, "cap": 7})
	var in, full atomic.Int32
	var room sync.WaitGroup
	for i := range 30 {
		room.Go(func() {
			switch got := b.visitor().send("POST", "/v1/auth/register", registration(code, fmt.Sprintf("doctor%d@hospital.org", i))); {
			case got.status == 202:
				in.Add(1)
			case got.str("code") == "event_full":
				full.Add(1)
			default:
				t.Errorf("%s", got.raw)
			}
		})
	}
	room.Wait()
	if in.Load() != 7 || full.Load() != 23 {
		t.Errorf("%d got a place, %d were told that it is full", in.Load(), full.Load())
	}
	b.admin.want(200, "PATCH", "/v1/spot_windows/"+id, object{"cap": 8})
	b.visitor().want(202, "POST", "/v1/auth/register", registration(code, "last@hospital.org"))
}

func TestModeratorsDecide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	moderator, moderatorID := b.moderator("mo@example.org")
	stranger, _ := b.moderator("stranger@example.org")
	id, code := b.event(p.id, object{"admission": "approval", "moderator_ids": []string{moderatorID}, "cap": 1})
	for _, email := range []string{ana, "ben@example.org", "cy@example.org"} {
		if got := b.visitor().want(202, "POST", "/v1/auth/register", registration(code, email)); got.str("state") != "waiting_for_approval" {
			t.Errorf("answer is %s", got.raw)
		}
		if _, mailed := b.lastMail(email); mailed {
			t.Error("a code was sent before anybody decided")
		}
	}
	queue := moderator.want(200, "GET", "/v1/spot_windows/"+id+"/requests?state=waiting", nil)
	requests := map[string]string{}
	for _, item := range queue.items() {
		requests[item.(object)["email"].(string)] = "/v1/spot_requests/" + item.(object)["id"].(string)
	}
	if len(requests) != 3 || queue.items()[0].(object)["name"] != "Dr Ana López" {
		t.Fatalf("queue is %s", queue.raw)
	}
	for _, who := range []*client{stranger, b.signedUp(p.id)} {
		if got := who.send("POST", requests[ana]+"/approve", nil); got.status != 404 && got.status != 403 {
			t.Errorf("somebody else may decide: %s", got.raw)
		}
	}
	moderator.want(200, "POST", requests[ana]+"/approve", nil)
	moderator.want(200, "POST", requests[ana]+"/approve", nil)
	moderator.refused(409, "event_full", "POST", requests["ben@example.org"]+"/approve", nil)
	moderator.want(200, "POST", requests["cy@example.org"]+"/refuse", object{"reason": "Not on our list."})
	moderator.refused(409, "request_decided", "POST", requests["cy@example.org"]+"/approve", nil)
	if m, _ := b.lastMail("cy@example.org"); m.Kind != "event_refused" || m.Values["reason"] != "Not on our list." {
		t.Errorf("refusal is %+v", m)
	}
	b.visitor().refused(422, "event_refused", "POST", "/v1/auth/register", registration(code, "cy@example.org"))
	if n := b.count(`select count(*) from spot_requests where state = 'refused' and registration is not null`); n != 0 {
		t.Error("what a refused doctor told is kept")
	}
	if n := b.count(`select count(*) from audit_log where actor = $1 and action in ('spot_request.approved', 'spot_request.refused')`, moderatorID); n != 2 {
		t.Errorf("%d decisions are in the audit log", n)
	}
	admitted, _ := b.lastMail(ana)
	if admitted.Kind != "event_admitted" || admitted.Values["link"] != "http://test/sign-in" || len(admitted.Values["code"]) != 19 {
		t.Errorf("mail is %+v", admitted)
	}
	in := b.signIn(ana).want(200, "GET", "/v1/me", nil) // she need not tell everything again
	if in.body["profile"].(object)["name"] != "Dr Ana López" || len(in.body["enrolments"].([]any)) != 1 {
		t.Errorf("she is %s", in.raw)
	}
	if n := b.count(`select count(*) from spot_requests where registration is not null`); n != 1 { // Ben's
		t.Errorf("%d registrations are kept", n)
	}
}

// signedUp is a doctor of the program, and no more.
func (b *testBundle) signedUp(program string) *client {
	return b.doctor(program, "someone@example.org")
}

func TestKnownDoctorsAreApprovedToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	second := b.program()
	id, code := b.event(second.id, object{"admission": "approval"})
	b.visitor().want(202, "POST", "/v1/auth/register", registration(code, ana))
	request := b.admin.want(200, "GET", "/v1/spot_windows/"+id+"/requests", nil).items()[0].(object)["id"].(string)
	b.admin.want(200, "POST", "/v1/spot_requests/"+request+"/approve", nil)
	if me := b.signIn(ana).want(200, "GET", "/v1/me", nil); len(me.body["enrolments"].([]any)) != 2 {
		t.Errorf("she is %s", me.raw)
	}
}

func TestEventsThatAreNotOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	domain := object{"admission": "domain", "domains": []string{"hospital.org"}}
	id, code := b.event(p.id, domain)
	b.exec(`update spot_windows set opens_at = now() + interval '1 hour', closes_at = now() + interval '2 hours'`)
	b.visitor().refused(422, "event_not_open", "POST", "/v1/auth/register", registration(code, ana))
	b.exec(`update spot_windows set opens_at = now() - interval '2 hours'`)
	b.admin.want(200, "PATCH", "/v1/spot_windows/"+id, object{"closes_at": time.Now()})
	b.visitor().refused(422, "event_closed", "POST", "/v1/auth/register", registration(code, ana))
	b.visitor().refused(422, "invitation_invalid", "POST", "/v1/auth/register", registration(identity.NewEventCode(), ana))
	for field, value := range map[string]any{"domains": []string{"org"}, "numbers": []string{"1"}, "moderator_ids": []string{"acc_x"}, "closes_at": time.Now().Add(-2 * time.Hour)} {
		body := object{"title": "x", "cap": 1, "opens_at": time.Now(), "closes_at": time.Now().Add(time.Hour), "admission": "domain", "domains": []string{"hospital.org"}}
		body[field] = value
		if got := b.admin.want(422, "POST", "/v1/programs/"+p.id+"/spot_windows", body); !strings.HasPrefix(got.str("detail"), field) {
			t.Errorf("%s: %s", field, got.raw)
		}
	}
	b.admin.refused(422, "not_a_moderator", "POST", "/v1/programs/"+p.id+"/spot_windows",
		object{"title": "x", "cap": 1, "opens_at": time.Now(), "closes_at": time.Now().Add(time.Hour), "admission": "approval", "moderator_ids": []string{"acc_x"}})
}

func TestInvitationsForADomain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	made := b.admin.want(201, "POST", "/v1/programs/"+p.id+"/invitations", object{"count": 1, "domain": "Hospital.org"}).items()[0].(object)
	if made["domain"] != "hospital.org" {
		t.Errorf("made %v", made)
	}
	b.visitor().refused(422, "invitation_invalid", "POST", "/v1/auth/register", registration(made["code"].(string), "ana@elsewhere.org"))
	b.visitor().want(202, "POST", "/v1/auth/register", registration(made["code"].(string), ana))
	b.admin.want(422, "POST", "/v1/programs/"+p.id+"/invitations", object{"emails": []string{ana}, "domain": "hospital.org"})
}
