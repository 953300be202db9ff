package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/deploy/schema/schematest"
)

// testBundle is endpoints in a real database and a sender for them.
type testBundle struct {
	t      *testing.T
	db     *pgxpool.Pool
	store  *catalogdb.Store
	config Config

	mu    sync.Mutex
	mails []catalog.Message
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{t: t, db: schematest.New(t)}
	b.store = catalogdb.New(b.db, catalogdb.Hooks{Send: func(_ context.Context, _ pgx.Tx, m catalog.Message) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.mails = append(b.mails, m)
		return nil
	}})
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	b.config = Config{Store: b.store, Sealer: sealer, Allowed: loopback, Log: slog.New(slog.DiscardHandler), Every: 10 * time.Millisecond}
	return b
}

func (b *testBundle) run() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		NewSender(b.config).Run(ctx)
		close(ended)
	}()
	b.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

func (b *testBundle) endpoint(id, url string, types ...catalog.EventType) (secret string) {
	b.t.Helper()
	secret = NewSecret()
	_, err := b.store.CreateEndpoint(b.t.Context(), catalog.WebhookEndpoint{ID: id, URL: url, EventTypes: types, SealedSecret: b.config.Sealer.Seal([]byte(secret), id)})
	if err != nil {
		b.t.Fatal(err)
	}
	return secret
}

func (b *testBundle) tell(t catalog.EventType, data string) {
	b.t.Helper()
	b.exec(`select tell_event($1, $2, '')`, t, data)
}

func (b *testBundle) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// until asks the database until it answers true.
func (b *testBundle) until(what, query string) {
	b.t.Helper()
	schematest.Until(b.t, b.db, what, query)
}

// receiver is somebody's system: it checks signatures as the specification
// says, and answers what the test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(http.ResponseWriter, *http.Request)
	got    chan got
}

