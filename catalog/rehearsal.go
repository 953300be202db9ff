package catalog

import "time"

// Rehearsal is a webinar that one presenter tries everything with: only she and
// administrators see it, nothing in it is credited, and it is removed by itself.
type Rehearsal struct {
	ProgramID ProgramID
	WebinarID WebinarID
	CreatedAt time.Time
}
