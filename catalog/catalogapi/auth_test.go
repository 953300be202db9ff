package catalogapi_test

import (
	"strings"
	"sync"
	"testing"
	"time"
)

const ana = "ana.lopez@hospital.org"

func TestDoctorRegistersAndSignsIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	code := b.invite(p.id)
	doctor := b.visitor()
	doctor.refused(401, "", "GET", "/v1/me", nil)
	doctor.want(202, "POST", "/v1/auth/register", registration(strings.ToLower(strings.ReplaceAll(code, "-", " ")), " Ana.Lopez@Hospital.org"))
	if n := b.count(`select count(*) from accounts where email = $1`, ana); n != 0 {
		t.Error("the account is there before the address is proven")
	}
	in := doctor.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	if in.header.Get("Set-Cookie") == "" || !strings.Contains(in.header.Get("Set-Cookie"), "HttpOnly") {
		t.Errorf("cookie is %q", in.header.Get("Set-Cookie"))
	}
	me := doctor.want(200, "GET", "/v1/me", nil)
	enrolments := me.body["enrolments"].([]any)
	if me.str("email") != ana || len(enrolments) != 1 || enrolments[0].(object)["program_id"] != p.id {
		t.Errorf("me is %s", me.raw)
	}
	doctor.want(200, "GET", "/v1/webinars/"+p.webinar, nil)
	doctor.want(204, "DELETE", "/v1/auth/session", nil)
	doctor.refused(401, "", "GET", "/v1/me", nil)
	if again := b.signIn(ana).want(200, "GET", "/v1/me", nil); again.str("account_id") != me.str("account_id") {
		t.Errorf("signed in as %s, was %s", again.raw, me.raw)
	}
}

func TestInvitationsThatDoNotAdmit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	used, expired := b.invite(p.id), b.invite(p.id)
	b.visitor().want(202, "POST", "/v1/auth/register", registration(used, "first@example.org"))
	b.visitor().want(201, "POST", "/v1/auth/session", object{"email": "first@example.org", "code": b.code("first@example.org")})
	b.exec(`update invitations set expires_at = now() where used_at is null`)
	bound := b.admin.want(201, "POST", "/v1/programs/"+p.id+"/invitations", object{"emails": []string{"Other@Example.org"}}).items()[0].(object)
	if bound["email"] != "other@example.org" {
		t.Errorf("bound to %v", bound["email"])
	}
	if m, ok := b.lastMail("other@example.org"); !ok || m.Values["link"] != "http://test/register?code="+bound["code"].(string) {
		t.Errorf("invitation mail is %+v", m)
	}
	tests := map[string]string{
		used: "invitation_used", expired: "invitation_expired", bound["code"].(string): "invitation_invalid",
		"0000-0000-0000-0000": "invitation_invalid", "nonsense": "invitation_invalid",
	}
	for code, want := range tests {
		b.visitor().refused(422, want, "POST", "/v1/auth/register", registration(code, ana))
	}
}

func TestTwoDoctorsOneInvitation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code, emails := b.invite(b.program().id), []string{"a@example.org", "b@example.org"}
	for _, email := range emails {
		b.visitor().want(202, "POST", "/v1/auth/register", registration(code, email))
	}
	var wg sync.WaitGroup
	answers := make([]answer, 2)
	for i, email := range emails {
		wg.Go(func() {
			answers[i] = b.visitor().send("POST", "/v1/auth/session", object{"email": email, "code": b.code(email)})
		})
	}
	wg.Wait()
	if answers[0].status+answers[1].status != 201+422 || answers[0].str("code")+answers[1].str("code") != "invitation_used" {
		t.Errorf("answers are %s and %s", answers[0].raw, answers[1].raw)
	}
	if n := b.count(`select count(*) from enrolments`); n != 1 {
		t.Errorf("%d enrolments from one invitation", n)
	}
}

func TestRegisteringWithAKnownAddressJoins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.program(), b.program()
	b.doctor(first.id, ana)
	c := b.visitor()
	c.want(202, "POST", "/v1/auth/register", registration(b.invite(second.id), ana))
	if m, _ := b.lastMail(ana); m.Kind != "join_code" {
		t.Errorf("mail is %+v", m)
	}
	me := c.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	if len(me.body["enrolments"].([]any)) != 2 || b.count(`select count(*) from accounts where email = $1`, ana) != 1 {
		t.Errorf("got %s", me.raw)
	}
}

func TestJoinAnotherProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.program(), b.program()
	doctor := b.doctor(first.id, ana)
	code := b.invite(second.id)
	doctor.refused(404, "", "GET", "/v1/webinars/"+second.webinar, nil)
	for range 2 { // joining again changes nothing
		if e := doctor.want(201, "POST", "/v1/enrolments", object{"invitation_code": code}); e.str("program_id") != second.id {
			t.Errorf("got %s", e.raw)
		}
	}
	doctor.want(200, "GET", "/v1/webinars/"+second.webinar, nil)
	b.doctor(first.id, "late@example.org").refused(422, "invitation_used", "POST", "/v1/enrolments", object{"invitation_code": code})
	b.visitor().refused(401, "", "POST", "/v1/enrolments", object{"invitation_code": code})
}

func TestSendingTheCodeAgainKeepsTheRegistration(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.visitor()
	c.want(202, "POST", "/v1/auth/register", registration(b.invite(b.program().id), ana))
	older := b.code(ana)
	c.want(202, "POST", "/v1/auth/otp", object{"email": ana})
	if b.code(ana) == older {
		t.Fatal("no fresh code was sent") // one in a million
	}
	c.want(201, "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	c.refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": ana, "code": older})
}

func TestUnknownAddressesAreNotTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	const nobody = "nobody@example.org"
	began := time.Now()
	known := b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": ana})
	unknown := b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": nobody})
	if known.raw != unknown.raw {
		t.Errorf("answers differ: %s and %s", known.raw, unknown.raw)
	}
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("two answers took %v, less than AnswerTime", took)
	}
	if _, mailed := b.lastMail(nobody); mailed {
		t.Error("a stranger was mailed")
	}
	for _, email := range []string{ana, nobody} { // tries and limits are alike too
		for range 5 {
			b.visitor().refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": email, "code": "abcdef"})
		}
		b.visitor().refused(429, "too_many_tries", "POST", "/v1/auth/session", object{"email": email, "code": "abcdef"})
	}
	for _, left := range []struct {
		email string
		n     int
	}{{ana, 3}, {nobody, 4}} { // registering has taken one of the five
		for range left.n {
			b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": left.email})
		}
		b.visitor().refused(429, "too_many_codes", "POST", "/v1/auth/otp", object{"email": left.email})
	}
}

func TestFiveWrongTriesVoidTheRightCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": ana})
	var wg sync.WaitGroup
	for range 5 { // at once: tries are counted one by one all the same
		wg.Go(func() {
			b.visitor().refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": ana, "code": "nope"})
		})
	}
	wg.Wait()
	b.visitor().refused(429, "too_many_tries", "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
}

func TestCodesAreUsedOnceAndExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.doctor(b.program().id, ana)
	b.visitor().refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": ana})
	b.exec(`update one_time_codes set expires_at = now() where used_at is null`)
	b.visitor().refused(422, "code_expired", "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	if n := b.count(`select count(*) from one_time_codes where encode(code_mac, 'escape') like '%' || $1 || '%'`, b.code(ana)); n != 0 {
		t.Error("the code itself is in the database")
	}
}

func TestRegisterRefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.invite(b.program().id)
	tests := []struct{ field, value, code string }{
		{"email", "not an address", "invalid_email"},
		{"name", "a\x00b", "invalid_text"},
		{"name", "  ", "required"},
		{"country", "XX", "invalid_country"},
		{"time_zone", "Mars/Olympus", "invalid_time_zone"},
	}
	for _, tt := range tests {
		body := registration(code, ana)
		body[tt.field] = tt.value
		b.visitor().refused(422, tt.code, "POST", "/v1/auth/register", body)
	}
	raw := `{"invitation_code":"` + code + `","email":"a@b.de","name":"` + "\xff\xfe" + `","country":"PT","time_zone":"UTC"}`
	b.visitor().refused(422, "invalid_text", "POST", "/v1/auth/register", raw)
}

func TestDisabledAccountsStayOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := b.doctor(b.program().id, ana)
	id := doctor.want(200, "GET", "/v1/me", nil).str("account_id")
	b.visitor().want(202, "POST", "/v1/auth/otp", object{"email": ana})
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"disabled": true})
	b.visitor().refused(422, "code_invalid", "POST", "/v1/auth/session", object{"email": ana, "code": b.code(ana)})
	b.admin.want(200, "PATCH", "/v1/accounts/"+id, object{"disabled": false})
	b.signIn(ana)
}
