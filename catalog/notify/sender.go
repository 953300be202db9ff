package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"rounds/catalog"
)

const (
	// sendTimeout bounds one delivery; River's default of one minute would do,
	// it is set on purpose.
	sendTimeout = 30 * time.Second
	// rescueAfter tidies up jobs of dead processes.
	rescueAfter = time.Hour
	// urgentLife is how long a one-time code is worth sending: its own life.
	urgentLife = 10 * time.Minute
	// calmLife is how long the rest is tried.
	calmLife = 3 * 24 * time.Hour
	// longestPause bounds the pause between two tries.
	longestPause = 15 * time.Minute
	stopTimeout  = 10 * time.Second
)

// Config is what a Sender is made of.
type Config struct {
	Pool      *pgxpool.Pool
	Sealer    *catalog.Sealer
	Transport Transport
	From      string // "Rounds <no-reply@example.org>"
	BaseURL   string // without a slash at the end; templates have it as base_url
	Log       *slog.Logger
	// SweepEvery is how often the outbox is looked through for what is due; 0 means 5 s.
	SweepEvery time.Duration
}

// Sender delivers what is in the outbox until it is stopped.
type Sender struct {
	config Config
	client *river.Client[pgx.Tx]
}

// NewSender makes a sender. Nothing happens until Run.
func NewSender(c Config) (*Sender, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = 5 * time.Second
	}
	s := &Sender{config: c}
	kinds := river.NewWorkers()
	if err := river.AddWorkerSafely(kinds, river.WorkFunc(s.work)); err != nil {
		return nil, err
	}
	client, err := river.NewClient(riverpgxv5.New(c.Pool), &river.Config{
		Logger:               c.Log,
		Queues:               map[string]river.QueueConfig{QueueUrgent: {MaxWorkers: 8}, QueueCalm: {MaxWorkers: 4}},
		Workers:              kinds,
		FetchOnlyKnownKinds:  true,
		JobTimeout:           sendTimeout,
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
	if err := s.client.Stop(stopping); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop river: %w", err)
	}
	return nil
}

func (s *Sender) work(ctx context.Context, job *river.Job[SendArgs]) error {
	return s.deliver(ctx, job.Args.MessageID)
}

// queued is a message that wants sending.
type queued struct {
	id, recipient string
	kind          catalog.MessageKind
	sealed        []byte
	attempts      int
	age           time.Duration
}

// deliver sends one message and records what came of it, holding its row's
// lock, so that nobody else sends it. A row that is locked, sent or given up
// needs nothing.
func (s *Sender) deliver(ctx context.Context, id string) error {
	return pgx.BeginFunc(ctx, s.config.Pool, func(tx pgx.Tx) error {
		m, err := take(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("take message %s: %w", id, err)
		}
		if m.age > life(m.kind) {
			return giveUp(ctx, tx, m, "too old")
		}
		if err := s.send(ctx, m); err != nil {
			s.config.Log.WarnContext(ctx, "message not sent yet", "message", id, "kind", m.kind, "attempt", m.attempts+1, "error", err)
			return postpone(ctx, tx, m, err)
		}
		_, err = tx.Exec(ctx, `update messages set sent_at = now(), sealed_content = null, attempts = attempts + 1, last_error = '' where id = $1`, id)
		return err
	})
}

func take(ctx context.Context, tx pgx.Tx, id string) (queued, error) {
	m := queued{id: id}
	var seconds float64
	err := tx.QueryRow(ctx, `select recipient, kind, sealed_content, attempts, extract(epoch from now() - created_at)
		from messages where id = $1 and sent_at is null and given_up_at is null for update skip locked`, id).
		Scan(&m.recipient, &m.kind, &m.sealed, &m.attempts, &seconds)
	m.age = time.Duration(seconds * float64(time.Second))
	return m, err
}

func life(kind catalog.MessageKind) time.Duration {
	if kind.Urgent() {
		return urgentLife
	}
	return calmLife
}

// send opens, renders and hands over a message.
func (s *Sender) send(ctx context.Context, m queued) error {
	plain, err := s.config.Sealer.Open(m.sealed, m.id)
	if err != nil {
		return fmt.Errorf("open content: %w", err)
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	mail, err := render(m.kind, c.Locale, s.known(c.Values))
	if err != nil {
		return err
	}
	mail.ID, mail.From, mail.To = m.id, s.config.From, m.recipient
	return s.config.Transport.Send(ctx, mail)
}

// known adds what every template may use to a message's own values.
func (s *Sender) known(values map[string]string) map[string]string {
	all := map[string]string{"base_url": s.config.BaseURL}
	maps.Copy(all, values)
	return all
}

func giveUp(ctx context.Context, tx pgx.Tx, m queued, why string) error {
	_, err := tx.Exec(ctx, `update messages set given_up_at = now(), sealed_content = null, last_error = $2 where id = $1`, m.id, why)
	return err
}

// postpone plans the next try: after 5, 10, 20 … seconds, 15 minutes at most.
func postpone(ctx context.Context, tx pgx.Tx, m queued, cause error) error {
	_, err := tx.Exec(ctx, `update messages set attempts = attempts + 1, next_attempt_at = now() + $2, last_error = $3 where id = $1`,
		m.id, pause(m.attempts), cause.Error())
	return err
}

// pause is how long to wait after that many failures before this one.
func pause(failures int) time.Duration {
	return min(5*time.Second<<min(failures, 10), longestPause)
}
