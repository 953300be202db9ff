package catalogdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// somebody adds an account.
func (b *testBundle) somebody(t *testing.T, name, email string, roles ...identity.Role) catalog.AccountID {
	t.Helper()
	if len(roles) == 0 {
		roles = []identity.Role{identity.RoleDoctor}
	}
	id := catalog.NewAccountID()
	b.exec(t, `insert into accounts (id, email, name, roles) values ($1, $2, $3, $4)`, id, email, name, roles)
	return id
}

// supporter is a context of somebody of support.
func (b *testBundle) supporter(t *testing.T) context.Context {
	t.Helper()
	id := b.somebody(t, "Sam", "sam@rounds.example", identity.RoleSupport)
	return identity.NewContext(t.Context(), identity.Principal{AccountID: id, Roles: []identity.Role{identity.RoleSupport}})
}

func (b *testBundle) auditOf(t *testing.T, id catalog.AccountID) (actions []string) {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `select action || ' ' || coalesce(detail->>'reason', '') from audit_log where object_id = $1 order by id`, id)
	if err != nil {
		t.Fatal(err)
	}
	if actions, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		t.Fatal(err)
	}
	return actions
}

func TestPeopleAreFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ana := b.somebody(t, "Dr Ana López-García", "ana.lopez@hospital.org")
	b.exec(t, `update accounts set council_number = 'PT-12.345' where id = $1`, ana)
	b.exec(t, `insert into account_emails (email, account_id) values ('zebra77@mail.example', $1)`, ana)
	jose := b.somebody(t, "José Østergård", "jo@clinic.example")
	b.somebody(t, "Someone Else", "else@hospital.org")
	for q, want := range map[string]catalog.AccountID{
		"Lopez": ana, "lópe": ana, "garc": ana, "Lopes": ana, "anna lopes": ana, "Garica": ana, "ana.lopez@hospital.org": ana, "ana.lopez@": ana,
		"ana.lopes@hospital.org": ana, "zebra77@mail.example": ana, "zebr": ana, "PT12345": ana, "pt-12.345": ana, "12345": ana,
		"ostergard": jose, "Østergaard": jose, "jose": jose, "jo@clinic": jose,
	} {
		found, err := b.FindPeople(t.Context(), identity.SearchTerms(q), 10)
		if err != nil || len(found) == 0 || found[0].ID != want {
			t.Errorf("%q: %v, %v", q, found, err)
		}
	}
	for _, q := range []string{"", "Dr", "zzzzzz", "ana ostergard", "hospital.org", "'; drop table accounts"} {
		if found, err := b.FindPeople(t.Context(), identity.SearchTerms(q), 10); err != nil || len(found) != 0 {
			t.Errorf("%q: %v, %v", q, found, err)
		}
	}
	b.exec(t, `update accounts set name = 'Ana Silva' where id = $1`, ana)
	b.exec(t, `delete from account_emails`)
	for q, want := range map[string]int{"garcia": 0, "silva": 1, "zebra77": 0} {
		if found, err := b.FindPeople(t.Context(), identity.SearchTerms(q), 10); err != nil || len(found) != want {
			t.Errorf("afterwards %q: %v, %v", q, found, err)
		}
	}
}

