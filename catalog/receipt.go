package catalog

import (
	"slices"
	"time"
)

// ReceiptState is what a service says of a message that it took.
type ReceiptState string

// The states of a receipt.
const (
	ReceiptSent      ReceiptState = "sent"      // on its way
	ReceiptFailed    ReceiptState = "failed"    // it did not arrive
	ReceiptDelivered ReceiptState = "delivered" // on the phone
	ReceiptRead      ReceiptState = "read"      // its reader lets others know
)

// ReceiptStates are all there are, each worth more than those before: services
// tell in any order, and a delivery proves a failure wrong.
var ReceiptStates = []ReceiptState{ReceiptSent, ReceiptFailed, ReceiptDelivered, ReceiptRead}

// Supersedes tells whether s is news after what was known; "" is nothing.
func (s ReceiptState) Supersedes(known ReceiptState) bool {
	return slices.Index(ReceiptStates, s) > slices.Index(ReceiptStates, known)
}

// Receipt is what a service says of one message.
type Receipt struct {
	Channel    Channel
	ProviderID string // by which the service knows it
	MessageID  string // by which we do; empty when the service did not say
	State      ReceiptState
	At         time.Time
	Detail     string // why it failed, in its words
	DeadNumber bool   // it will never arrive there
}
