package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

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

// Outbox takes messages. It is safe for concurrent use.
type Outbox struct {
	client *river.Client[pgx.Tx] // never started
	sealer *catalog.Sealer
}

// NewOutbox makes an outbox over the database of pool.
func NewOutbox(pool *pgxpool.Pool, sealer *catalog.Sealer, log *slog.Logger) (*Outbox, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("river client: %w", err)
	}
	return &Outbox{client: client, sealer: sealer}, nil
}

// content is what is sealed.
type content struct {
	Locale string            `json:"locale"`
	Values map[string]string `json:"values"`
}

// Put queues a message in the caller's transaction: it is sent when that
// commits, and never when it does not. A second message with the same
// Idempotency is dropped.
func (o *Outbox) Put(ctx context.Context, tx pgx.Tx, m catalog.Message) error {
	plain, err := json.Marshal(content{Locale: m.Locale, Values: m.Values})
	if err != nil {
		return err
	}
	id := catalog.NewID("msg")
	added, err := tx.Exec(ctx, `insert into messages (id, recipient, kind, sealed_content, idempotency)
		values ($1, $2, $3, $4, nullif($5, '')) on conflict (idempotency) do nothing`,
		id, m.Recipient, m.Kind, o.sealer.Seal(plain, id), m.Idempotency)
	if err != nil {
		return fmt.Errorf("queue %s: %w", m.Kind, err)
	}
	if added.RowsAffected() == 0 {
		return nil
	}
	return hint(ctx, tx, o.client, id, m.Kind)
}

// hint inserts a job for a message in the queue of its kind.
func hint(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], id string, kind catalog.MessageKind) error {
	options := &river.InsertOpts{Queue: QueueCalm}
	if kind.Urgent() {
		options.Queue = QueueUrgent
	}
	if _, err := client.InsertTx(ctx, tx, SendArgs{MessageID: id}, options); err != nil {
		return fmt.Errorf("enqueue message: %w", err)
	}
	return nil
}
