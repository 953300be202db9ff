package identity

import (
	"time"

	"rounds/catalog"
)

// How many codes are sent to confirm phones. Each costs money, and a number can
// be somebody's who did not ask.
const (
	phoneCodesAnHour = 3 // that an account asks for
	phoneCodesADay   = 6 // that an account asks for
	codesToAPhone    = 5 // that a number gets in a day, whoever asks
)

// PhoneCodesHad counts what was sent before.
type PhoneCodesHad struct {
	Hour, Day int // to any number, for one account
	Phone     int // to one number within a day, for any account
}

// Allow decides whether one more may be sent: a *catalog.RateLimitError when not.
func (h PhoneCodesHad) Allow() error {
	var wait time.Duration
	switch {
	case h.Day >= phoneCodesADay, h.Phone >= codesToAPhone:
		wait = 24 * time.Hour
	case h.Hour >= phoneCodesAnHour:
		wait = time.Hour
	default:
		return nil
	}
	return &catalog.RateLimitError{Code: "too_many_codes", RetryAfter: wait, Message: "Too many codes were sent. Please use the newest one, or try again later."}
}

// Why a phone is not taken. They are *catalog.FieldError values.
var (
	// ErrPhoneUnconfirmed: messages go to a number only after a code that went there.
	ErrPhoneUnconfirmed error = &catalog.FieldError{Field: "channel", Code: "phone_unconfirmed", Message: "Please confirm the phone number first, with a code that is sent to it."}
	// ErrPhoneCodeInvalid: not the digits that were sent.
	ErrPhoneCodeInvalid error = &catalog.FieldError{Field: "code", Code: "code_invalid", Message: "This code does not fit. Please enter the six digits of the newest message on your phone."}
)
