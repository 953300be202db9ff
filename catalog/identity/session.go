package identity

import (
	"slices"
	"strings"
	"time"

	"rounds/catalog"
)

// SessionLife is how long a login session lasts: at most Most since signing in,
// and Idle without a request.
type SessionLife struct{ Idle, Most time.Duration }

// The lives of sessions.
var (
	// ShortLife is of a device that is not remembered: a working day.
	ShortLife = SessionLife{Idle: 12 * time.Hour, Most: 24 * time.Hour}
	// RememberedLife is of a device that is: no code is needed for thirty days.
	RememberedLife = SessionLife{Idle: 30 * 24 * time.Hour, Most: 30 * 24 * time.Hour}
	// SharedLife is of a computer that others use next: whoever walks away is
	// signed out soon, and at the latest at the end of a shift.
	SharedLife = SessionLife{Idle: 30 * time.Minute, Most: 8 * time.Hour}
)

// Rememberable tells whether devices of an account with these roles can be
// remembered. Who can change what others see, or sees other people, cannot.
func Rememberable(roles []Role) bool {
	return !slices.ContainsFunc(roles, func(r Role) bool { return r == RoleAdmin || r == RoleSupport || r == RoleModerator })
}

// Login is a session that is about to be.
type Login struct {
	AccountID  catalog.AccountID
	Remembered bool   // the owner wants this device to be remembered, and it can be
	Shared     bool   // others use this device, too; it is never remembered
	Device     string // its User-Agent
}

// Life is how long it will last.
func (l Login) Life() SessionLife {
	switch {
	case l.Shared:
		return SharedLife
	case l.Remembered:
		return RememberedLife
	default:
		return ShortLife
	}
}

// Session is a login session as its owner sees it. ID is not its secret.
type Session struct {
	ID         string
	Device     string
	Remembered bool
	Shared     bool
	CreatedAt  time.Time
	LastUsedAt time.Time // to some minutes
	ExpiresAt  time.Time // unless it is used before, and never after Most
}

// browsers and systems are marks in User-Agent; the first that is found counts,
// because some name others as well.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systems  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "Chromebook"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}}
)

// DeviceName words a User-Agent for its owner, who is to recognise the device:
// "Chrome on Windows"; empty when it names neither.
func DeviceName(userAgent string) string {
	browser, system := firstMark(browsers, userAgent), firstMark(systems, userAgent)
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + " on " + system
}

func firstMark(marks [][2]string, userAgent string) string {
	for _, mark := range marks {
		if strings.Contains(userAgent, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
