package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"rounds/catalog"
)

const (
	// sendTimeout bounds one delivery.
	sendTimeout = 30 * time.Second
	// jobTimeout also has room for waiting for one's turn; River's default is a minute.
	jobTimeout = urgentLife + 2*sendTimeout
	// rescueAfter tidies up jobs of dead processes.
	rescueAfter = time.Hour
	stopTimeout = 10 * time.Second

	// How many messages a process has in hand at most. Waiting for the answer of
	// a server takes most of the time of a delivery.
	urgentWorkers = 32
	calmWorkers   = 8
)

// Caps are how many messages an address gets within 24 hours. 0: any number.
type Caps struct {
	Codes  int // one-time codes; more are given up
	Others int // the rest; more wait
}

// Config is what a Sender is made of.
type Config struct {
	Pool       *pgxpool.Pool
	Sealer     *catalog.Sealer
	Transports map[catalog.Channel]Transport // mail is required
	Rules      catalog.ChannelRules          // SMS and WhatsApp only with their transport
	Rates      map[catalog.Channel]float64   // messages a second over all processes; 0: not limited
	Caps       Caps
	From       string // "Rounds <no-reply@example.org>"
	BaseURL    string // without a slash at the end; templates have it as base_url
	// Say puts a sentence into a language; nil: all stay English.
	Say func(locale string, s catalog.Sentence) string
	Log *slog.Logger
	// SweepEvery is how often the outbox is looked through for what is due; 0 means 1 s.
	SweepEvery time.Duration
	// Observe is told of every outcome, if it is not nil.
	Observe func(Outcome)
	// Middleware stands around the insertion and the work of jobs.
	Middleware []rivertype.Middleware
}

// Outcome is what came of one attempt.
type Outcome struct {
	Channel catalog.Channel
	Urgent  bool
	Result  string        // sent, postponed, or why it was given up: expired, undeliverable, rejected, capped, unsure
	Waited  time.Duration // since the message was put into the outbox
}

// Sender delivers what is in the outbox until it is stopped.
type Sender struct {
	config Config
	client *river.Client[pgx.Tx]
	limits *limiter
	health *health
}

// NewSender makes a sender. Nothing happens until Run.
func NewSender(c Config) (*Sender, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = time.Second
	}
	if c.Observe == nil {
		c.Observe = func(Outcome) {}
	}
	if c.Transports[catalog.ChannelEmail] == nil {
		return nil, errors.New("no transport for mail")
	}
	s := &Sender{config: c, limits: newLimiter(c.Pool, c.Rates), health: newHealth(c.Log)}
	kinds := river.NewWorkers()
	if err := river.AddWorkerSafely(kinds, river.WorkFunc(s.work)); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		Logger:               c.Log,
		Middleware:           c.Middleware,
		Queues:               map[string]river.QueueConfig{QueueUrgent: {MaxWorkers: urgentWorkers}, QueueCalm: {MaxWorkers: calmWorkers}},
		Workers:              kinds,
		FetchOnlyKnownKinds:  true,
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		MaxAttempts:          1,
	})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	s.client = client
	return s, nil
}

// Run sends until ctx ends, then finishes what is on its way.
func (s *Sender) Run(ctx context.Context) error {
	running := context.WithoutCancel(ctx)
	if err := s.client.Start(running); err != nil {
		return fmt.Errorf("start river: %w", err)
	}
	s.sweep(ctx)
	stopping, cancel := context.WithTimeout(running, stopTimeout)
	defer cancel()
	err := s.client.Stop(stopping)
	if errors.Is(err, context.DeadlineExceeded) { // it waits for its turn: that is no work to finish
		cancelled, done := context.WithTimeout(running, stopTimeout)
		defer done()
		err = s.client.StopAndCancel(cancelled)
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop river: %w", err)
	}
	return nil
}

func (s *Sender) work(ctx context.Context, job *river.Job[SendArgs]) error {
	return s.deliver(ctx, job.Args.MessageID)
}

// deliver sends one message and records what came of it. A message that is in
// hand elsewhere, sent or given up needs nothing. When the channel that its
// reader prefers cannot take it, it goes by mail.
func (s *Sender) deliver(ctx context.Context, id string) error {
	for {
		m, err := s.read(ctx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read message %s: %w", id, err)
		}
		again, err := s.try(ctx, m)
		if err != nil || !again {
			return err
		}
	}
}

