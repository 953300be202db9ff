package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/deploy/schema/schematest"
)

// testBundle is an outbox with a running sender and a transport that tells.
type testBundle struct {
	t      *testing.T
	pool   *pgxpool.Pool
	outbox *Outbox
	sent   chan Mail
	mu     sync.Mutex
	broken error // what the transport answers while set
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{t: t, pool: schematest.New(t), sent: make(chan Mail, 100)}
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if b.outbox, err = NewOutbox(b.pool, sealer, log); err != nil {
		t.Fatal(err)
	}
	sender, err := NewSender(Config{Pool: b.pool, Sealer: sealer, Transport: b, From: "Rounds <no-reply@example.org>", BaseURL: "https://learn.example.org", Log: log, SweepEvery: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("sender: %v", err)
		}
	})
	return b
}

// Send implements Transport.
func (b *testBundle) Send(_ context.Context, m Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return b.broken
	}
	b.sent <- m
	return nil
}

func (b *testBundle) breakWith(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
}

func (b *testBundle) put(m catalog.Message, after error) {
	b.t.Helper()
	err := pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) error {
		return errors.Join(b.outbox.Put(b.t.Context(), tx, m), after)
	})
	if !errors.Is(err, after) {
		b.t.Fatal(err)
	}
}

func (b *testBundle) receive() Mail {
	b.t.Helper()
	select {
	case m := <-b.sent:
		return m
	case <-time.After(20 * time.Second):
		b.t.Fatal("no mail within 20 s")
		return Mail{}
	}
}

func codeFor(recipient, code string) catalog.Message {
	return catalog.Message{
		Recipient: recipient, Kind: catalog.MessageSignInCode, Locale: "de-DE",
		Values: map[string]string{"code": code, "minutes": "10"},
	}
}

func TestSentWhenCommittedOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.put(codeFor("rolled-back@example.org", "111111"), errors.New("rolled back"))
	b.put(codeFor("committed@example.org", "123456"), nil)
	got := b.receive()
	if got.To != "committed@example.org" || !regexp.MustCompile(`(?m)^123456$`).MatchString(got.Text) {
		t.Errorf("sent %+v", got)
	}
	if strings.Contains(got.Subject, "123456") {
		t.Errorf("the code is in the subject, which mail servers log: %q", got.Subject)
	}
}

func TestTheSameMessageOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := codeFor("once@example.org", "123456")
	m.Idempotency = "code-1"
	b.put(m, nil)
	b.put(m, nil)
	b.put(codeFor("last@example.org", "654321"), nil)
	seen := map[string]int{b.receive().To: 1}
	seen[b.receive().To]++
	if seen["once@example.org"] != 1 || seen["last@example.org"] != 1 || len(b.sent) != 0 {
		t.Errorf("sent %v and %d more", seen, len(b.sent))
	}
}

// TestNothingIsLost: a server that is down, and a hint that never was, delay a
// message but do not lose it; its content does not outlive the sending.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.breakWith(errors.New("421 try later"))
	b.put(codeFor("patient@example.org", "123456"), nil)
	b.until("the failure is recorded", `select attempts > 0 and last_error like '421%' from messages`)
	b.breakWith(nil)
	if _, err := b.pool.Exec(t.Context(), `delete from river_job; update messages set next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	b.receive()
	b.until("the content is gone", `select sent_at is not null and sealed_content is null from messages`)
}

func TestStaleCodesAreGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.breakWith(errors.New("down"))
	b.put(codeFor("late@example.org", "123456"), nil)
	b.until("the failure is recorded", `select attempts > 0 from messages`)
	if _, err := b.pool.Exec(t.Context(), `update messages set created_at = now() - interval '11 minutes', next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	b.breakWith(nil)
	b.until("the message is given up", `select given_up_at is not null and sealed_content is null from messages`)
	if len(b.sent) != 0 {
		t.Error("an expired code was sent")
	}
}

