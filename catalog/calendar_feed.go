package catalog

import (
	"crypto/sha256"
	"strings"
)

// CalendarFeeds begins the addresses under which calendar programs, which cannot
// sign in, find somebody's live sessions: a token follows, and the ending.
const CalendarFeeds = "/calendars/"

const calendarFeedEnding = ".ics"

// CalendarFeedPath is the address of a token.
func CalendarFeedPath(token string) string { return CalendarFeeds + token + calendarFeedEnding }

// HashCalendarToken is what is kept of a token; ok is false when it cannot be one.
func HashCalendarToken(token string) (hash []byte, ok bool) {
	sum := sha256.Sum256([]byte(token))
	return sum[:], ValidToken(token)
}

// LoggedPath is a path as logs may have it: without a secret that is part of it.
func LoggedPath(path string) string {
	if strings.HasPrefix(path, CalendarFeeds) {
		return CalendarFeeds + "…" + calendarFeedEnding
	}
	return path
}
