package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
)

// TestInterrupted: what a process had in hand when it died is sent again where
// mailboxes recognise it, under the same name; elsewhere nobody knows whether it
// arrived, so it is not, and administrators see that.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, repeatable := range map[string]bool{"mail": true, "text": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := prepare(t)
			b.config.Transports = map[catalog.Channel]Transport{catalog.ChannelEmail: named{b, repeatable}}
			b.put(catalog.Message{Recipient: "lee@example.org", Kind: catalog.MessagePresenter, Values: map[string]string{"name": "Lee", "link": "x"}}, nil)
			if _, err := b.pool.Exec(t.Context(), `update messages set attempts = 1, handed_at = now(), claimed_until = now() - interval '1 second', next_attempt_at = now()`); err != nil {
				t.Fatal(err)
			}
			b.run()
			if repeatable {
				b.receive()
				b.until("sent", `select sent_at is not null and attempts = 2 from messages`)
				return
			}
			b.until("given up, its content kept", `select outcome = 'unsure' and sent_at is null and sealed_content is not null from messages`)
			if len(b.sent) != 0 {
				t.Error("it was sent again")
			}
		})
	}
}

// named is the bundle's transport, repeatable or not.
type named struct {
	*testBundle
	repeatable bool
}

func (n named) Repeatable() bool { return n.repeatable }

// TestOneInHand: while a sender has a message in hand, no other touches it.
func TestOneInHand(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.put(codeFor("lee@example.org", "123456"), nil)
	if _, err := b.pool.Exec(t.Context(), `update messages set claimed_until = now() + interval '1 minute', next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.put(codeFor("next@example.org", "123456"), nil)
	if got := b.receive(); got.To != "next@example.org" {
		t.Errorf("sent %s", got.To)
	}
}

// TestRejected: an address that does not exist is marked; what comes later for
// it is not tried, until an administrator lifts it.
func TestRejected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.breakWith(&Rejection{Reason: "550 5.1.1 no such user", Address: true})
	b.put(codeFor("nobody@example.org", "123456"), nil)
	b.until("given up", `select outcome = 'undeliverable' and sealed_content is null from messages`)
	b.until("marked", `select count(*) = 1 from undeliverable where channel = 'email' and address = 'nobody@example.org' and detail like '550%' and message_id <> ''`)
	b.breakWith(nil)
	b.put(codeFor("nobody@example.org", "654321"), nil)
	b.until("the second is given up", `select count(*) = 2 from messages where outcome = 'undeliverable'`)
	if _, err := b.pool.Exec(t.Context(), `delete from undeliverable`); err != nil {
		t.Fatal(err)
	}
	b.put(codeFor("nobody@example.org", "111111"), nil)
	b.receive()
}

// TestCaps: an address gets so many messages a day. Codes beyond that are given
// up; the rest waits for its turn.
func TestCaps(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Caps = Caps{Codes: 2, Others: 1} })
	note := catalog.Message{Recipient: "lee@example.org", Kind: catalog.MessagePresenter, Values: map[string]string{"name": "Lee", "link": "x"}}
	for _, m := range []catalog.Message{codeFor("lee@example.org", "1"), codeFor("lee@example.org", "2"), note} {
		b.put(m, nil)
		b.receive()
	}
	b.put(codeFor("lee@example.org", "3"), nil)
	b.put(note, nil)
	b.until("the third code is given up", `select count(*) = 1 from messages where outcome = 'capped' and sealed_content is null`)
	b.until("the second note waits a day", `select count(*) = 1 from messages where given_up_at is null and sent_at is null and not urgent and next_attempt_at > now() + interval '23 hours'`)
	if _, err := b.pool.Exec(t.Context(), `update messages set handed_at = handed_at - interval '1 day', next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	if got := b.receive(); got.Kind != catalog.MessagePresenter {
		t.Errorf("sent %s", got.Kind)
	}
}

// TestAlarm: a channel that takes nothing for long is said so in the log, once,
// and that it works again.
func TestAlarm(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	h := newHealth(slog.New(slog.NewTextHandler(&lines, nil)))
	ctx := context.Background()
	h.refused(ctx, catalog.ChannelEmail, errors.New("connection refused"))
	if lines.Len() > 0 {
		t.Errorf("one failure is an alarm: %s", &lines)
	}
	h.since[catalog.ChannelEmail] = time.Now().Add(-2 * alarmAfter)
	h.refused(ctx, catalog.ChannelEmail, errors.New("connection refused"))
	h.refused(ctx, catalog.ChannelEmail, errors.New("connection refused"))
	h.took(ctx, catalog.ChannelEmail)
	h.took(ctx, catalog.ChannelEmail)
	if got := lines.String(); strings.Count(got, "level=ERROR") != 1 || strings.Count(got, "takes messages again") != 1 {
		t.Errorf("log:\n%s", got)
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempts int
		urgent   bool
		want     time.Duration
	}{{1, false, 5 * time.Second}, {2, false, 10 * time.Second}, {3, true, 20 * time.Second}, {9, true, 20 * time.Second}, {50, false, 15 * time.Minute}} {
		if got := pause(c.attempts, c.urgent); got != c.want {
			t.Errorf("pause after %d attempts, urgent %t: %s, want %s", c.attempts, c.urgent, got, c.want)
		}
	}
}
