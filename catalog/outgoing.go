package catalog

import "time"

// MessageState is what has become of a message in the outbox.
type MessageState string

// The states of a message.
const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageGivenUp MessageState = "given_up"
)

// SentMessage is a message as administrators see it: what became of it, never
// what it says.
type SentMessage struct {
	ID              string
	Recipient       string // e-mail address
	Kind            MessageKind
	Channel         Channel // the last one tried
	Address         string  // there; empty: never handed over
	State           MessageState
	Outcome         string // of one that was given up: expired, unsure, undeliverable, rejected, capped; by_mail: the preferred channel did not take it
	Attempts        int
	LastError       string
	TemplateVersion int // 0: the built-in text
	ProviderID      string
	CreatedAt       time.Time
	NextAttemptAt   *time.Time // of one that waits
	SentAt          *time.Time
	GivenUpAt       *time.Time
	Resendable      bool         // its content is still there
	Receipt         ReceiptState // what the service said later; empty: nothing
	ReceiptAt       *time.Time
	ReceiptDetail   string // why it did not arrive
}

// MessageFilter narrows a list of messages; empty fields do not.
type MessageFilter struct {
	State     MessageState
	Recipient string
	Kind      MessageKind
}

// Undeliverable is an address that takes no messages.
type Undeliverable struct {
	Channel   Channel
	Address   string
	Reason    string // bounce or complaint
	Detail    string // what its server said
	MessageID string // of the outbox, when it is known
	NotedAt   time.Time
}