type got struct {
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{got: make(chan got, 100), answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.got <- got{request.Header, body}
		r.mu.Lock()
		answer := r.answer
		r.mu.Unlock()
		answer(w, request)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) will(answer func(http.ResponseWriter, *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func (g got) signedBy(secret string) bool {
	seconds, _ := strconv.ParseInt(g.header.Get("webhook-timestamp"), 10, 64)
	want, err := signature(g.header.Get("webhook-id"), time.Unix(seconds, 0), g.body, secret)
	return err == nil && strings.Contains(" "+g.header.Get("webhook-signature")+" ", " "+want+" ")
}

// TestDelivery: an event reaches the endpoints that want it, signed, once each,
// and its attempts are on record.
func TestDelivery(t *testing.T) {
	t.Parallel()
	b, all, some := setup(t), newReceiver(t), newReceiver(t)
	secret := b.endpoint("whe_all", all.URL+"/hooks")
	b.endpoint("whe_some", some.URL, catalog.EventProgramCompleted)
	b.run()
	b.tell(catalog.EventCourseCompleted, `{"account_id":"acc_1"}`)
	b.tell(catalog.EventProgramCompleted, `{"account_id":"acc_1"}`)
	seen := map[string]bool{}
	for range 2 {
		g := <-all.got
		var body struct {
			Type      string
			Timestamp time.Time
			Data      map[string]any
		}
		if err := json.Unmarshal(g.body, &body); err != nil || body.Data["account_id"] != "acc_1" || body.Timestamp.IsZero() || !bytes.HasPrefix(g.body, []byte(`{"type":"`)) {
			t.Errorf("%v: %s", err, g.body)
		}
		seconds, _ := strconv.ParseInt(g.header.Get("webhook-timestamp"), 10, 64)
		if !g.signedBy(secret) || g.signedBy(NewSecret()) || time.Since(time.Unix(seconds, 0)) > time.Minute || !strings.HasPrefix(g.header.Get("webhook-id"), "evt_") {
			t.Errorf("signed %v", g.header)
		}
		seen[body.Type] = true
	}
	if g := <-some.got; !bytes.Contains(g.body, []byte("program.completed")) || len(seen) != 2 {
		t.Errorf("%s, and %v", g.body, seen)
	}
	b.until("all is on record", `select count(*) = 3 and bool_and(state = 'delivered' and attempts = 1 and last_status = 204) from webhook_deliveries`)
	b.until("the log too", `select count(*) = 3 and bool_and(status = 204 and error = '') from webhook_attempts`)
	if len(all.got)+len(some.got) != 0 {
		t.Error("something was sent twice")
	}
}

// TestRetries: what an endpoint does not take is tried again with growing
// pauses under the same id, and is a dead letter in the end.
func TestRetries(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	b.endpoint("whe_1", r.URL)
	r.will(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("sorry\x00\xff" + strings.Repeat("x", 5000)))
	})
	b.run()
	b.tell(catalog.EventAccountRegistered, `{}`)
	first := <-r.got
	b.until("the next attempt is when it asked for", `select count(*) = 1 and bool_and(state = 'pending' and attempts = 1 and last_error = 'it answered 503'
		and next_attempt_at > now() + interval '50 seconds' and next_attempt_at < now() + interval '70 seconds') from webhook_deliveries`)
	b.until("the endpoint fails", `select failing_since is not null and disabled_at is null from webhook_endpoints`)
	b.until("the beginning of the answer is on record", `select count(*) = 1 and bool_and(length(answer) = 1024 and answer like 'sorry??%') from webhook_attempts`)
	r.will(status(http.StatusFound)) // a redirect is not followed
	for range 9 {
		b.exec(`update webhook_deliveries set next_attempt_at = now()`)
		if again := <-r.got; again.header.Get("webhook-id") != first.header.Get("webhook-id") {
			t.Errorf("another id: %v", again.header)
		}
		b.until("the attempt is on record", `select claimed_until is null from webhook_deliveries`)
	}
	b.until("it is dead", `select state = 'dead' and attempts = 10 and last_error = 'it answered 302' from webhook_deliveries`)

	r.will(status(http.StatusOK))
	b.tell(catalog.EventAccountRegistered, `{}`)
	<-r.got
	b.until("the endpoint works again", `select failing_since is null from webhook_endpoints`)
	count, err := b.store.ReplaySince(t.Context(), "whe_1", time.Now().Add(-time.Hour), false)
	if again := <-r.got; err != nil || count != 1 || again.header.Get("webhook-id") != first.header.Get("webhook-id") {
		t.Errorf("replayed %d: %v", count, err)
	}
	b.until("all is taken", `select count(*) = 2 and bool_and(state = 'delivered') from webhook_deliveries`)
	if count, err = b.store.ReplaySince(t.Context(), "whe_1", time.Now().Add(-time.Hour), true); err != nil || count != 2 {
		t.Errorf("replayed %d of all: %v", count, err)
	}
	<-r.got
	<-r.got
}

// TestSwitchedOff: an endpoint that fails for days is switched off with a mail,
// gets nothing, and what it missed can be replayed.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]bool{"failing": false, "gone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, r := setup(t), newReceiver(t)
			b.exec(`insert into accounts (id, email, name, roles, time_zone) values ('acc_1', 'admin@example.org', 'Dr Admin', '{admin}', 'Europe/Lisbon')`)
			b.endpoint("whe_1", r.URL)
			code := http.StatusInternalServerError
			if gone {
				code = http.StatusGone
			} else {
				b.exec(`update webhook_endpoints set failing_since = now() - interval '6 days'`)
			}
			r.will(status(code))
			b.run()
			b.tell(catalog.EventAccountRegistered, `{}`)
			<-r.got
			b.until("it is switched off", `select disabled_at is not null and disabled_reason like 'it answered %' from webhook_endpoints`)
			b.mu.Lock()
			mails := b.mails
			b.mu.Unlock()
			if len(mails) != 1 || mails[0].Recipient != "admin@example.org" || mails[0].Kind != catalog.MessageWebhookDisabled || mails[0].Values["url"] != r.URL || mails[0].Times["failing_since"].IsZero() {
				t.Errorf("mails %+v", mails)
			}
			b.tell(catalog.EventAccountRegistered, `{}`)
			b.exec(`update webhook_deliveries set next_attempt_at = now()`)
			if _, err := b.store.ReplaySince(t.Context(), "whe_1", time.Now().Add(-time.Hour), false); err == nil {
				t.Error("replayed although it is off")
			}
			r.will(status(http.StatusOK))
			_, err := b.store.UpdateEndpoint(t.Context(), "whe_1", nil, func(e *catalog.WebhookEndpoint) error {
				e.DisabledAt = nil
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			count, err := b.store.ReplaySince(t.Context(), "whe_1", time.Now().Add(-time.Hour), false)
			if err != nil || count < 1 {
				t.Errorf("replayed %d: %v", count, err)
			}
			b.until("both are taken", `select count(*) = 2 and bool_and(state = 'delivered') from webhook_deliveries`)
		})
	}
}