// TestSearchGoesByIndexes: with many people no table is read from end to end.
func TestSearchGoesByIndexes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into accounts (id, email, name) select 'acc_' || n, 'doctor' || n || '@hospital.example', 'Maria Nummer' || n from generate_series(1, 3000) n`)
	b.exec(t, `analyze accounts, account_words, account_emails`)
	for _, alike := range []bool{false, true} {
		var lines []string
		err := b.inTx(t.Context(), func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `set local enable_seqscan = off`); err != nil {
				return err
			}
			rows, err := tx.Query(t.Context(), `explain `+findQuery, []string{"maria", "numer17"}, "\U0010FFFF", alike, maxBeginning, maxAlike, 10)
			if err != nil {
				return err
			}
			lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		if plan := strings.Join(lines, "\n"); err != nil || strings.Contains(plan, "Seq Scan") || alike != strings.Contains(plan, "account_words_alike") {
			t.Errorf("%v\n%s", err, plan)
		}
	}
	found, err := b.FindPeople(t.Context(), []string{"maria", "numer1717"}, 5)
	if err != nil || len(found) == 0 || found[0].ID != "acc_1717" {
		t.Errorf("%v, %v", found, err)
	}
}

func TestCodeIsReadOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana, other := b.somebody(t, "Ana", "ana@hospital.org"), b.somebody(t, "Bea", "bea@hospital.org")
	pepper := []byte("pepper")
	code := identity.MintReadOut(pepper, time.Now())
	email, err := b.ReadOutCode(ctx, ana, "Her mail server is down", code)
	if err != nil || email != "ana@hospital.org" {
		t.Fatalf("%q, %v", email, err)
	}
	if len(*b.sent) != 0 {
		t.Errorf("sent %v", *b.sent)
	}
	match := func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
		return identity.MatchCode(sent, pepper, code.Digits, time.Now())
	}
	if _, err := b.SignIn(t.Context(), "bea@hospital.org", match); err == nil {
		t.Errorf("the code lets %s in", other)
	}
	if a, err := b.SignIn(t.Context(), "ana@hospital.org", match); err != nil || a.ID != ana {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := b.SignIn(t.Context(), "ana@hospital.org", match); err == nil {
		t.Error("the code is good twice")
	}
	for range identity.ReadOutsPerAccount - 1 {
		if _, err := b.ReadOutCode(ctx, ana, "again", identity.MintReadOut(pepper, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.ReadOutCode(ctx, ana, "again", identity.MintReadOut(pepper, time.Now())); !errors.Is(err, catalog.ErrRateLimited) {
		t.Errorf("one too many: %v", err)
	}
	if got := b.auditOf(t, ana); len(got) != identity.ReadOutsPerAccount || got[0] != "support.read_out_code Her mail server is down" {
		t.Errorf("%q", got)
	}
}

// TestCodeReadOutFollowsTheAccount: an address that has moved on lets nobody in by it.
func TestCodeReadOutFollowsTheAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana := b.somebody(t, "Ana", "ana@hospital.org")
	code := identity.MintReadOut([]byte("pepper"), time.Now())
	if _, err := b.ReadOutCode(ctx, ana, "phone", code); err != nil {
		t.Fatal(err)
	}
	b.exec(t, `update accounts set email = 'ana@new.example' where id = $1`, ana)
	b.somebody(t, "Successor", "ana@hospital.org")
	_, err := b.SignIn(t.Context(), "ana@hospital.org", func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
		return identity.MatchCode(sent, []byte("pepper"), code.Digits, time.Now())
	})
	if !errors.Is(err, identity.ErrCodeInvalid) {
		t.Errorf("%v", err)
	}
}

func TestCodeIsSentAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana := b.somebody(t, "Ana", "ana@hospital.org")
	if _, err := b.SendCodeAgain(ctx, ana, "It did not come", identity.MintCode([]byte("p"), time.Now())); err != nil {
		t.Fatal(err)
	}
	if len(*b.sent) != 1 || (*b.sent)[0].Recipient != "ana@hospital.org" || (*b.sent)[0].Kind != catalog.MessageSignInCode {
		t.Errorf("%v", *b.sent)
	}
	b.exec(t, `update accounts set disabled_at = now() where id = $1`, ana)
	var conflict *catalog.ConflictError
	if _, err := b.SendCodeAgain(ctx, ana, "x", identity.MintCode([]byte("p"), time.Now())); !errors.As(err, &conflict) || conflict.Code != "account_disabled" {
		t.Errorf("%v", err)
	}
	if _, err := b.SendCodeAgain(ctx, "acc_none", "x", identity.MintCode([]byte("p"), time.Now())); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("%v", err)
	}
	staff := b.somebody(t, "Root", "root@rounds.example", identity.RoleAdmin)
	if _, err := b.ReadOutCode(ctx, staff, "x", identity.MintCode([]byte("p"), time.Now())); !errors.Is(err, identity.ErrStaffAccount) {
		t.Errorf("a supporter reads out an administrator's code: %v", err)
	}
}

func TestAddressIsCorrected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana := b.somebody(t, "Ana", "ana@hopsital.org")
	b.somebody(t, "Bea", "bea@hospital.org")
	email, name := "ana@hospital.org", "Dr Ana López"
	p, err := b.CorrectPerson(ctx, ana, identity.Correction{Name: &name, Email: &email, Reason: "Misspelled"})
	if err != nil || p.Email != email || p.Name != name {
		t.Fatalf("%+v, %v", p, err)
	}
	var to []string
	for _, m := range *b.sent {
		to = append(to, m.Recipient+" "+string(m.Kind))
	}
	if got := fmt.Sprint(to); got != "[ana@hopsital.org address_changed ana@hospital.org address_changed]" {
		t.Error(got)
	}
	taken := "bea@hospital.org"
	if _, err := b.CorrectPerson(ctx, ana, identity.Correction{Email: &taken, Reason: "x"}); !errors.Is(err, errEmailTaken) {
		t.Errorf("%v", err)
	}
	if got := b.auditOf(t, ana); len(got) != 1 || got[0] != "support.correct Misspelled" {
		t.Errorf("%q", got)
	}
}

func TestLinkedAddressLetsIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana, bea := b.somebody(t, "Ana", "ana@hospital.org"), b.somebody(t, "Bea", "bea@hospital.org")
	b.exec(t, `insert into account_emails (email, account_id) values ('report@mail.example', $1)`, ana)
	for range 2 { // idempotent
		p, err := b.LinkEmail(ctx, ana, "ana@mail.example", "Uses both")
		if err != nil || len(p.Further) != 2 || !p.Further[1].SignsIn {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if _, err := b.LinkEmail(ctx, bea, "ana@mail.example", "x"); !errors.Is(err, errEmailTaken) {
		t.Errorf("%v", err)
	}
	enter := func(address string) error {
		code := identity.MintCode([]byte("p"), time.Now())
		if err := b.RequestCode(t.Context(), address, code); err != nil {
			t.Fatal(err)
		}
		a, err := b.SignIn(t.Context(), address, func(sent []identity.OneTimeCode) (identity.OneTimeCode, error) {
			return identity.MatchCode(sent, []byte("p"), code.Digits, time.Now())
		})
		if err == nil && a.ID != ana {
			t.Errorf("%s lets in %s", address, a.ID)
		}
		return err
	}
	if err := enter("ana@mail.example"); err != nil {
		t.Error(err)
	}
	if err := enter("report@mail.example"); err == nil {
		t.Error("an address of a report lets in")
	}
	if err := b.UnlinkEmail(ctx, ana, "ana@mail.example", "Lost"); err != nil {
		t.Fatal(err)
	}
	if err := enter("ana@mail.example"); err == nil {
		t.Error("an address that was taken off lets in")
	}
	if err := b.UnlinkEmail(ctx, ana, "ana@mail.example", "Lost"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestMomentsOfAnAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.supporter(t)
	ana := b.somebody(t, "Ana", "ana@hospital.org")
	b.exec(t, `insert into invitations (id, program_id, code_hash, email, created_by) values ('inv_1', $1, '\x01', 'ana@hospital.org', 'system')`, b.program)
	b.exec(t, `insert into enrolments (id, program_id, account_id, via, withdrawn_at, withdraw_reason) values ('enr_1', $1, $2, 'invitation', now(), 'Left the hospital')`, b.program, ana)
	b.exec(t, `insert into messages (id, recipient, kind, given_up_at, last_error) values ('msg_1', 'ana@hospital.org', 'sign_in_code', now(), 'mailbox full')`)
	b.exec(t, `insert into undeliverable (channel, address, reason) values ('email', 'ana@hospital.org', 'bounce')`)
	b.exec(t, `insert into messages (id, recipient, kind, channel, handed_to, sent_at, receipt, receipt_detail) values
		('msg_2', 'ana@hospital.org', 'sign_in_code', 'sms', '+351912345678', now(), 'delivered', ''), ('msg_3', 'ana@hospital.org', 'recording_ready', 'whatsapp', '+351912345678', now(), 'failed', '131026 not on WhatsApp')`)
	b.exec(t, `update accounts set phone = '+351912345678', phone_confirmed = '+351912345678' where id = $1`, ana)
	b.exec(t, `insert into undeliverable (channel, address, reason) values ('whatsapp', '+351912345678', 'bounce')`)
	b.exec(t, `insert into consents (account_id, purpose, text_version, granted) values ($1, 'sponsor_sharing', '2026-1', true)`, ana)
	b.exec(t, `insert into sessions (token, data, expiry, account_id, login_id, device)
		values ('t', '', now(), $1, 'log_1', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36')`, ana)
	if err := b.RequestCode(t.Context(), "ana@hospital.org", identity.MintCode([]byte("p"), time.Now())); err != nil {
		t.Fatal(err)
	}
	if _, err := b.SendCodeAgain(ctx, ana, "It did not come", identity.MintCode([]byte("p"), time.Now())); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReadOutCode(ctx, ana, "Still nothing", identity.MintReadOut([]byte("p"), time.Now())); err != nil {
		t.Fatal(err)
	}
	b.exec(t, `update one_time_codes set tries = 5 where issued_by <> ''`)
	moments, err := b.Moments(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range moments {
		told = append(told, m.Sentence().String())
	}
	text := strings.Join(told, "\n")
	for _, want := range []string{
		"Invited to “Cardiology” as ana@hospital.org, by system.",
		"Registered as ana@hospital.org.",
		"Enrolled in “Cardiology”: by an invitation.",
		"Kept out of “Cardiology” (Left the hospital).",
		"A message did not go to ana@hospital.org: code to sign in – mailbox full.",
		"ana@hospital.org takes no messages: mail comes back.",
		"A message went to +351912345678: code to sign in by SMS, it arrived.",
		"A message did not go to +351912345678: recording is ready by WhatsApp, it was sent and did not arrive – 131026 not on WhatsApp.",
		"+351912345678 takes no messages: messages do not arrive.",
		"Decided about a consent: sponsor_sharing, text 2026-1: granted.",
		"Signed in on Chrome on Windows.",
		"Asked for a code at ana@hospital.org.",
		"Asked for a code: it was sent again, by Sam (It did not come).",
		"A code was read out on the phone, by Sam.",
		"Entered a wrong code with ana@hospital.org: 5 wrong tries, so that the code is void.",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is told %d times of\n%s", want, strings.Count(text, want), text)
		}
	}
}
