package scale

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rules = Rules{Each: 6500, Least: 3, Most: 12, Before: 45 * time.Minute, After: 30 * time.Minute}
)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func TestMachines(t *testing.T) {
	t.Parallel()
	// A zone's loss leaves two of three: 13,000 need 2 machines, so 3; 52,000 need 8, so 12.
	for doctors, want := range map[int]int{-1: 3, 0: 3, 1: 3, 6500: 3, 13_000: 3, 13_001: 5, 26_000: 6, 52_000: 12, 100_000: 24} {
		if got := rules.Machines(doctors); got != want {
			t.Errorf("%d doctors: %d machines, want %d", doctors, got, want)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events []Event
		want   []Step
	}{
		"nothing":       {nil, []Step{{At: noon, Least: 3}}},
		"a small event": {[]Event{{at(120), at(180), 500}}, []Step{{At: noon, Least: 3}}},
		"up and back": {[]Event{{at(120), at(180), 26_000}}, []Step{
			{At: noon, Least: 3}, {At: at(75), Least: 6, Doctors: 26_000}, {At: at(210), Least: 3},
		}},
		"under way": {[]Event{{at(-10), at(50), 26_000}}, []Step{
			{At: noon, Least: 6, Doctors: 26_000}, {At: at(80), Least: 3},
		}},
		"past": {[]Event{{at(-200), at(-100), 26_000}}, []Step{{At: noon, Least: 3}}},
		"two that overlap": {[]Event{{at(120), at(180), 26_000}, {at(170), at(240), 26_000}}, []Step{
			{At: noon, Least: 3},
			{At: at(75), Least: 6, Doctors: 26_000},
			{At: at(125), Least: 12, Doctors: 52_000},
			{At: at(210), Least: 6, Doctors: 26_000},
			{At: at(270), Least: 3},
		}},
		"more than allowed": {[]Event{{at(120), at(180), 100_000}}, []Step{
			{At: noon, Least: 3}, {At: at(75), Least: 12, Doctors: 100_000, Short: true}, {At: at(210), Least: 3},
		}},
		"odd seconds": {[]Event{{at(120).Add(20 * time.Second), at(180).Add(20 * time.Second), 26_000}}, []Step{
			{At: noon, Least: 3}, {At: at(75), Least: 6, Doctors: 26_000}, {At: at(211), Least: 3},
		}},
	} {
		got := Plan(noon.Add(5*time.Second), c.events, rules)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: step %d is %+v, want %+v", name, i, got[i], c.want[i])
			}
		}
	}
}

// TestPlanNeverFallsShort: whatever the calendar, at every moment of every
// event there are machines for all doctors of all events that are then.
func TestPlanNeverFallsShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
			from := noon.Add(time.Duration(rapid.IntRange(-7200, 86_400).Draw(t, "from")) * time.Second)
			return Event{from, from.Add(time.Duration(rapid.IntRange(60, 14_400).Draw(t, "long")) * time.Second), rapid.IntRange(1, 60_000).Draw(t, "doctors")}
		}), 0, 6).Draw(t, "events")
		steps := Plan(noon, events, rules)
		when := noon.Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "when")) * time.Second)
		doctors := 0
		for _, e := range events {
			if !when.Before(e.From.Add(-rules.Before)) && when.Before(e.To.Add(rules.After)) {
				doctors += e.Doctors
			}
		}
		holds := steps[0]
		for i, s := range steps {
			if i > 0 && (!s.At.After(steps[i-1].At) || s.Least == steps[i-1].Least && s.Short == steps[i-1].Short) {
				t.Fatalf("step %d says nothing new: %+v", i, steps)
			}
			if !s.At.After(when) {
				holds = s
			}
		}
		if want := min(rules.Most, rules.Machines(doctors)); holds.Least < want {
			t.Fatalf("at %v %d doctors have %d machines, want %d", when, doctors, holds.Least, want)
		}
		if last := steps[len(steps)-1]; last.Least != rules.Least {
			t.Fatalf("the last step keeps %d machines", last.Least)
		}
	})
}
