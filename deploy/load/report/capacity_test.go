package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// measured is a step that held: a core of the API and half of one of the database
// for 13,000 viewers.
func measured(rate float64) Step {
	return Step{
		Rate: rate, Viewers: int(expected * rate), Offered: expected / 10 * rate, Requests: 1500 * rate, ToS: 60, WALMB: rate,
		Beat: Times{P99: 100}, Start: Times{P99: 200}, Parts: map[string]Use{"serve": {Cores: rate}, "postgres": {Cores: rate / 2}},
	}
}

func TestCapacityGrowsFromTheLargestStepThatHeld(t *testing.T) {
	t.Parallel()
	slow, failing := measured(3), measured(4)
	slow.Beat.P99, failing.Failed = 251, 0.01
	m := capacity([]Step{measured(1), measured(2), slow, failing})
	if m.FromRate != 2 || len(m.Needs) != 2 {
		t.Fatalf("%+v", m)
	}
	want := []Need{
		{Viewers: 13_000, APICores: 1, APIMachines: 3, DBCores: .5, DBMachine: 2, DBConnections: 30, WALMB: 1, EgressGbps: 39, EdgeRequests: 13_000/6. + 1500},
		{Viewers: 52_000, APICores: 4, APIMachines: 4, DBCores: 2, DBMachine: 4, DBConnections: 40, WALMB: 4, EgressGbps: 156, EdgeRequests: 52_000/6. + 6000, RaiseQuota: true},
	}
	for i, n := range m.Needs {
		if n != want[i] {
			t.Errorf("\n%+v, want\n%+v", n, want[i])
		}
	}
}

func TestNothingIsSaidWhenNoStepHeld(t *testing.T) {
	t.Parallel()
	dropped := measured(1)
	dropped.Dropped = 100
	r := Report{Steps: []Step{dropped}, Model: capacity([]Step{dropped})}
	var page bytes.Buffer
	if err := render(&page, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "No step held") || strings.Count(page.String(), "<svg") != len(charts()) {
		t.Error("the page says something else, or lacks a plot")
	}
}

func TestADatabaseMayBeTooLarge(t *testing.T) {
	t.Parallel()
	s := measured(1)
	s.Parts["postgres"] = Use{Cores: 10}
	if n := capacity([]Step{s}).Needs[1]; n.DBMachine != 0 {
		t.Errorf("40 cores at the peak on one of %d", n.DBMachine)
	}
}

func TestResponseTimesAreThoseOfTheTimeBetween(t *testing.T) {
	t.Parallel()
	histogram := func(counts ...uint64) *dto.Histogram {
		h := &dto.Histogram{SampleCount: &counts[len(counts)-1]}
		for i, bound := range []float64{.1, .2, .4} {
			h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: &bound, CumulativeCount: &counts[i]})
		}
		return h
	}
	if got := between(histogram(50, 50, 50), histogram(50, 150, 150)); math.Round(got.Median) != 150 || math.Round(got.P99) != 199 {
		t.Errorf("%+v; want a median of 150 and 199 for 99 %%", got)
	}
	if got := between(nil, histogram(100, 100, 100)); math.Round(got.Median) != 50 {
		t.Errorf("without a look before: %+v", got)
	}
	if got := between(histogram(5, 5, 5), histogram(5, 5, 5)); got != (Times{}) {
		t.Errorf("without requests: %+v", got)
	}
}
