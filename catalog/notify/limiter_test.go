package notify

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// TestRateIsHeldTogether: three processes that share a database hand over as
// many messages as the rate allows them together, in any stretch of time.
func TestRateIsHeldTogether(t *testing.T) {
	t.Parallel()
	const rate, count = 60.0, 150
	b := prepare(t, func(c *Config) { c.Rates = map[catalog.Channel]float64{catalog.ChannelEmail: rate} })
	b.putMany(count, catalog.MessagePresenter)
	for range 3 {
		b.run()
	}
	for range count {
		b.receive()
	}
	var took float64
	if err := b.pool.QueryRow(t.Context(), `select extract(epoch from max(handed_at) - min(handed_at))::float8 from messages`).Scan(&took); err != nil {
		t.Fatal(err)
	}
	if least := (count - capacity(rate) - 3*calmWorkers) / rate; took < least {
		t.Errorf("%d messages were handed over in %.2f s, which is less than %.2f s", count, took, least)
	}
}

// TestCodesOvertake: while a thousand invitations wait and the rate is low, codes
// leave as fast as it allows, and nothing else does but what was on its way.
func TestCodesOvertake(t *testing.T) {
	t.Parallel()
	const codes, rate = 15, 5
	b := prepare(t, func(c *Config) { c.Rates = map[catalog.Channel]float64{catalog.ChannelEmail: rate} })
	b.putMany(1000, catalog.MessagePresenter)
	for range 2 {
		b.run()
	}
	b.receive() // the crowd is moving
	b.putMany(codes, catalog.MessageSignInCode)
	for seen := 0; seen < codes; {
		if b.receive().Kind.Urgent() {
			seen++
		}
	}
	var others int
	err := b.pool.QueryRow(t.Context(), `
		select count(*) from messages m, (select min(created_at) as began, max(handed_at) as ended from messages where urgent) codes
		where not m.urgent and m.handed_at > codes.began and m.handed_at < codes.ended`).Scan(&others)
	if err != nil {
		t.Fatal(err)
	}
	// The bucket gives the rest what is above its half, and a few may be in hand
	// when the first code comes. Without priority as many leave as codes do.
	if most := rate + 1; others > most {
		t.Errorf("%d other messages left before the last of %d codes, want at most %d", others, codes, most)
	}
}

// TestFullQueue: every worker for the rest hangs in a slow server, and a code
// still gets through.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	stuck := &stuckTransport{release: make(chan struct{}), calm: make(chan struct{}, 1000), codes: make(chan struct{}, 10)}
	b := setup(t, func(c *Config) { c.Transports = map[catalog.Channel]Transport{catalog.ChannelEmail: stuck} })
	t.Cleanup(func() { close(stuck.release) })
	b.putMany(200, catalog.MessagePresenter)
	for range calmWorkers {
		<-stuck.calm
	}
	b.put(codeFor("waiting@example.org", "123456"), nil)
	<-stuck.codes
	if len(stuck.calm) != 0 {
		t.Error("another message was begun although all workers hang")
	}
}

// stuckTransport takes codes at once and the rest when it is released.
type stuckTransport struct{ release, calm, codes chan struct{} }

func (*stuckTransport) Repeatable() bool { return true }

func (s *stuckTransport) Send(_ context.Context, m Outgoing) (string, error) {
	if m.Kind.Urgent() {
		s.codes <- struct{}{}
		return "", nil
	}
	s.calm <- struct{}{}
	<-s.release
	return "", nil
}

// TestThrottledServiceIsLeftAlone: a service that is asked too often gets a
// pause from all processes, and loses nothing.
func TestThrottledServiceIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Rates = map[catalog.Channel]float64{catalog.ChannelEmail: 50} })
	b.breakWith(&Throttle{After: 5 * time.Second, Cause: fmt.Errorf("429")})
	b.put(codeFor("patient@example.org", "123456"), nil)
	b.until("the bucket is emptied for five seconds", `select coalesce(bool_or(tokens < -200), false) from send_rates`)
	b.breakWith(nil)
	if _, err := b.pool.Exec(t.Context(), `update send_rates set tokens = 50; update messages set next_attempt_at = now()`); err != nil {
		t.Fatal(err)
	}
	b.receive()
}

// TestLimiterIsFairToItself: many waiters of one process take turns and all get through.
func TestLimiterIsFairToItself(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	l := newLimiter(b.pool, map[catalog.Channel]float64{catalog.ChannelSMS: 400})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if err := l.wait(t.Context(), catalog.ChannelSMS, i%2 == 0); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.wait(ended, catalog.ChannelSMS, true); err == nil {
		t.Error("a wait that was called off got a token")
	}
}

// putMany puts messages into the outbox in one transaction, each to an address of its own.
func (b *testBundle) putMany(count int, kind catalog.MessageKind) {
	b.t.Helper()
	info, _ := kind.Info()
	err := pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) error {
		for i := range count {
			if err := b.outbox.Put(b.t.Context(), tx, catalog.Message{Recipient: fmt.Sprintf("reader-%d@example.org", i), Kind: kind, Values: info.Sample}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
