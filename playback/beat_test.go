package playback_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/playback"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

func open(started time.Time) playback.Account {
	return playback.Account{SpeedLimit: 200, Clock: playback.Clock{StartedAt: started, Speed: 100}}
}

// seconds makes ranges of seconds.
func seconds(pairs ...float64) playback.Ranges {
	var out []playback.Range
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, playback.Range{From: int64(pairs[i] * 1000), To: int64(pairs[i+1] * 1000)})
	}
	return playback.NewRanges(out...)
}

const hour = int64(3_600_000)

func TestTheClockRule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		account           playback.Account
		watched           playback.Ranges
		speed             int64
		at                float64 // seconds after t0
		accepted, refused int64   // ms
	}{
		"a new session has 15 s of slack":          {open(t0), seconds(0, 60), 100, 0, 15_000, 45_000},
		"elapsed time at 1× and the slack":         {open(t0), seconds(0, 60), 100, 10, 25_000, 35_000},
		"elapsed time at 2× and the slack":         {open(t0), seconds(0, 60), 200, 10, 35_000, 25_000},
		"a rate beyond 2× counts as 2×":            {open(t0), seconds(0, 60), 1600, 10, 35_000, 25_000},
		"a slow player has the time of 1×":         {open(t0), seconds(0, 60), 50, 10, 25_000, 35_000},
		"hours offline, then one beat":             {open(t0), seconds(0, 3000), 100, 7200, 3_000_000, 0},
		"a server clock that went back":            {open(t0), seconds(0, 60), 100, -50, 15_000, 45_000},
		"beyond the recording nothing is claimed":  {open(t0), seconds(3590, 3700), 100, 100, 10_000, 0},
		"an ended session has no slack":            {ended(open(t0), after(10)), seconds(0, 60), 100, 999, 10_000, 50_000},
		"slack used by an earlier session is gone": {carrying(open(t0), 15_000), seconds(0, 60), 100, 0, 0, 60_000},
		"seeking earns nothing":                    {open(t0), nil, 100, 1000, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := playback.Beat{Seq: 1, Speed: tt.speed, Watched: tt.watched}
			a, out := playback.Apply(tt.account, b, hour, after(tt.at))
			if out.AcceptedMS != tt.accepted || out.Refused.Total() != tt.refused {
				t.Errorf("accepted %d, refused %d; want %d, %d", out.AcceptedMS, out.Refused.Total(), tt.accepted, tt.refused)
			}
			if a.Covered.Total() != tt.accepted || a.Refused.Total() != tt.refused {
				t.Errorf("kept %v, refused %d", a.Covered, a.Refused.Total())
			}
		})
	}
}

func ended(a playback.Account, at time.Time) playback.Account {
	a.Clock.EndedAt = at
	return a
}

func carrying(a playback.Account, ms int64) playback.Account {
	a.Clock.CarryMS = ms
	return a
}

func TestRewatchingSpendsTheClockButNotTheSlack(t *testing.T) {
	t.Parallel()
	a, _ := playback.Apply(open(t0), playback.Beat{Seq: 1, Speed: 100, Watched: seconds(0, 60)}, hour, after(60))
	again, out := playback.Apply(a, playback.Beat{Seq: 2, Speed: 100, Watched: seconds(0, 60)}, hour, after(120))
	if out.AcceptedMS != 60_000 || out.Refused.Total() != 0 || len(out.Fresh) != 0 {
		t.Fatalf("re-watching: %+v", out)
	}
	if left := again.Clock.Allowance(after(120)); left != playback.SlackMS {
		t.Errorf("after re-watching for a minute %d ms may be credited, want the slack alone", left)
	}
	resent, _ := playback.Apply(a, playback.Beat{Seq: 2, Speed: 100, Watched: seconds(0, 60)}, hour, after(60))
	if left := resent.Clock.Allowance(after(60)); left != playback.SlackMS {
		t.Errorf("a beat sent again left %d ms of slack", left)
	}
}

func TestAForgedStreamOfPiecesIsBounded(t *testing.T) {
	t.Parallel()
	a := open(t0)
	for seq := range int64(40) {
		var pieces []playback.Range
		for i := range int64(100) {
			at := (seq*100 + i) * 2
			pieces = append(pieces, playback.Range{From: at, To: at + 1})
		}
		a, _ = playback.Apply(a, playback.Beat{Seq: 1 + seq*2, Speed: 100, Watched: pieces}, hour, after(3600))
	}
	if len(a.Covered) > playback.MaxPieces || len(a.Seqs) > 64 || a.Refused.Total() == 0 {
		t.Errorf("%d pieces, %d holes in the sequence, %d ms refused", len(a.Covered), len(a.Seqs), a.Refused.Total())
	}
}

