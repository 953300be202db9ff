package identity

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"time"

	"rounds/catalog"
)

// Asker is where a request comes from, as far as signing in needs to know. It
// travels in the request's context beside its Principal.
type Asker struct {
	Browser string // the random name in the browser's cookie; empty when it keeps none
	Network string // see NetworkOf
	Trusted bool   // the network is one whose failures are not counted, such as a hospital's
	Device  string // the User-Agent, cut short
}

// NetworkOf is what failures are counted by: an IPv4 address, or the /64 of an
// IPv6 address, which is what one household or one phone has.
func NetworkOf(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		prefix, err := address.Prefix(64)
		if err == nil {
			return prefix.String()
		}
	}
	if !address.IsValid() {
		return ""
	}
	return address.String()
}

// BrowserHash is what the browser's name is stored as; nil without one.
func (a Asker) BrowserHash() []byte {
	if a.Browser == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(a.Browser))
	return sum[:]
}

type askerKey struct{}

// WithAsker returns ctx carrying a.
func WithAsker(ctx context.Context, a Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

// AskerOf returns where the request of ctx comes from; the zero Asker inside the program.
func AskerOf(ctx context.Context) Asker {
	a, _ := ctx.Value(askerKey{}).(Asker)
	return a
}

// Limits of one network, over all processes. Only failures count, for a whole
// hospital can have one address: codes and invitations that were wrong, and codes
// that were asked for and never entered.
const (
	FailureWindow  = 10 * time.Minute
	MostFailures   = 100  // wrong codes within FailureWindow
	MostUnanswered = 3000 // codes asked for and not entered within it: mails to strangers
)

// TooManyAtOnce is the code of an error that may be gone a moment later.
const TooManyAtOnce = "too_many_at_once"

// Failures is what is counted about a network within FailureWindow.
type Failures struct {
	Wrong      int
	Trying     int // tries that are under way: each may turn out to be wrong
	Unanswered int
	Since      time.Time // of the oldest
}

// Try is one try of a secret while it is under way. The zero value is of a
// network that is not counted.
type Try struct {
	Network string
	Minute  time.Time // in which it began
}

// Allow decides whether somebody of the network may try, or ask for a code, if
// all who do so now were wrong. The error is a *catalog.RateLimitError with
// too_many_failures, or with too_many_at_once when the tries that are under way
// decide: then a moment later it may be different.
func (f Failures) Allow(now time.Time) error {
	switch {
	case f.Wrong >= MostFailures || f.Unanswered >= MostUnanswered:
		return &catalog.RateLimitError{
			Code: "too_many_failures", RetryAfter: min(FailureWindow, max(time.Second, f.Since.Add(FailureWindow).Sub(now))),
			Message: "Too many wrong codes came from your network. Please wait some minutes and try again.",
		}
	case f.Busy():
		return &catalog.RateLimitError{
			Code: TooManyAtOnce, RetryAfter: time.Second,
			Message: "Very many people of your network are signing in at this moment. Please try again.",
		}
	}
	return nil
}

// Busy tells that the tries under way are as many as may still be wrong.
func (f Failures) Busy() bool {
	return f.Wrong+f.Trying >= MostFailures || f.Unanswered+f.Trying >= MostUnanswered
}
