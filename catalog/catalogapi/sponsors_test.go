package catalogapi_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// sponsor signs in a sponsor of a program.
func (b *testBundle) sponsor(program string) *client {
	b.exec(`insert into accounts (id, email, name, roles) values ('acc_pharma', 'pharma@sponsor.example', 'Pharma', '{sponsor}') on conflict do nothing`)
	b.admin.want(204, "PUT", "/v1/programs/"+program+"/sponsors/acc_pharma", nil)
	return b.signIn("pharma@sponsor.example")
}

// fill enrols people of countries before the week began; some have completed.
func (b *testBundle) fill(p program, country string, people, completed int) {
	b.exec(`insert into accounts (id, email, name, country, speciality) select $1::text || n, $1::text || n || '@x.example', 'Doctor ' || n, $1::text, 'cardiology' from generate_series(1, $2::int) n`, country, people)
	b.exec(`insert into enrolments (id, program_id, account_id, via, created_at) select 'enr' || $1::text || n, $3, $1::text || n, 'admin', now() - interval '30 days' from generate_series(1, $2::int) n`, country, people, p.id)
	b.exec(`insert into completions (enrolment_id, webinar_id, rule_version, recording_id, completed_at) select 'enr' || $1::text || n, $3, 1, '', now() - interval '20 days' from generate_series(1, $2::int) n`, country, completed, p.webinar)
}

func TestSponsorsSeeFiguresOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, other := b.program(), b.program()
	b.fill(p, "PT", 40, 20)
	b.fill(p, "IN", 30, 10)
	b.fill(p, "AT", 3, 1)
	sponsor := b.sponsor(p.id)
	if got := sponsor.want(200, "GET", "/v1/sponsor/programs", nil).items(); len(got) != 1 {
		t.Errorf("%v", got)
	}
	told := sponsor.want(200, "GET", "/v1/programs/"+p.id+"/sponsor_figures", nil)
	countries := fmt.Sprint(told.body["countries"])
	if strings.Contains(countries, "name:AT registered:3") || !strings.Contains(countries, "name:PT") {
		t.Error(countries)
	}
	hidden := 0
	for _, c := range told.body["countries"].([]any) {
		if c.(object)["registered"] == nil {
			hidden++
		}
	}
	if hidden != 2 || told.body["total"].(object)["registered"].(float64) != 73 {
		t.Errorf("%d are hidden of %v", hidden, told.body)
	}
	b.fill(p, "BR", 50, 0)
	if again := sponsor.want(200, "GET", "/v1/programs/"+p.id+"/sponsor_figures", nil); fmt.Sprint(again.body) != fmt.Sprint(told.body) {
		t.Errorf("the figures of a week changed to %v", again.body)
	}
	for _, path := range []string{"/sponsor_figures", "/sponsor_contacts"} {
		sponsor.refused(404, "", "GET", "/v1/programs/"+other.id+path, nil)
		b.visitor().refused(401, "", "GET", "/v1/programs/"+p.id+path, nil)
		b.doctor(p.id, "doctor"+path[1:8]+"@hospital.org").refused(403, "", "GET", "/v1/programs/"+p.id+path, nil)
	}
	b.admin.refused(422, "no_sponsor", "PUT", "/v1/programs/"+p.id+"/sponsors/PT1", nil)
	b.admin.want(204, "DELETE", "/v1/programs/"+p.id+"/sponsors/acc_pharma", nil)
	sponsor.refused(404, "", "GET", "/v1/programs/"+p.id+"/sponsor_figures", nil)
}

func TestSponsorsLearnNamesByConsentOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ana, _ := b.doctor(p.id, "ana@hospital.org"), b.doctor(p.id, "bea@hospital.org")
	sponsor := b.sponsor(p.id)
	contacts := func() int {
		return len(sponsor.want(200, "GET", "/v1/programs/"+p.id+"/sponsor_contacts", nil).items())
	}
	if n := contacts(); n != 0 {
		t.Errorf("%d without consent", n)
	}
	ana.want(204, "POST", "/v1/me/consents", object{"purpose": "newsletter", "text_version": "1", "granted": true})
	if n := contacts(); n != 0 {
		t.Errorf("%d by another purpose", n)
	}
	ana.want(204, "POST", "/v1/me/consents", object{"purpose": "sponsor_sharing", "text_version": "2026-11", "granted": true})
	if n := contacts(); n != 1 {
		t.Errorf("%d with consent", n)
	}
	ana.want(204, "POST", "/v1/me/consents", object{"purpose": "sponsor_sharing", "text_version": "2026-11", "granted": false})
	if n := contacts(); n != 0 {
		t.Errorf("%d after it was withdrawn", n)
	}
	mine := ana.want(200, "GET", "/v1/me/consents", nil)
	if len(mine.items()) != 3 || mine.body["open"].([]any)[0].(object)["granted"] != false {
		t.Errorf("%v", mine.body)
	}
	ana.refused(422, "required", "POST", "/v1/me/consents", object{"purpose": " ", "text_version": "1", "granted": true})
	b.visitor().refused(401, "", "GET", "/v1/me/consents", nil)
}

func TestPersonGetsHerDataAndIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ana := b.doctor(p.id, "ana@hospital.org")
	id := ana.want(200, "GET", "/v1/me", nil).str("account_id")
	archive := []byte(ana.want(200, "GET", "/v1/me/export", nil).raw)
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	if !strings.Contains(all["account.json"], "ana@hospital.org") || !strings.Contains(all["enrolments.json"], p.id) || all["README.txt"] == "" || all["sign_ins.json"] == "[]\n" {
		t.Errorf("%v", all)
	}
	b.visitor().refused(401, "", "GET", "/v1/me/export", nil)
	ana.refused(403, "", "GET", "/v1/accounts/"+id+"/export", nil)
	b.admin.refused(404, "", "GET", "/v1/accounts/acc_none/export", nil)
	if got := b.admin.want(200, "GET", "/v1/accounts/"+id+"/export", nil).raw; got == "" {
		t.Error("an empty archive")
	}

	ana.refused(404, "", "GET", "/v1/me/erasure_request", nil)
	ana.want(202, "POST", "/v1/me/erasure_request", object{"note": "I retire"})
	ana.want(204, "DELETE", "/v1/me/erasure_request", nil)
	first := ana.want(202, "POST", "/v1/me/erasure_request", object{})
	if again := ana.want(202, "POST", "/v1/me/erasure_request", object{}); again.str("id") != first.str("id") {
		t.Error("two requests are open")
	}
	b.admin.want(204, "POST", "/v1/erasure_requests/"+first.str("id")+"/refuse", object{"reason": "Your certificate is being issued"})
	if m, _ := b.lastMail("ana@hospital.org"); m.Values["note"] != "Your certificate is being issued" {
		t.Errorf("%v", m)
	}
	ana.want(202, "POST", "/v1/me/erasure_request", object{})
	if open := b.admin.want(200, "GET", "/v1/erasure_requests?state=open", nil).items(); len(open) != 1 {
		t.Errorf("%v", open)
	}
	ana.refused(403, "", "POST", "/v1/accounts/"+id+"/erase", object{"reason": "x"})
	b.admin.refused(422, "required", "POST", "/v1/accounts/"+id+"/erase", object{"reason": ""})
	b.admin.want(204, "POST", "/v1/accounts/"+id+"/erase", object{"reason": "At her wish"})
	b.admin.refused(409, "account_erased", "POST", "/v1/accounts/"+id+"/erase", object{"reason": "x"})
	if n := b.count(`select count(*) from sessions where account_id = '` + id + `'`); n != 0 {
		t.Errorf("%d sessions last", n)
	}
	gone := b.admin.want(200, "GET", "/v1/accounts/"+id, nil)
	if gone.str("name") != "Erased person" || strings.Contains(gone.str("email"), "hospital") || gone.str("country") != "" {
		t.Errorf("%v", gone.body)
	}
	if m, _ := b.lastMail("ana@hospital.org"); m.Kind != "data_erased" {
		t.Errorf("%v", m)
	}
}