// event is something that happens to a doctor's sessions.
type event struct {
	session int
	beat    playback.Beat
	wait    int64 // ms before it
	open    bool  // open another session (which ends the last)
}

func drawEvents(t *rapid.T) []event {
	one := rapid.Custom(func(t *rapid.T) event {
		return event{
			session: rapid.IntRange(0, 5).Draw(t, "session"),
			wait:    rapid.Int64Range(0, 30_000).Draw(t, "wait"),
			open:    rapid.IntRange(0, 4).Draw(t, "open") == 0,
			beat: playback.Beat{
				Seq:     rapid.Int64Range(1, 20).Draw(t, "seq"),
				Speed:   rapid.Int64Range(-100, 400).Draw(t, "speed"),
				Watched: drawWatched(t),
			},
		}
	})
	return rapid.SliceOfN(one, 1, 60).Draw(t, "events")
}

func drawWatched(t *rapid.T) playback.Ranges {
	one := rapid.Custom(func(t *rapid.T) playback.Range {
		from := rapid.Int64Range(0, 600_000).Draw(t, "from")
		return playback.Range{From: from, To: from + rapid.Int64Range(0, 60_000).Draw(t, "length")}
	})
	return playback.NewRanges(rapid.SliceOfN(one, 0, 3).Draw(t, "watched")...)
}

// TestCreditNeverExceedsTheClock plays arbitrary beats and takeovers of one
// doctor: over all sessions never more is credited than the server's clock at
// 2× and one slack; coverage never shrinks; a repeated number changes nothing.
func TestCreditNeverExceedsTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now, sessions := t0, []playback.Account{open(t0)}
		for _, e := range drawEvents(t) {
			now = now.Add(time.Duration(e.wait) * time.Millisecond)
			if e.open {
				last := &sessions[len(sessions)-1]
				next := open(now)
				next.Clock.CarryMS = last.Clock.Carry(now)
				last.Clock.EndedAt = now
				sessions = append(sessions, next)
			}
			s := &sessions[e.session%len(sessions)]
			before := *s
			var out playback.Outcome
			*s, out = playback.Apply(before, e.beat, 600_000, now)
			checkBeat(t, before, *s, e.beat, out)
			checkClock(t, sessions, now)
		}
	})
}

func checkBeat(t *rapid.T, before, after playback.Account, b playback.Beat, out playback.Outcome) {
	if len(before.Covered.Subtract(after.Covered)) > 0 {
		t.Fatalf("coverage shrank from %v to %v", before.Covered, after.Covered)
	}
	if extra := after.Covered.Subtract(before.Covered.Union(b.Watched)); len(extra) > 0 {
		t.Fatalf("credited what nobody claimed: %v", extra)
	}
	if out.Repeated && (!slices.Equal(before.Covered, after.Covered) || before.Clock != after.Clock) {
		t.Fatal("a repeated beat changed something")
	}
	if claimed := b.Watched.Clip(0, 600_000).Total(); !out.Repeated && out.AcceptedMS+out.Refused.Total() != claimed {
		t.Fatalf("accepted %d and refused %d of %d", out.AcceptedMS, out.Refused.Total(), claimed)
	}
}

func checkClock(t *rapid.T, sessions []playback.Account, now time.Time) {
	var credited int64
	for _, s := range sessions {
		credited += s.Covered.Total()
	}
	if most := now.Sub(t0).Milliseconds()*2 + playback.SlackMS; credited > most {
		t.Fatalf("credited %d ms in sessions %v, the clock allows %d", credited, sessions, most)
	}
}

// TestAnyOrderGivesTheSame: when the clock allows everything, beats in any
// order, each sent any number of times, end in the same coverage.
func TestAnyOrderGivesTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		watched := rapid.SliceOfN(rapid.Custom(drawWatched), 1, 12).Draw(t, "beats")
		var beats []playback.Beat
		var want playback.Ranges
		for i, w := range watched {
			beats = append(beats, playback.Beat{Seq: int64(i + 1), Speed: 100, Watched: w})
			want = want.Union(w.Clip(0, 600_000))
		}
		a := open(t0)
		for _, b := range rapid.Permutation(slices.Concat(beats, beats)).Draw(t, "order") {
			a, _ = playback.Apply(a, b, 600_000, after(100_000))
		}
		if !slices.Equal(a.Covered, want) || a.Refused.Total() != 0 {
			t.Fatalf("covered %v, want %v", a.Covered, want)
		}
	})
}
