package playback_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback"
)

func ruleOf(counts catalog.Counts, percent float64, rounding catalog.Rounding) catalog.Rule {
	return catalog.Rule{Version: 1, ThresholdPercent: percent, Counts: counts, MaxRate: 2, Rounding: rounding}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	rule := catalog.DefaultRule()
	live, replay := rule, rule
	live.Counts, replay.Counts = catalog.CountsLive, catalog.CountsReplay
	floor, nearest := rule, rule
	floor.Rounding, nearest.Rounding = catalog.RoundFloor, catalog.RoundNearest
	both := playback.Coverage{Live: seconds(0, 40), Replay: seconds(30, 100)}
	watched := func(pairs ...float64) playback.Coverage { return playback.Coverage{Replay: seconds(pairs...)} }
	done := &playback.Completion{RuleVersion: 1, At: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)}
	byWaiver := &playback.Completion{RuleVersion: 1, At: done.At, Waiver: "wvr_1"}
	tests := map[string]struct {
		c     playback.Case
		state playback.RequirementState
		have  float64
		says  string
	}{
		"nothing":                        {playback.Case{Rule: rule}, playback.Unmet, 0, "1 min 30 s still to watch"},
		"a millisecond short":            {playback.Case{Rule: rule, Coverage: watched(0, 89.999)}, playback.Unmet, 89.99, "1 s still"},
		"exactly the threshold":          {playback.Case{Rule: rule, Coverage: watched(10, 100)}, playback.Met, 90, "90 %"},
		"live and replay together":       {playback.Case{Rule: rule, Coverage: both}, playback.Met, 100, "100 %"},
		"only live counts":               {playback.Case{Rule: live, Coverage: both}, playback.Unmet, 40, "live session"},
		"only replay counts":             {playback.Case{Rule: replay, Coverage: both}, playback.Unmet, 70, "recording"},
		"completed under an older rule":  {playback.Case{Rule: live, Coverage: both, Done: done}, playback.Met, 40, "2026-02-03"},
		"waived":                         {playback.Case{Rule: live, Coverage: both, Waiver: &playback.Waiver{}}, playback.Waived, 40, "waived"},
		"a completion before a waiver":   {playback.Case{Rule: live, Done: done, Waiver: &playback.Waiver{}}, playback.Met, 0, "that stands"},
		"completed by a waiver":          {playback.Case{Rule: live, Done: byWaiver, Waiver: &playback.Waiver{}}, playback.Waived, 0, "need not be watched"},
		"that waiver was revoked":        {playback.Case{Rule: live, Done: byWaiver}, playback.Met, 0, "your completion of 2026-02-03 stands"},
		"and then it was watched":        {playback.Case{Rule: rule, Done: byWaiver, Coverage: both}, playback.Met, 100, "100 %"},
		"reached before a waiver":        {playback.Case{Rule: rule, Coverage: both, Waiver: &playback.Waiver{}}, playback.Met, 100, "100 %"},
		"the opening counts for nobody":  {playback.Case{Rule: rule, Excluded: seconds(0, 20), Coverage: watched(0, 92)}, playback.Met, 90, "without the 20 s that do not count"},
		"only the opening was watched":   {playback.Case{Rule: rule, Excluded: seconds(0, 20), Coverage: watched(0, 20)}, playback.Unmet, 0, "1 min 12 s still"},
		"an exclusion beyond the end":    {playback.Case{Rule: rule, Excluded: seconds(90, 500), Coverage: watched(0, 81)}, playback.Met, 90, "90 %"},
		"everything excluded":            {playback.Case{Rule: rule, Excluded: seconds(0, 100), Coverage: watched(0, 100)}, playback.Unmet, 0, "0 s still"},
		"floor: 90.9 is 90":              {playback.Case{Rule: floor, Coverage: watched(0, 90.9)}, playback.Met, 90.9, "rounded down"},
		"floor: 89.999 is 89":            {playback.Case{Rule: floor, Coverage: watched(0, 89.999)}, playback.Unmet, 89.99, "1 s still"},
		"nearest: 89.5 is 90":            {playback.Case{Rule: nearest, Coverage: watched(0, 89.5)}, playback.Met, 89.5, "rounded to whole percent"},
		"nearest: 89.499 is 89":          {playback.Case{Rule: nearest, Coverage: watched(0, 89.499)}, playback.Unmet, 89.49, "1 s still"},
		"nearest, half a percent needed": {playback.Case{Rule: ruleOf(catalog.CountsUnion, 0.4, catalog.RoundNearest), Coverage: watched(0, 0.499)}, playback.Unmet, 0.49, ""},
		"floor, 89.5 needed: 90 it is":   {playback.Case{Rule: ruleOf(catalog.CountsUnion, 89.5, catalog.RoundFloor), Coverage: watched(0, 89.9)}, playback.Unmet, 89.9, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.c.DurationMS = 100_000
			got := playback.Judge(tt.c)
			if len(got) != 1 || got[0].Kind != playback.KindWatched || got[0].State != tt.state || got[0].Have != tt.have || got[0].Need != tt.c.Rule.ThresholdPercent {
				t.Errorf("got %+v", got)
			}
			if !strings.Contains(got[0].Explanation.String(), tt.says) {
				t.Errorf("explanation %q lacks %q", got[0].Explanation.String(), tt.says)
			}
			if playback.Completed(got) != (tt.state != playback.Unmet) {
				t.Error("completed disagrees with the requirement")
			}
			if (got[0].Waiver != nil) != (tt.state == playback.Waived) {
				t.Errorf("waiver %v", got[0].Waiver)
			}
		})
	}
}

