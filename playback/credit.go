package playback

import (
	"fmt"
	"math"
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
	Explanation string // a sentence for the doctor
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
	Met   RequirementState = "met"
	Unmet RequirementState = "unmet"
)

// Completion is the recorded fact that all requirements of a webinar were met.
type Completion struct {
	RuleVersion int
	At          time.Time
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

// reaches tells, in whole numbers, whether covered is at least percent of
// duration. Thresholds have two decimals.
func reaches(coveredMS, durationMS int64, percent float64) bool {
	return durationMS > 0 && coveredMS*10_000 >= int64(math.Round(percent*100))*durationMS
}

// Judge holds coverage of a recording to a program's rule and returns the
// requirements of the webinar. A recorded completion stands: a later change of
// the rule or of the recording takes nothing back, and the explanation says so.
func Judge(rule catalog.Rule, c Coverage, durationMS int64, done *Completion) []Requirement {
	covered := c.Counted(rule.Counts).Clip(0, durationMS).Total()
	watched := Requirement{
		Kind: KindWatched, State: Unmet,
		Have: Percent(covered, durationMS), Need: rule.ThresholdPercent,
	}
	switch {
	case reaches(covered, durationMS, rule.ThresholdPercent):
		watched.State = Met
		watched.Explanation = fmt.Sprintf("You have watched %g %% of the %s; %g %% are needed.",
			watched.Have, countedIn(rule.Counts), watched.Need)
	case done != nil:
		watched.State = Met
		watched.Explanation = fmt.Sprintf("You completed this webinar on %s under the rule then in force; that stands.",
			done.At.UTC().Format(time.DateOnly))
	default:
		watched.Explanation = fmt.Sprintf("You have watched %g %% of the %s; %g %% are needed. %s still to watch.",
			watched.Have, countedIn(rule.Counts), watched.Need, missing(covered, durationMS, watched.Need))
	}
	return []Requirement{watched}
}

// Completed tells whether all requirements are met; false when there are none.
func Completed(requirements []Requirement) bool {
	for _, r := range requirements {
		if r.State != Met {
			return false
		}
	}
	return len(requirements) > 0
}

func countedIn(counts catalog.Counts) string {
	switch counts {
	case catalog.CountsLive:
		return "live session"
	case catalog.CountsReplay:
		return "recording"
	default:
		return "webinar"
	}
}

// missing words how much is left until the threshold, rounded up to a second.
func missing(coveredMS, durationMS int64, percent float64) string {
	need := int64(math.Ceil(percent * float64(durationMS) / 100))
	left := time.Duration(max(0, need-coveredMS)+999) * time.Millisecond
	seconds := int64(left / time.Second)
	if seconds < 60 {
		return fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
}

// explainWebinars words how many webinars of a program are completed.
func explainWebinars(have, need int) string {
	if need == 0 {
		return "This program has no webinars yet."
	}
	return fmt.Sprintf("You have completed %d of %d webinars.", have, need)
}
