package notify

import (
	"context"
	"errors"
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

// testBundle is an outbox with running senders and a transport that tells.
type testBundle struct {
	t      *testing.T
	pool   *pgxpool.Pool
	outbox *Outbox
	config Config
	sent   chan Outgoing
	mu     sync.Mutex
	broken error // what the transport answers while set
}

// setup runs one sender; each of change alters its configuration before.
func setup(t *testing.T, change ...func(*Config)) *testBundle {
	t.Helper()
	b := prepare(t, change...)
	b.run()
	return b
}

// prepare makes the bundle without a sender.
func prepare(t *testing.T, change ...func(*Config)) *testBundle {
	t.Helper()
	b := &testBundle{t: t, pool: schematest.New(t), sent: make(chan Outgoing, 1000)}
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	b.config = Config{
		Pool: b.pool, Sealer: sealer, Transports: map[catalog.Channel]Transport{catalog.ChannelEmail: b}, From: "Rounds <no-reply@example.org>",
		BaseURL: "https://learn.example.org", Log: slog.New(slog.DiscardHandler), SweepEvery: 20 * time.Millisecond,
	}
	for _, c := range change {
		c(&b.config)
	}
	if b.outbox, err = NewOutbox(b.pool, sealer, b.config.Log); err != nil {
		t.Fatal(err)
	}
	return b
}

// run starts a sender, as one process has it; the test's end stops it.
func (b *testBundle) run() {
	b.t.Helper()
	sender, err := NewSender(b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("sender: %v", err)
		}
	})
}

// Repeatable implements Transport.
func (b *testBundle) Repeatable() bool { return true }

// Send implements Transport.
func (b *testBundle) Send(_ context.Context, m Outgoing) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken != nil {
		return "", b.broken
	}
	b.sent <- m
	return "provider-" + m.ID, nil
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

func (b *testBundle) receive() Outgoing {
	b.t.Helper()
	select {
	case m := <-b.sent:
		return m
	case <-time.After(20 * time.Second):
		b.t.Fatal("no mail within 20 s")
		return Outgoing{}
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
	if _, err := b.pool.Exec(t.Context(), `update messages set expires_at = now() + interval '14 seconds', next_attempt_at = now()`); err != nil {
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
	schematest.Until(b.t, b.pool, what, query)
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
	mail := Outgoing{ID: "msg_1", From: "Rounds <no-reply@example.org>", To: "dr@example.org", Subject: "Grüße", Text: "Hello\n\n123456\n", HTML: "<p>Hello</p>"}
	for range 2 { // a repeated sending replaces the file
		if _, err := dir.Send(context.Background(), mail); err != nil {
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
