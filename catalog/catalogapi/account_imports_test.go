package catalogapi_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/catalog/identity"
)

// sendList imports a list and has it taken in.
func (b *testBundle) sendList(query, list string) answer {
	b.t.Helper()
	made := b.admin.with("Content-Type", "text/csv").want(202, "POST", "/v1/account_imports?"+query, list)
	if _, err := b.store.WorkImports(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.admin.want(200, "GET", made.header.Get("Location"), nil)
}

func counts(a answer) string {
	return fmt.Sprint(a.str("state"), " created ", a.body["created"], " existing ", a.body["existing"], " enrolled ", a.body["enrolled"], " invalid ", a.body["invalid"])
}

const list = "Name;E-mail;Phone\nDr Bo;bo@hospital.org;'+351 1\nnobody;not an address;\nDr Ana again;" + ana + ";\nDr Cy;cy@hospital.org;\n"

func TestListOfDoctorsIsTakenIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, other := b.program(), b.program()
	b.doctor(other.id, ana)
	query := "program_id=" + p.id
	if got := counts(b.sendList(query+"&dry_run=true", list)); got != "done created 2 existing 1 enrolled 3 invalid 1" {
		t.Errorf("dry run: %s", got)
	}
	if n := b.count(`select count(*) from enrolments where program_id = $1`, p.id); n != 0 {
		t.Errorf("a dry run enrolled %d", n)
	}
	done := b.sendList(query, list)
	if got := counts(done); got != "done created 2 existing 1 enrolled 3 invalid 1" || done.body["progress"] != 1.0 || done.body["total"] != 4.0 {
		t.Errorf("%s: %s", got, done.raw)
	}
	if kept := b.admin.want(200, "GET", "/v1/account_imports?limit=1", nil); len(kept.items()) != 1 || kept.items()[0].(object)["id"] != done.str("id") || kept.items()[0].(object)["created_by"] == "" ||
		len(b.admin.want(200, "GET", "/v1/account_imports?cursor="+kept.str("next_cursor"), nil).items()) != 1 {
		t.Errorf("imports: %s", kept.raw)
	}
	rows := b.admin.want(200, "GET", "/v1/account_imports/"+done.str("id")+"/rows?outcome=invalid", nil).items()
	if len(rows) != 1 || rows[0].(object)["line"] != 3.0 || rows[0].(object)["code"] != "invalid_email" {
		t.Errorf("invalid rows are %v", rows)
	}
	if got := counts(b.sendList(query, list)); got != "done created 0 existing 3 enrolled 0 invalid 1" {
		t.Errorf("again: %s", got)
	}
	bo := b.admin.want(200, "GET", "/v1/accounts?email=bo@hospital.org", nil).items()[0].(object)
	if bo["name"] != "Dr Bo" || bo["phone"] != "+351 1" || bo["time_zone"] != "UTC" {
		t.Errorf("account is %v", bo)
	}
	b.signIn("bo@hospital.org").want(200, "GET", "/v1/webinars/"+p.webinar, nil)
	if kept := b.admin.want(200, "GET", "/v1/accounts?email="+ana, nil).items()[0].(object); kept["name"] != "Dr Ana López" {
		t.Errorf("a known account became %v", kept)
	}
	if n := b.count(`select count(*) from audit_log where action in ('account.create', 'enrolment.create') and detail ? 'import_id'`); n != 5 {
		t.Errorf("%d entries in the audit log", n)
	}
	if n := b.count(`select count(*) from events e join accounts a on a.id = e.data->>'account_id' where e.type = 'account.registered' and a.email in ('bo@hospital.org', 'cy@hospital.org')`); n != 2 {
		t.Errorf("%d of 2 registrations were told", n)
	}
	if n := b.count(`select count(*) from events e join accounts a on a.id = e.data->>'account_id' where e.type = 'account.registered'`); n != 3 {
		t.Errorf("%d registrations were told, want those of two on the list and of Ana", n)
	}
}