// until asks the database until it answers true.
func (b *testBundle) until(what, query string) {
	b.t.Helper()
	deadline, again := time.NewTimer(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer again.Stop()
	for {
		var so bool
		if err := b.pool.QueryRow(b.t.Context(), query).Scan(&so); err != nil {
			b.t.Fatal(err)
		}
		if so {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			b.t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// TestEveryTemplateRenders: each kind exists and uses only the values that
// catalog documents for it.
func TestEveryTemplateRenders(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"code": "123456", "minutes": "10", "program": "Cardiology <2026>", "link": "https://learn.example.org/register?code=X", "name": "Dr O'Hara",
		"base_url": "https://learn.example.org", "title": "Arrhythmia <2026>", "filename": "talk.mp4", "webinar_id": "web_1", "published": "yes", "note": "There is no sound.",
	}
	for _, kind := range []catalog.MessageKind{
		catalog.MessageSignInCode, catalog.MessageRegisterCode, catalog.MessageJoinCode, catalog.MessageInvitation, catalog.MessagePresenter,
		catalog.MessageRecordingReady, catalog.MessageRecordingFailed,
	} {
		mail, err := render(kind, "xx", values)
		if err != nil || mail.Subject == "" || mail.Text == "" || !strings.Contains(mail.HTML, "<p") {
			t.Errorf("%s: %v %+v", kind, err, mail)
		}
		if strings.Contains(mail.HTML, "<2026>") {
			t.Errorf("%s: HTML is not escaped", kind)
		}
		if kind.Urgent() && !regexp.MustCompile(`(?m)^123456$`).MatchString(mail.Text) {
			t.Errorf("%s: the code does not stand alone on a line", kind)
		}
	}
}

// TestRecordingMails: the two ends of a recording are told in words, with the
// way to its page, and without a hole where nothing is to be said.
func TestRecordingMails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	values := map[string]string{"name": "Dr Lee", "title": "Arrhythmia", "filename": "talk.mp4", "webinar_id": "web_1", "published": "", "note": ""}
	b.put(catalog.Message{Recipient: "lee@example.org", Kind: catalog.MessageRecordingReady, Values: values}, nil)
	ready := b.receive()
	if !strings.Contains(ready.Text, "\nhttps://learn.example.org/upload/web_1\n") || !strings.Contains(ready.Text, "publish it") || strings.Contains(ready.Text, "\n\n\n") {
		t.Errorf("%s\n%s", ready.Subject, ready.Text)
	}
	values["note"] = "The file is damaged. Please export it again."
	b.put(catalog.Message{Recipient: "lee@example.org", Kind: catalog.MessageRecordingFailed, Values: values}, nil)
	failed := b.receive()
	if !strings.Contains(failed.Text, values["note"]) || !strings.Contains(failed.HTML, `href="https://learn.example.org/upload/web_1"`) || !strings.Contains(failed.Subject, "Arrhythmia") {
		t.Errorf("%s\n%s", failed.Subject, failed.Text)
	}
}

func TestDirWritesWholeFiles(t *testing.T) {
	t.Parallel()
	dir := Dir{Path: filepath.Join(t.TempDir(), "mail")}
	mail := Mail{ID: "msg_1", From: "Rounds <no-reply@example.org>", To: "dr@example.org", Subject: "Grüße", Text: "Hello\n\n123456\n", HTML: "<p>Hello</p>"}
	for range 2 { // a repeated sending replaces the file
		if err := dir.Send(context.Background(), mail); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir.Path)
	if err != nil || len(files) != 1 || files[0].Name() != "msg_1.eml" {
		t.Fatalf("files %v (%v)", files, err)
	}
	written, err := os.ReadFile(filepath.Join(dir.Path, "msg_1.eml"))
	if err != nil || !regexp.MustCompile(`(?m)^123456\r?$`).Match(written) || !strings.Contains(string(written), "Message-ID: <msg_1@rounds>") {
		t.Errorf("mail (%v):\n%s", err, written)
	}
}

func TestSMTPAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"smtp://user:pw@mail.example.org:587", "smtps://mail.example.org", "smtp://127.0.0.1:25?tls=off"} {
		if _, err := NewSMTP(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "mail.example.org:25", "http://mail.example.org"} {
		if _, err := NewSMTP(bad); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
