package playback

import (
	"time"

	"rounds/catalog"
)

// Source tells how seconds were watched.
type Source string

// The sources of coverage. The values are part of the API.
const (
	SourceLive   Source = "live"
	SourceReplay Source = "replay"
)

// Coverage is what one enrolment has watched of one webinar, by source.
type Coverage struct {
	Live, Replay Ranges
	// LiveConfirmed tells that a person has confirmed where the live session
	// lies on the recording.
	LiveConfirmed bool
}

// Certain is the coverage that a completion may be recorded by: without what
// was attended live as long as nobody has confirmed the live map. It shows at
// once and moves the resume position; what stands for good waits.
func (c Coverage) Certain() Coverage {
	if !c.LiveConfirmed {
		c.Live = nil
	}
	return c
}

// Union is what was watched in either way.
func (c Coverage) Union() Ranges { return c.Live.Union(c.Replay) }

// Counted is the coverage that a rule looks at.
func (c Coverage) Counted(counts catalog.Counts) Ranges {
	switch counts {
	case catalog.CountsLive:
		return c.Live
	case catalog.CountsReplay:
		return c.Replay
	default:
		return c.Union()
	}
}

// Requirement is one condition of completion.
type Requirement struct {
	Kind        RequirementKind
	State       RequirementState
	Have        float64 // same unit as Need; percent for "watched"
	Need        float64
	Explanation catalog.Sentence // for the doctor
	Waiver      *Waiver          // when the state is Waived
}

// RequirementKind names a condition. The values are part of the API.
type RequirementKind string

// The kinds of requirement.
const (
	KindWatched  RequirementKind = "watched"  // of a webinar: percent of the recording
	KindWebinars RequirementKind = "webinars" // of a program: webinars completed
)

// RequirementState tells whether a condition holds. The values are part of the API.
type RequirementState string

// The states of a requirement.
const (
	Met    RequirementState = "met"
	Unmet  RequirementState = "unmet"
	Waived RequirementState = "waived" // by an administrator, with a reason
)

// Completion is the recorded fact that all requirements of a webinar were met
// or waived.
type Completion struct {
	RuleVersion int
	At          time.Time
	// ExclusionsVersion is of the recording's excluded ranges; 0: there were none.
	ExclusionsVersion int
	// Waiver is what it was reached by; empty when it was by watching. The
	// completion stands also when that waiver is revoked.
	Waiver WaiverID
}

// Percent is the share of a recording that covered milliseconds are, from 0 to
// 100, cut (never rounded up) to hundredths: 100 means every millisecond, and
// no threshold is reached by rounding. It is 0 for a recording without length.
func Percent(coveredMS, durationMS int64) float64 {
	if durationMS <= 0 {
		return 0
	}
	return float64(min(max(0, coveredMS), durationMS)*10_000/durationMS) / 100
}

// Completed tells whether all requirements are met or waived; false when there are none.
func Completed(requirements []Requirement) bool {
	for _, r := range requirements {
		if r.State == Unmet {
			return false
		}
	}
	return len(requirements) > 0
}

func countedIn(counts catalog.Counts) catalog.Sentence {
	switch counts {
	case catalog.CountsLive:
		return catalog.Say("live session")
	case catalog.CountsReplay:
		return catalog.Say("recording")
	default:
		return catalog.Say("webinar")
	}
}

// explainWebinars words how many webinars of a program are completed.
func explainWebinars(have, need int) catalog.Sentence {
	if need == 0 {
		return catalog.Say("This program has no webinars yet.")
	}
	return catalog.Say("You have completed %d of %d webinars.", have, need)
}