// TestListKeepsOutWhoWasTakenOut: neither a blocked account nor an enrolment
// that was ended comes back by a list.
func TestListKeepsOutWhoWasTakenOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	b.doctor(p.id, ana)
	b.exec(`update enrolments set withdrawn_at = now()`)
	b.sendList("", "email,name\ncy@hospital.org,Cy\n")
	b.exec(`update accounts set disabled_at = now() where email = 'cy@hospital.org'`)
	done := b.sendList("program_id="+p.id, list)
	if got := counts(done); got != "done created 1 existing 0 enrolled 1 invalid 3" {
		t.Errorf("%s", got)
	}
	var codes []string
	for _, row := range b.admin.want(200, "GET", "/v1/account_imports/"+done.str("id")+"/rows?outcome=invalid", nil).items() {
		codes = append(codes, row.(object)["code"].(string))
	}
	if !slices.Equal(codes, []string{"invalid_email", "enrolment_ended", "account_disabled"}) {
		t.Errorf("codes are %v", codes)
	}
}

func TestListThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := b.admin.with("Content-Type", "text/csv")
	send.refused(422, "missing_column", "POST", "/v1/account_imports", "a,b\n")
	send.refused(404, "", "POST", "/v1/account_imports?program_id=prg_none", "email,name\n")
	b.doctor(b.program().id, ana).with("Content-Type", "text/csv").refused(403, "", "POST", "/v1/account_imports", list)
	b.admin.refused(404, "", "GET", "/v1/account_imports/aim_none", nil)
	b.admin.refused(404, "", "GET", "/v1/account_imports/aim_none/rows", nil)
	if n := b.count(`select count(*) from account_imports`); n != 0 {
		t.Errorf("%d imports were kept", n)
	}
}

// TestListContinuesWhereItWasLeft: a process that was killed half-way leaves
// some pieces done; another takes in the rest. Two at once take in each once.
func TestListContinuesWhereItWasLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	var people strings.Builder
	people.WriteString("email,name\n")
	for i := range 1200 {
		fmt.Fprintf(&people, "doctor%d@hospital.org,Dr %d\n", i, i)
	}
	made := b.admin.with("Content-Type", "text/csv").want(202, "POST", "/v1/account_imports?program_id="+p.id, people.String())
	ctx := t.Context()
	if done, err := b.store.ImportPiece(ctx, identity.ImportID(made.str("id"))); done || err != nil {
		t.Fatalf("first piece: %v, %v", done, err)
	}
	half := b.admin.want(200, "GET", made.header.Get("Location"), nil)
	if half.str("state") != "running" || half.body["done"] != 500.0 {
		t.Errorf("half-way: %s", half.raw)
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := b.store.WorkImports(ctx)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := counts(b.admin.want(200, "GET", made.header.Get("Location"), nil)); got != "done created 1200 existing 0 enrolled 1200 invalid 0" {
		t.Error(got)
	}
	if n, err := b.store.ForgetImports(ctx, time.Now().Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
}

func TestExportsOpenInSpreadsheets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	b.doctor(p.id, ana)
	b.exec(`update accounts set name = '=HYPERLINK("http://evil")', phone = '+351 1' where email = $1`, ana)
	b.exec(`insert into completions (enrolment_id, webinar_id, rule_version, recording_id) select e.id, $1, 1, '' from enrolments e`, p.webinar)
	for path, want := range map[string]string{
		"/v1/accounts.csv":                         `'=HYPERLINK("http://evil")`,
		"/v1/programs/" + p.id + "/enrolments.csv": "1/1",
	} {
		got := b.admin.want(200, "GET", path, nil)
		text, marked := strings.CutPrefix(got.raw, "\xef\xbb\xbf")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("%s: %v %v", path, err, got.header)
		}
		i := slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, ana) })
		if last := len(rows[0]) - 1; i < 1 || !slices.Contains(rows[i], want) && rows[i][last-1]+"/"+rows[i][last] != want {
			t.Errorf("%s: %q", path, rows)
		}
	}
	b.admin.refused(404, "", "GET", "/v1/programs/prg_none/enrolments.csv", nil)
}