// try makes one attempt; again says that another channel is to be tried at once.
func (s *Sender) try(ctx context.Context, m queued) (again bool, err error) {
	if fate := m.fate(s.config.Transports); fate != "" {
		return false, s.giveUp(ctx, m, fate, fateSentences[fate])
	}
	out, err := s.compose(ctx, m)
	if err != nil {
		return s.refused(ctx, m, err)
	}
	turn, cancel := context.WithDeadline(ctx, m.expires)
	err = s.limits.wait(turn, m.channel, m.urgent)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return false, s.giveUp(ctx, m, fateExpired, fateSentences[fateExpired])
	}
	if err != nil {
		return false, err
	}
	mine, err := s.claim(ctx, &m)
	if err != nil || !mine {
		return false, errors.Join(err, s.limits.giveBack(ctx, m.channel))
	}
	sending, cancel := context.WithTimeout(ctx, sendTimeout)
	provider, err := s.config.Transports[m.channel].Send(sending, out)
	cancel()
	// What a server has taken is written down even when this process shall stop.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return s.refused(ctx, m, err)
	}
	s.health.took(ctx, m.channel)
	s.config.Observe(Outcome{m.channel, m.urgent, "sent", m.age})
	_, err = s.config.Pool.Exec(ctx, `update messages set sent_at = now(), sealed_content = null, last_error = '', claimed_until = null,
		provider_id = $3, template_version = $4 where id = $1 and attempts = $2`, m.id, m.attempts, provider, out.Template.Version)
	return false, err
}

// refused decides what follows a failure, of the channel or before it.
func (s *Sender) refused(ctx context.Context, m queued, cause error) (again bool, err error) {
	if unsure := (*Unsure)(nil); errors.As(cause, &unsure) {
		return false, s.giveUp(ctx, m, fateUnsure, cause.Error())
	}
	rejection, final := rejected(cause)
	if final && rejection.Address {
		if err := s.markUndeliverable(ctx, m, rejection.Reason); err != nil {
			return false, err
		}
	}
	switch {
	case final && m.channel != catalog.ChannelEmail && !m.only:
		s.config.Log.WarnContext(ctx, "message goes by mail instead", "message", m.id, "kind", m.kind, "channel", m.channel, "reason", rejection.Reason)
		_, err := s.config.Pool.Exec(ctx, `update messages set outcome = $3, last_error = $4, claimed_until = null, next_attempt_at = now()
			where id = $1 and attempts = $2`, m.id, m.attempts, outcomeByMail, string(m.channel)+": "+rejection.Reason)
		return err == nil, err
	case final && rejection.Address:
		return false, s.giveUp(ctx, m, fateUndeliverable, rejection.Reason)
	case final:
		return false, s.giveUp(ctx, m, fateRejected, rejection.Reason)
	default:
		return false, s.postpone(ctx, m, cause)
	}
}

// postpone plans the next try; a service that is asked too often is left alone
// by all processes.
func (s *Sender) postpone(ctx context.Context, m queued, cause error) error {
	s.config.Log.WarnContext(ctx, "message not sent yet", "message", m.id, "kind", m.kind, "channel", m.channel, "attempt", m.attempts, "error", cause)
	s.config.Observe(Outcome{m.channel, m.urgent, "postponed", m.age})
	if t, ok := throttled(cause); ok {
		if err := s.limits.slow(ctx, m.channel, t.After); err != nil {
			return err
		}
	} else {
		s.health.refused(ctx, m.channel, cause)
	}
	_, err := s.config.Pool.Exec(ctx, `update messages set attempts = $2 + 1, claimed_until = null, next_attempt_at = now() + $3, last_error = $4
		where id = $1 and attempts = $2`, m.id, m.attempts, pause(m.attempts, m.urgent), cause.Error())
	return err
}

// The pauses between tries grow up to these.
const (
	longestPause       = 15 * time.Minute
	longestUrgentPause = 20 * time.Second // a code is worth something for minutes only
)

// pause is how long to wait after that many attempts.
func pause(attempts int, urgent bool) time.Duration {
	grown := 5 * time.Second << min(max(attempts-1, 0), 10)
	if urgent {
		return min(grown, longestUrgentPause)
	}
	return min(grown, longestPause)
}

// giveUp ends the tries. The content of what is no code stays for a month, so
// that administrators can have it sent again.
func (s *Sender) giveUp(ctx context.Context, m queued, fate, why string) error {
	s.config.Log.WarnContext(ctx, "message given up", "message", m.id, "kind", m.kind, "channel", m.channel, "outcome", fate, "reason", why)
	s.config.Observe(Outcome{m.channel, m.urgent, fate, m.age})
	_, err := s.config.Pool.Exec(ctx, `update messages set given_up_at = now(), sealed_content = case when urgent then null else sealed_content end,
		claimed_until = null, outcome = $3, last_error = $4 where id = $1 and attempts = $2 and sent_at is null`, m.id, m.attempts, fate, why)
	return err
}