// TestNoPrivateNetworks: whatever a name leads to, nothing is sent into a
// private network, and nothing there is told.
func TestNoPrivateNetworks(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	b.config.Allowed = nil
	address := strings.TrimPrefix(r.URL, "http://")
	_, port, _ := strings.Cut(address, ":")
	for i, url := range []string{r.URL, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port, "http://127.1:" + port} {
		b.endpoint("whe_"+strconv.Itoa(i), url)
	}
	b.run()
	b.tell(catalog.EventAccountRegistered, `{}`)
	b.until("all were refused", `select count(*) = 5 and bool_and(attempts = 1 and claimed_until is null) from webhook_deliveries`)
	b.until("with the reason", `select count(*) >= 4 from webhook_deliveries where last_error = 'the name leads into a private network, to which events are not sent' and last_status = 0`)
	if len(r.got) != 0 {
		t.Error("something was sent")
	}
}

// TestSlowEndpointsDoNotStopOthers: one that hangs has a few deliveries in
// hand, and the others get theirs.
func TestSlowEndpointsDoNotStopOthers(t *testing.T) {
	t.Parallel()
	b, slow, quick := setup(t), newReceiver(t), newReceiver(t)
	release := make(chan struct{})
	slow.will(func(http.ResponseWriter, *http.Request) { <-release })
	b.endpoint("whe_1slow", slow.URL)
	for range 50 {
		b.tell(catalog.EventAccountRegistered, `{}`)
	}
	b.endpoint("whe_2quick", quick.URL)
	b.run()
	t.Cleanup(func() { close(release) })
	b.tell(catalog.EventAccountRegistered, `{}`)
	<-quick.got
	if n := len(slow.got); n > 4 {
		t.Errorf("%d deliveries are on their way to the slow one", n)
	}
}

// TestRotation: for a day two secrets sign, then one.
func TestRotation(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	old := b.endpoint("whe_1", r.URL)
	fresh := NewSecret()
	rotate := func(until time.Time) {
		_, err := b.store.UpdateEndpoint(t.Context(), "whe_1", nil, func(e *catalog.WebhookEndpoint) error {
			e.SealedOld, e.OldUntil = b.config.Sealer.Seal([]byte(old), e.ID), &until
			e.SealedSecret = b.config.Sealer.Seal([]byte(fresh), e.ID)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rotate(time.Now().Add(time.Hour))
	b.run()
	b.tell(catalog.EventAccountRegistered, `{}`)
	if g := <-r.got; !g.signedBy(old) || !g.signedBy(fresh) {
		t.Errorf("signed %v", g.header)
	}
	rotate(time.Now().Add(-time.Hour))
	b.tell(catalog.EventAccountRegistered, `{}`)
	if g := <-r.got; g.signedBy(old) || !g.signedBy(fresh) {
		t.Errorf("signed %v", g.header)
	}
}

// TestEndlessAnswers: neither a body nor a header without end is read to it.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	b, r := setup(t), newReceiver(t)
	b.endpoint("whe_1", r.URL)
	r.will(func(w http.ResponseWriter, request *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 1<<16)
		for request.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	b.run()
	b.tell(catalog.EventAccountRegistered, `{}`)
	b.until("it is taken", `select state = 'delivered' from webhook_deliveries`)
	r.will(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)) })
	b.tell(catalog.EventAccountRegistered, `{}`)
	b.until("it is refused", `select count(*) = 1 from webhook_deliveries where state = 'pending' and attempts = 1 and last_status = 0 and last_error <> ''`)
}