func TestNothingToWatchIsNotCompleted(t *testing.T) {
	t.Parallel()
	if playback.Completed(nil) {
		t.Error("nothing required counts as completed")
	}
	if playback.Completed(playback.Judge(playback.Case{Rule: catalog.DefaultRule()})) {
		t.Error("completed without anything to watch")
	}
}

func TestCertainLeavesOutWhatMayGo(t *testing.T) {
	t.Parallel()
	c := playback.Case{Coverage: playback.Coverage{Live: seconds(0, 50), Replay: seconds(40, 60)}, Waiver: &playback.Waiver{}}
	if got := c.Certain(); len(got.Coverage.Live) != 0 || got.Coverage.Replay.Total() != 20_000 || got.Waiver == nil {
		t.Errorf("unconfirmed: %+v", got)
	}
	c.Coverage.LiveConfirmed = true
	if got := c.Certain(); got.Coverage.Live.Total() != 50_000 {
		t.Errorf("confirmed: %+v", got)
	}
}

func drawCase(t *rapid.T) playback.Case {
	return playback.Case{
		Rule: catalog.Rule{
			ThresholdPercent: float64(rapid.IntRange(1, 10_000).Draw(t, "threshold")) / 100,
			Counts:           rapid.SampledFrom([]catalog.Counts{catalog.CountsLive, catalog.CountsReplay, catalog.CountsUnion}).Draw(t, "counts"),
			Rounding:         rapid.SampledFrom([]catalog.Rounding{"", catalog.RoundNone, catalog.RoundFloor, catalog.RoundNearest}).Draw(t, "rounding"),
		},
		DurationMS: rapid.Int64Range(0, span).Draw(t, "duration"),
		Excluded:   playback.NewRanges(drawRanges(t, "excluded")...),
		Coverage:   playback.Coverage{Live: playback.NewRanges(drawRanges(t, "live")...), Replay: playback.NewRanges(drawRanges(t, "replay")...)},
	}
}

// modelReached holds a case to its rule in exact fractions and sets of single milliseconds.
func modelReached(c playback.Case) bool {
	live, replay, excluded := modelOf(c.Coverage.Live), modelOf(c.Coverage.Replay), modelOf(c.Excluded)
	have, counting := int64(0), int64(0)
	for at := range c.DurationMS {
		if excluded[at] {
			continue
		}
		counting++
		if live[at] && c.Rule.Counts != catalog.CountsReplay || replay[at] && c.Rule.Counts != catalog.CountsLive {
			have++
		}
	}
	if counting == 0 {
		return false
	}
	percent := big.NewRat(have*100, counting)
	if c.Rule.Rounding == catalog.RoundNearest {
		percent.Add(percent, big.NewRat(1, 2))
	}
	if c.Rule.Rounding == catalog.RoundNearest || c.Rule.Rounding == catalog.RoundFloor {
		percent = new(big.Rat).SetInt(new(big.Int).Quo(percent.Num(), percent.Denom()))
	}
	hundredths, _ := new(big.Rat).SetString(big.NewRat(int64(c.Rule.ThresholdPercent*100+0.5), 100).FloatString(2))
	return percent.Cmp(hundredths) >= 0
}

