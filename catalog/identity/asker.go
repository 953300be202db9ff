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

// Failures is what is counted about a network within FailureWindow.
type Failures struct {
	Wrong      int
	Unanswered int
	Since      time.Time // of the oldest
}

// Allow decides whether somebody of the network may try, or ask for a code. The
// error is a *catalog.RateLimitError with too_many_failures.
func (f Failures) Allow(now time.Time) error {
	if f.Wrong < MostFailures && f.Unanswered < MostUnanswered {
		return nil
	}
	return &catalog.RateLimitError{
		Code: "too_many_failures", RetryAfter: min(FailureWindow, max(time.Second, f.Since.Add(FailureWindow).Sub(now))),
		Message: "Too many wrong codes came from your network. Please wait some minutes and try again.",
	}
}
