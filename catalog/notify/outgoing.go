package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rounds/catalog"
)

// Outgoing is a message as a channel gets it.
type Outgoing struct {
	ID      string // the outbox's; becomes the Message-ID of mail
	Kind    catalog.MessageKind
	Channel catalog.Channel
	From    string // of mail: "Rounds <no-reply@example.org>"
	To      string // e-mail address, or a number as E.164 has it
	Subject string // of mail
	Text    string // text/plain
	HTML    string // text/html

	Template   catalog.MessageText // what Text was made of
	Parameters []string            // the values in Template's body, in the order of catalog.MessageText.Fields
	Code       string              // the one-time code, if it holds one
	Country    string              // of the reader
	Expires    time.Time           // not to be delivered after that
}

// Transport hands messages of one channel over. Send returns only when the
// message is safe with the next server or on disk, with the id by which that
// knows it, or with an error: a *Rejection when trying again would not help,
// a *Throttle when it came too fast, anything else when it may be tried again.
//
// An error of a transport that is not Repeatable means that the message was
// certainly not taken; where that is not known it returns an *Unsure.
type Transport interface {
	Send(ctx context.Context, m Outgoing) (providerID string, err error)
	// Repeatable tells whether the same message may be handed over twice when
	// nobody knows what came of the first time: mail that keeps its Message-ID is
	// recognised by mailboxes, a text would arrive twice.
	Repeatable() bool
}

// Rejection says that a message will never be taken as it is.
type Rejection struct {
	Reason  string // for administrators
	Address bool   // it is the address that takes nothing, now and later
}

func (e *Rejection) Error() string { return e.Reason }

// Throttle says that the service wants to be asked less often.
type Throttle struct {
	After time.Duration // 0: not said
	Cause error
}

func (e *Throttle) Error() string { return fmt.Sprintf("asked too often: %v", e.Cause) }

// Unwrap returns what the service said.
func (e *Throttle) Unwrap() error { return e.Cause }

// Unsure says that nobody knows whether the message was taken: the line broke
// after it was said.
type Unsure struct{ Cause error }

func (e *Unsure) Error() string { return fmt.Sprintf("nobody knows whether it was taken: %v", e.Cause) }

// Unwrap returns what happened.
func (e *Unsure) Unwrap() error { return e.Cause }

// rejected and throttled find what a transport returned, however wrapped.
func rejected(err error) (*Rejection, bool) {
	var r *Rejection
	ok := errors.As(err, &r)
	return r, ok
}

func throttled(err error) (*Throttle, bool) {
	var t *Throttle
	ok := errors.As(err, &t)
	return t, ok
}
