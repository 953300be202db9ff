package identity

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"time"

	"rounds/catalog"
)

// Limits of one-time codes (OWASP ASVS 5.0, 6.5 and 6.6): with five tries a
// code and five codes an hour, guessing succeeds with 2.5e-5 an hour.
const (
	CodeLife     = 10 * time.Minute // a code is good for so long
	CodeTries    = 5                // wrong tries before it is void
	CodesPerHour = 5                // codes an address can ask for
)

// OneTimeCode is a code that was sent, as far as the decision about a try needs it.
type OneTimeCode struct {
	ID        string
	MAC       []byte
	Tries     int
	ExpiresAt time.Time
}

// NewOneTimeCode mints six digits.
func NewOneTimeCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // never, see crypto/rand
	}
	return fmt.Sprintf("%06d", n)
}

// Pepper derives the key of CodeMAC from the master key (HKDF, RFC 5869).
func Pepper(masterKey []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, masterKey, nil, "rounds one-time codes", 32)
}

// CodeMAC is what a code is stored as: an HMAC under the server's pepper, bound
// to the row it is stored in. Spaces in what a person typed do not matter.
func CodeMAC(pepper []byte, id, code string) []byte {
	mac := hmac.New(sha256.New, pepper)
	_, _ = fmt.Fprintf(mac, "%s\x00%s", id, strings.Join(strings.Fields(code), "")) // a hash takes everything
	return mac.Sum(nil)
}

// MatchCode decides about a try of code against the codes that were sent to
// an address and not used, newest first. It returns the one that fits, or a
// *catalog.FieldError with code_invalid or code_expired, or a
// *catalog.RateLimitError with too_many_tries.
func MatchCode(sent []OneTimeCode, pepper []byte, code string, now time.Time) (OneTimeCode, error) {
	var live, exhausted bool
	for _, c := range sent {
		switch {
		case !now.Before(c.ExpiresAt):
			continue
		case c.Tries >= CodeTries:
			exhausted = true
			continue
		}
		live = true
		if hmac.Equal(c.MAC, CodeMAC(pepper, c.ID, code)) {
			return c, nil
		}
	}
	switch {
	case live:
		return OneTimeCode{}, ErrCodeInvalid
	case exhausted:
		return OneTimeCode{}, &catalog.RateLimitError{
			Code: "too_many_tries", RetryAfter: time.Minute,
			Message: "This code was entered wrongly too often. Please ask for a new code.",
		}
	case len(sent) > 0:
		return OneTimeCode{}, ErrCodeExpired
	default:
		return OneTimeCode{}, ErrCodeInvalid
	}
}

// Why a one-time code does not let in. They are *catalog.FieldError values.
var (
	// ErrCodeInvalid: not the digits that were sent.
	ErrCodeInvalid error = &catalog.FieldError{
		Field: "code", Code: "code_invalid",
		Message: "This code does not fit. Please enter the six digits of the newest mail, in the browser in which you asked for them.",
	}
	// ErrCodeExpired: the time of the code is over.
	ErrCodeExpired error = &catalog.FieldError{
		Field: "code", Code: "code_expired",
		Message: "This code has expired. Please ask for a new one.",
	}
)

// AllowCode decides whether one more code may be sent to an address that got
// sent in the last hour, the oldest of them at the time oldest. The error is a
// *catalog.RateLimitError with too_many_codes.
func AllowCode(sent int, oldest, now time.Time) error {
	if sent < CodesPerHour {
		return nil
	}
	return &catalog.RateLimitError{
		Code: "too_many_codes", RetryAfter: max(time.Second, oldest.Add(time.Hour).Sub(now)),
		Message: "Too many codes were asked for. Please use the newest mail, or try again later.",
	}
}

// MintedCode is a fresh one-time code: Digits go into the mail and nowhere
// else, the rest is stored.
type MintedCode struct {
	ID        string
	Digits    string
	MAC       []byte
	ExpiresAt time.Time
}

// MintCode makes a fresh code that is good for CodeLife.
func MintCode(pepper []byte, now time.Time) MintedCode {
	id, digits := catalog.NewID("otc"), NewOneTimeCode()
	return MintedCode{ID: id, Digits: digits, MAC: CodeMAC(pepper, id, digits), ExpiresAt: now.Add(CodeLife)}
}