// TestTheRuleIsExact: to the millisecond, whatever is excluded, counted and rounded.
func TestTheRuleIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if got, want := playback.Completed(playback.Judge(c)), modelReached(c); got != want {
			t.Fatalf("%+v: completed %v, want %v", c, got, want)
		}
		if have, gaps := c.Have(), c.Gaps(); have.Total()+gaps.Total() != c.Counting().Total() || len(have.Intersect(gaps)) > 0 {
			t.Fatalf("have %v and gaps %v do not make up %v", have, gaps, c.Counting())
		}
	})
}

// TestMoreIsNeverLess: watching more never takes a completion back, excluding
// more never raises the need, and filling the gaps is 100 %.
func TestMoreIsNeverLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		more := c
		more.Coverage.Live = c.Coverage.Live.Union(playback.NewRanges(drawRanges(t, "more live")...))
		more.Coverage.Replay = c.Coverage.Replay.Union(playback.NewRanges(drawRanges(t, "more replay")...))
		if playback.Completed(playback.Judge(c)) && !playback.Completed(playback.Judge(more)) {
			t.Fatalf("completed, and not with more: %+v, %+v", c, more)
		}
		if more.MissingMS() > c.MissingMS() {
			t.Fatalf("more is missing with more: %+v, %+v", c, more)
		}
		excluding := c
		excluding.Excluded = c.Excluded.Union(playback.NewRanges(drawRanges(t, "more excluded")...))
		if excluding.NeedMS() > c.NeedMS() {
			t.Fatalf("excluding raised the need from %d to %d: %+v", c.NeedMS(), excluding.NeedMS(), excluding)
		}
		full := c
		full.Coverage.Live, full.Coverage.Replay = c.Coverage.Live.Union(c.Gaps()), c.Coverage.Replay.Union(c.Gaps())
		if len(full.Gaps()) > 0 || full.Counting().Total() > 0 && playback.Judge(full)[0].Have != 100 {
			t.Fatalf("all gaps filled is not all: %+v", full)
		}
	})
}

func TestWhyItWasRefused(t *testing.T) {
	t.Parallel()
	limited := open(t0)
	limited.SpeedLimit = 100
	tests := map[string]struct {
		account playback.Account
		watched playback.Ranges
		speed   int64
		at      float64
		want    playback.Refused
	}{
		"nothing":                         {open(t0), seconds(0, 20), 100, 20, playback.Refused{}},
		"watched on after a takeover":     {ended(open(t0), after(10)), seconds(0, 30), 100, 30, playback.Refused{LateMS: 20_000}},
		"2× where 1× is the most":         {limited, seconds(0, 60), 200, 30, playback.Refused{FastMS: 15_000}},
		"skipped parts that were claimed": {open(t0), seconds(0, 600), 100, 30, playback.Refused{ClockMS: 555_000}},
		"all of it": {
			ended(limited, after(10)), seconds(0, 200), 200, 50,
			playback.Refused{LateMS: 55_000, FastMS: 50_000, ClockMS: 85_000},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out := playback.Apply(tt.account, playback.Beat{Seq: 1, Speed: tt.speed, Watched: tt.watched}, hour, after(tt.at))
			if out.Refused != tt.want {
				t.Errorf("refused %+v, want %+v", out.Refused, tt.want)
			}
		})
	}
}

func TestCheckExcluded(t *testing.T) {
	t.Parallel()
	piece := func(from, to int64) playback.Excluded { return playback.Excluded{FromMS: from, ToMS: to} }
	good, err := playback.CheckExcluded([]playback.Excluded{piece(90_000, 100_000), piece(0, 10_000), piece(10_000, 11_000)}, 100_000)
	if err != nil || good[0].FromMS != 0 || good[2].ToMS != 100_000 || playback.ExcludedRanges(good).Total() != 21_000 {
		t.Errorf("%v, %v", good, err)
	}
	for says, pieces := range map[string][]playback.Excluded{
		"ranges[1]": {piece(0, 5), piece(7, 7)},
		"ranges[0]": {piece(0, 100_001)},
		"in front":  {piece(0, 10), piece(5, 20)},
		"left":      {piece(0, 99_500)},
		"at most":   make([]playback.Excluded, 101),
	} {
		if _, err := playback.CheckExcluded(pieces, 100_000); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: error %v, want one with %q", pieces, err, says)
		}
	}
}
