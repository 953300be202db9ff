package scale

import (
	"slices"
	"time"
)

// Event is when a crowd is there, and how many.
type Event struct {
	From, To time.Time
	Doctors  int
}

// Rules say how many machines a crowd needs, and when.
type Rules struct {
	Each        int           // doctors that one machine is planned for; at least 1
	Least, Most int           // machines at any time
	Before      time.Duration // how long before an event its machines must be there
	After       time.Duration // how long they stay
}

// Machines serve so many doctors when one zone of three is lost, which takes
// every third of them. It is not bounded by Most.
func (r Rules) Machines(doctors int) int {
	if doctors <= 0 {
		return r.Least
	}
	needed := (doctors + r.Each - 1) / r.Each
	return max(r.Least, needed+(needed+1)/2)
}

// Step says how many machines there must be at least, from a time on.
type Step struct {
	At      time.Time // to the minute
	Least   int
	Doctors int  // that are expected
	Short   bool // more would be needed than Rules.Most
}

// Plan lists the steps from now on. The first is always what holds now; each
// other one differs from the one before. Events that overlap are added up.
func Plan(now time.Time, events []Event, rules Rules) []Step {
	now = now.UTC().Truncate(time.Minute)
	times := []time.Time{now}
	for _, e := range events {
		for _, at := range []time.Time{begin(e, rules), end(e, rules)} {
			if at.After(now) {
				times = append(times, at)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	var steps []Step
	for _, at := range slices.CompactFunc(times, time.Time.Equal) {
		step := stepAt(at, events, rules)
		if n := len(steps); n == 0 || steps[n-1].Least != step.Least || steps[n-1].Short != step.Short {
			steps = append(steps, step)
		}
	}
	return steps
}

func begin(e Event, r Rules) time.Time { return e.From.UTC().Add(-r.Before).Truncate(time.Minute) }

// end is never before the minute is over.
func end(e Event, r Rules) time.Time {
	return e.To.UTC().Add(r.After + time.Minute - 1).Truncate(time.Minute)
}

func stepAt(at time.Time, events []Event, rules Rules) Step {
	step := Step{At: at}
	for _, e := range events {
		if !at.Before(begin(e, rules)) && at.Before(end(e, rules)) {
			step.Doctors += e.Doctors
		}
	}
	needed := rules.Machines(step.Doctors)
	step.Least, step.Short = min(needed, rules.Most), needed > rules.Most
	return step
}
