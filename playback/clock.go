package playback

import "time"

// Limits of the clock rule.
const (
	// SlackMS is how far, in media milliseconds, a doctor may be credited
	// ahead of the clock: buffers, rounding and a late start of the session
	// must not cost an honest viewer a second. It exists once for a doctor.
	SlackMS = 15_000
	// NormalSpeed is a rate of 1×. Rates are whole percent, so that the rule is
	// exact arithmetic.
	NormalSpeed = 100
	// FastestSpeed is the highest rate that any rule may allow.
	FastestSpeed = 200
)

// Clock is the time a playback session is worth. It only knows the server's
// clock: what a device believes about the time does not matter.
type Clock struct {
	StartedAt time.Time
	EndedAt   time.Time // zero while the session lasts
	Speed     int64     // percent: the fastest the session has told to play, see [Speed]
	CarryMS   int64     // credited by earlier sessions ahead of their clock
	SpentMS   int64     // media time charged to this session
}

// Speed is the rate, in percent, that counts for the clock when a player says
// it plays at told percent: at least 1× (a slow player may have been faster
// since its last beat), at most the rule's limit. An unusable limit means
// [FastestSpeed].
func Speed(told, limit int64) int64 {
	if limit <= 0 || limit > FastestSpeed {
		limit = FastestSpeed
	}
	return min(max(told, min(NormalSpeed, limit)), limit)
}

// Budget is the media time, in milliseconds, that the clock has brought until
// now and that is not spent. It is negative while the session is ahead of it.
func (c Clock) Budget(now time.Time) int64 {
	if !c.EndedAt.IsZero() && c.EndedAt.Before(now) {
		now = c.EndedAt
	}
	elapsed := max(0, now.Sub(c.StartedAt).Milliseconds())
	return elapsed*c.Speed/NormalSpeed - c.CarryMS - c.SpentMS
}

// Allowance is the most media time that may be credited now. A session that
// ended has no slack: its successor has it.
func (c Clock) Allowance(now time.Time) int64 {
	budget := c.Budget(now)
	if c.EndedAt.IsZero() {
		budget += SlackMS
	}
	return max(0, budget)
}

// Carry is what the doctor's next session inherits when this one ends now: how
// far it is ahead of its clock.
func (c Clock) Carry(now time.Time) int64 { return max(0, -c.Budget(now)) }
