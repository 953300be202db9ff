package playback

import (
	"math"
	"time"

	"rounds/catalog"
)

// Case is all that the completion of one webinar by one doctor is judged by.
type Case struct {
	Rule       catalog.Rule
	DurationMS int64  // of the recording that counts; 0 without one
	Excluded   Ranges // of that recording: neither had nor needed
	Coverage   Coverage
	Done       *Completion // recorded before: it stands whatever the rule says
	Waiver     *Waiver     // in force
}

// Certain is the case without what a completion may not be recorded by: live
// seconds whose place nobody has confirmed.
func (c Case) Certain() Case {
	c.Coverage = c.Coverage.Certain()
	return c
}

// Counting is the part of the recording that the rule looks at.
func (c Case) Counting() Ranges {
	return NewRanges(Range{0, c.DurationMS}).Subtract(c.Excluded)
}

// Have is what is covered of it, in the way that the rule counts.
func (c Case) Have() Ranges { return c.Coverage.Counted(c.Rule.Counts).Intersect(c.Counting()) }

// Gaps are what is missing of it: watching them all is 100 %.
func (c Case) Gaps() Ranges { return c.Counting().Subtract(c.Have()) }

// NeedMS is the least covered time that meets the rule.
func (c Case) NeedMS() int64 { return needMS(c.Rule, c.Counting().Total()) }

// MissingMS is how much is still to be watched until the rule is met.
func (c Case) MissingMS() int64 { return max(0, c.NeedMS()-c.Have().Total()) }

// reached tells whether what was watched meets the rule.
func (c Case) reached() bool {
	counting := c.Counting().Total()
	return counting > 0 && c.Have().Total() >= needMS(c.Rule, counting)
}

// needMS is the least part of ms whose percentage, rounded as the rule says, is
// at least the threshold: whole numbers only, so no threshold is reached or
// missed by the arithmetic. Thresholds have two decimals.
func needMS(rule catalog.Rule, ms int64) int64 {
	hundredths := int64(math.Round(rule.ThresholdPercent * 100))
	whole := ceilDiv(hundredths, 100)
	switch rule.Rounding {
	case catalog.RoundFloor:
		return ceilDiv(whole*ms, 100)
	case catalog.RoundNearest:
		return ceilDiv((2*whole-1)*ms, 200)
	default:
		return ceilDiv(hundredths*ms, 10_000)
	}
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// Judge returns the requirements of a webinar. A recorded completion stands: a
// later change of the rule, the exclusions or the recording, or a revoked
// waiver, takes nothing back, and the explanation says so.
func Judge(c Case) []Requirement {
	watched := Requirement{
		Kind: KindWatched, State: Unmet,
		Have: Percent(c.Have().Total(), c.Counting().Total()), Need: c.Rule.ThresholdPercent,
	}
	so := catalog.Say("You have watched %g %% of the %s%s; %g %% are needed%s.", watched.Have, countedIn(c.Rule.Counts), c.without(), watched.Need, c.rounded())
	switch {
	case c.reached():
		watched.State, watched.Explanation = Met, so
	case c.Done != nil && c.Done.Waiver == "":
		watched.State = Met
		watched.Explanation = catalog.Say("You completed this webinar on %s under the rule then in force; that stands.",
			c.Done.At.UTC().Format(time.DateOnly))
	case c.Waiver != nil:
		watched.State, watched.Waiver = Waived, c.Waiver
		watched.Explanation = catalog.Say("An administrator has waived this webinar for you: it need not be watched.")
	case c.Done != nil:
		watched.State = Met
		watched.Explanation = catalog.Say("An administrator had waived this webinar for you. The waiver was revoked later; your completion of %s stands.",
			c.Done.At.UTC().Format(time.DateOnly))
	default:
		watched.Explanation = catalog.Join(so, catalog.Say("%s still to watch.", wordTime(c.MissingMS())))
	}
	return []Requirement{watched}
}

// without words that part of the recording does not count.
func (c Case) without() catalog.Sentence {
	if left := c.DurationMS - c.Counting().Total(); left > 0 {
		return catalog.Say(" without the %s that do not count", wordTime(left))
	}
	return catalog.Sentence{}
}

// rounded words how the rule rounds, when it does.
func (c Case) rounded() catalog.Sentence {
	switch c.Rule.Rounding {
	case catalog.RoundFloor:
		return catalog.Say(", rounded down to whole percent")
	case catalog.RoundNearest:
		return catalog.Say(", rounded to whole percent")
	default:
		return catalog.Sentence{}
	}
}

// wordTime words a length of time, rounded up to a second: "12 min 30 s", "5 min".
func wordTime(ms int64) catalog.Sentence {
	seconds := (max(0, ms) + 999) / 1000
	if seconds < 60 {
		return catalog.Say("%d s", seconds)
	}
	if seconds%60 == 0 {
		return catalog.Say("%d min", seconds/60)
	}
	return catalog.Say("%d min %d s", seconds/60, seconds%60)
}
