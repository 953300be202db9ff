package notify

import (
	"context"
	"encoding/json"
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

// Queues: what somebody waits for in front of a screen, and the rest.
const (
	QueueUrgent = "notify_urgent"
	QueueCalm   = "notify"
)

// SendArgs hints that a message may want sending.
type SendArgs struct {
	MessageID string `json:"message_id"`
}

// Kind is the job's name in the queue.
func (SendArgs) Kind() string { return "notify_send" }

// InsertOpts asks for one attempt: what comes after a failure is decided by the row.
func (SendArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// How long messages are tried.
const (
	// urgentLife is how long a one-time code is worth sending: its own life.
	urgentLife = 10 * time.Minute
	// calmLife is how long the rest is tried: longer than any mail server is away.
	calmLife = 14 * 24 * time.Hour
)

// Outbox takes messages. It is safe for concurrent use.
type Outbox struct {
	client *river.Client[pgx.Tx] // never started
	sealer *catalog.Sealer
}

// NewOutbox makes an outbox over the database of pool. What middleware there is
// stands around the insertion of jobs.
func NewOutbox(pool *pgxpool.Pool, sealer *catalog.Sealer, log *slog.Logger, middleware ...rivertype.Middleware) (*Outbox, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: log, Middleware: middleware})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	return &Outbox{client: client, sealer: sealer}, nil
}

// content is what is sealed.
type content struct {
	Locale  string               `json:"locale"`
	Program catalog.ProgramID    `json:"program,omitempty"`
	Values  map[string]string    `json:"values"`
	Times   map[string]time.Time `json:"times,omitempty"`
}

// Put queues a message in the caller's transaction: it is sent when that
// commits, and never when it does not. A second message with the same
// Idempotency is dropped.
//
// What is urgent gets its job at once. The rest is left to the sweeper, which
// gives out jobs no faster than they are done: twenty thousand invitations are
// twenty thousand rows, and nothing else.
func (o *Outbox) Put(ctx context.Context, tx pgx.Tx, m catalog.Message) error {
	plain, err := json.Marshal(content{Locale: m.Locale, Program: m.Program, Values: m.Values, Times: m.Times})
	if err != nil {
		return err
	}
	id, urgent := catalog.NewID("msg"), m.Kind.Urgent()
	added, err := tx.Exec(ctx, `insert into messages (id, recipient, kind, urgent, sealed_content, idempotency, expires_at, next_attempt_at, only_channel, only_to)
		values ($1, $2, $3, $4, $5, nullif($6, ''), $7, now() + $8::interval, $9, $10) on conflict (idempotency) do nothing`,
		id, m.Recipient, m.Kind, urgent, o.sealer.Seal(plain, id), m.Idempotency, expiry(m, time.Now()), firstLook(urgent), m.Only.Channel, m.Only.Address)
	if err != nil {
		return fmt.Errorf("queue %s: %w", m.Kind, err)
	}
	if added.RowsAffected() == 0 || !urgent {
		return nil
	}
	if _, err := o.client.InsertTx(ctx, tx, SendArgs{MessageID: id}, &river.InsertOpts{Queue: QueueUrgent}); err != nil {
		return fmt.Errorf("enqueue message: %w", err)
	}
	return nil
}

// expiry is when a message is not sent any more.
func expiry(m catalog.Message, now time.Time) time.Time {
	switch {
	case !m.Expires.IsZero():
		return m.Expires
	case m.Kind.Urgent():
		return now.Add(urgentLife)
	default:
		return now.Add(calmLife)
	}
}

// firstLook is when the sweeper looks at a fresh message.
func firstLook(urgent bool) time.Duration {
	if urgent {
		return 15 * time.Second // its own job was lost
	}
	return 0
}
