package playback

import (
	"strings"
	"time"

	"rounds/catalog"
)

// PlayFailure is a report of play that could not even be opened: there is no
// session whose beats would bring it.
type PlayFailure struct {
	AccountID catalog.AccountID
	WebinarID catalog.WebinarID
	Code      string // what the player says went wrong
	Device    string // "phone", "tablet", "computer"; empty: not known
	Browser   string
}

// FailuresAnHour bounds how many such reports are kept of an account.
const FailuresAnHour = 5

// ErrTooManyReports refuses one more.
var ErrTooManyReports = &catalog.RateLimitError{
	Code: "too_many_reports", RetryAfter: time.Hour, Message: "You have reported this several times already. Somebody looks after it.",
}

// referenceLength is how many symbols of an id people read to each other.
const referenceLength = 6

// Reference is what people name a report by: the end of its id.
func (id PlayReportID) Reference() string {
	return strings.ToUpper(string(id[max(0, len(id)-referenceLength):]))
}
