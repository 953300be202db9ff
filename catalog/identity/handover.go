package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"math/big"
	"slices"
	"time"

	"rounds/catalog"
)

// A Handover is a sign-in that a phone hands to a computer which others use too,
// such as a ward's: nothing is typed there, and nothing stays. The computer shows
// a picture with an address and a number; the phone, which is signed in, opens the
// address, sees what asks, and picks the number.
//
// A picture can be passed on to somebody who is to be deceived. So a handover is
// good for a few minutes and one sign-in, only in the browser that asked for it;
// the phone has one try to name the number, and is told when the computer is in
// another network.
type Handover struct {
	ID        string // in the picture: 128 random bits
	Number    int    // two digits, on the computer's screen
	Numbers   []int  // what the phone shows, Number among them
	Network   string // of the computer
	Device    string // its User-Agent
	State     HandoverState
	AccountID catalog.AccountID // who has confirmed it
	CreatedAt time.Time
	ExpiresAt time.Time
}

// HandoverState is how far one has come.
type HandoverState string

// The states of a handover.
const (
	HandoverWaiting   HandoverState = "waiting"
	HandoverConfirmed HandoverState = "confirmed"
	HandoverRefused   HandoverState = "refused" // by its owner, or by a wrong number
	HandoverUsed      HandoverState = "used"
)

// Limits of handovers.
const (
	HandoverLife     = 3 * time.Minute
	HandoverNumbers  = 3                // how many a phone shows
	MostHandovers    = 300              // that a network may begin within HandoverWindow
	HandoverWindow   = 10 * time.Minute // in which they are counted
	firstNumber      = 10
	lastNumber       = 99
	handoverIDPrefix = "hov"
)

// Why a handover lets nobody in. The first two are *catalog.FieldError values,
// the third is a *catalog.ConflictError.
var (
	// ErrHandoverOver: it has expired, was refused, was used, or is another browser's.
	ErrHandoverOver error = &catalog.FieldError{
		Field: "handover", Code: "handover_over",
		Message: "This sign-in is over. Please start again on the computer.",
	}
	// ErrHandoverNumber: the phone named another number; the handover is refused.
	ErrHandoverNumber error = &catalog.FieldError{
		Field: "number", Code: "handover_number",
		Message: "The computer shows another number, so nobody was signed in. If somebody sent you this page or its picture, it was an attempt to get into your account. Otherwise please start again on the computer.",
	}
	// ErrHandoverWaits: the phone has not confirmed it yet.
	ErrHandoverWaits error = &catalog.ConflictError{
		Code: "handover_waiting", Message: "Please confirm on your phone first.",
	}
)

// NewHandover begins one, with the secret for the cookie of the computer's browser.
func NewHandover(asker Asker, now time.Time) (h Handover, secret string) {
	numbers := distinctNumbers(HandoverNumbers)
	h = Handover{
		ID: handoverIDPrefix + "_" + catalog.NewToken(), Number: numbers[0], Network: asker.Network, Device: asker.Device,
		Numbers: numbers, State: HandoverWaiting, CreatedAt: now, ExpiresAt: now.Add(HandoverLife),
	}
	place := below(len(numbers))
	numbers[0], numbers[place] = numbers[place], numbers[0]
	return h, catalog.NewToken()
}

// distinctNumbers are n different numbers of two digits.
func distinctNumbers(n int) []int {
	var numbers []int
	for len(numbers) < n {
		if next := firstNumber + below(lastNumber-firstNumber+1); !slices.Contains(numbers, next) {
			numbers = append(numbers, next)
		}
	}
	return numbers
}

// below draws from 0 to n-1.
func below(n int) int {
	drawn, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // never, see crypto/rand
	}
	return int(drawn.Int64())
}

// HandoverSecretHash is what the secret of a computer's browser is stored as.
func HandoverSecretHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Decide is the state after its owner has decided on the phone; errors are
// ErrHandoverOver and ErrHandoverNumber, and with the latter the state is to be
// kept as well.
func (h Handover) Decide(confirm bool, number int, now time.Time) (HandoverState, error) {
	switch {
	case h.State != HandoverWaiting || !now.Before(h.ExpiresAt):
		return h.State, ErrHandoverOver
	case !confirm:
		return HandoverRefused, nil
	case number != h.Number:
		return HandoverRefused, ErrHandoverNumber
	default:
		return HandoverConfirmed, nil
	}
}

// Use is the state after the computer has come for it, with the hash that its
// secret has; errors are ErrHandoverOver and ErrHandoverWaits.
func (h Handover) Use(stored, came []byte, now time.Time) (HandoverState, error) {
	switch {
	case subtle.ConstantTimeCompare(stored, came) != 1 || !now.Before(h.ExpiresAt):
		return h.State, ErrHandoverOver
	case h.State == HandoverWaiting:
		return h.State, ErrHandoverWaits
	case h.State != HandoverConfirmed:
		return h.State, ErrHandoverOver
	default:
		return HandoverUsed, nil
	}
}

// AllowHandover decides whether one more may begin in a network that has begun
// some within HandoverWindow, the oldest at the time oldest. The error is a
// *catalog.RateLimitError with too_many_handovers.
func AllowHandover(begun int, oldest, now time.Time) error {
	if begun < MostHandovers {
		return nil
	}
	return &catalog.RateLimitError{
		Code: "too_many_handovers", RetryAfter: max(time.Second, oldest.Add(HandoverWindow).Sub(now)),
		Message: "Too many sign-ins by phone were begun in your network. Please use your e-mail address, or try again later.",
	}
}
