package playback

import (
	"time"

	"rounds/catalog"
)

// Devices limits on how many devices a doctor has playback open. A device is a
// login: a browser in which the doctor signed in. Those on which play was opened
// last count; a login that this many others have followed since, within the
// window, cannot open play again: signing in on it afresh makes it the newest.
// So nobody is ever locked out, and an account that is passed around needs a new
// code from its owner's mailbox each time.
type Devices struct {
	Most   int           // 0: any number
	Window time.Duration // a device on which nothing was opened for so long does not count
}

// Full tells whether a login that has played before must give way, when that
// many other logins have opened play after it and within the window.
func (d Devices) Full(followers int) bool { return d.Most > 0 && followers >= d.Most }

// ErrDeviceLimit refuses to open play on a device that had to give way.
var ErrDeviceLimit = &catalog.ConflictError{
	Code:    "device_limit",
	Message: "You have played on other devices since, and only a few can be in use at the same time. To play here, sign in again on this device.",
}
