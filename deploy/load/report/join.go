package main

import (
	"encoding/json"
	"os"
)

// summary is k6's --summary-export, by metric and figure.
type summary struct {
	Metrics map[string]map[string]float64
}

// readSummary reads it; figures that are not numbers, such as thresholds, are left out.
func readSummary(path string) (s summary, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	var raw struct {
		Metrics map[string]map[string]any `json:"metrics"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return s, err
	}
	s.Metrics = map[string]map[string]float64{}
	for name, figures := range raw.Metrics {
		s.Metrics[name] = map[string]float64{}
		for figure, value := range figures {
			if number, is := value.(float64); is {
				s.Metrics[name][figure] = number
			}
		}
	}
	return s, nil
}

func (s summary) times(name string) Times {
	m := s.Metrics["http_req_duration{name:"+name+"}"]
	return Times{Median: m["med"], P95: m["p(95)"], P99: m["p(99)"], Max: m["max"]}
}

// join makes a step of what k6 saw as a client and of the samples of its steady
// time: those in which beats come at nine tenths of their most.
func join(rate float64, k summary, samples []Sample) Step {
	step := Step{
		Rate: rate, Viewers: int(expected * rate), Offered: expected / 10 * rate,
		Failed: k.Metrics["http_req_failed"]["value"], Dropped: k.Metrics["dropped_iterations"]["count"],
		Beat: k.times("beat"), Start: k.times("start"), Parts: map[string]Use{}, WaitedOn: map[string]float64{},
	}
	var most float64
	for _, s := range samples {
		most = max(most, s.Requests["beats"])
	}
	var steady []Sample
	for _, s := range samples {
		if s.Requests["beats"] >= .9*most && most > 0 {
			steady = append(steady, s)
		}
	}
	if len(steady) == 0 {
		return step
	}
	step.FromS, step.ToS = steady[0].AtS, steady[len(steady)-1].AtS
	share := 1 / float64(len(steady))
	for _, s := range steady {
		for part, use := range s.Parts {
			sum := step.Parts[part]
			step.Parts[part] = Use{Cores: sum.Cores + use.Cores*share, RSSMiB: max(sum.RSSMiB, use.RSSMiB), Threads: max(sum.Threads, use.Threads)}
		}
		for _, perSecond := range s.Requests {
			step.Requests += perSecond * share
		}
		for on, n := range s.Waiting {
			step.WaitedOn[on] += n * share
		}
		step.Beats += s.Requests["beats"] * share
		step.Commits += s.Commits * share
		step.WALMB += s.WALMB * share
		step.Locks = max(step.Locks, s.Locks)
	}
	return step
}
