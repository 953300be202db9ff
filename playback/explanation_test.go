package playback_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback"
)

var lisbon = must(time.LoadLocation("Europe/Lisbon"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func explained() playback.WebinarExplanation {
	liveAt := time.Date(2026, 9, 22, 14, 30, 0, 0, time.UTC)
	ended := liveAt.Add(26 * time.Hour)
	beat := ended.Add(3 * time.Minute)
	w := playback.WebinarExplanation{
		Pieces: []catalog.LivePiece{{LiveAt: liveAt, LengthS: 1000}, {LiveAt: liveAt.Add(1300 * time.Second), AtS: 1000, LengthS: 1000}},
		Sessions: []playback.SessionAccount{
			{ID: "pbs_0", Earlier: true, Watched: seconds(0, 3000), StartedAt: liveAt, Device: "Firefox on Mac"},
			{
				ID: "pbs_1", Device: "Chrome on Windows", StartedAt: ended.Add(-time.Hour), EndedAt: &ended, LastBeatAt: &beat, TakenOver: true, SpeedLimit: 150,
				Watched: seconds(800, 900, 1000, 1200), Refused: playback.Refused{LateMS: 180_000, FastMS: 20_000, ClockMS: 400},
			},
		},
		Live: []playback.LiveStay{{ImportID: "att_1", Platform: "zoom_webinar", ImportedAt: ended, Joined: liveAt, Left: liveAt.Add(10 * time.Minute), OnRecording: seconds(0, 600)}},
	}
	w.DurationMS, w.Playable = 2_000_000, true
	w.Coverage = playback.Coverage{Live: seconds(0, 600), Replay: seconds(800, 900, 1000, 1200)}
	w.Case = playback.Case{Rule: catalog.DefaultRule(), DurationMS: w.DurationMS, Coverage: w.Coverage, Excluded: seconds(1900, 2000)}
	w.Requirements = playback.Judge(w.Case)
	return w
}

func TestWhySomethingIsMissing(t *testing.T) {
	t.Parallel()
	gaps := explained().Gaps()
	want := []string{
		"At 10:00–13:20: skipped on Wed 23 Sep 2026, 16:30 WEST with Chrome on Windows. Moving ahead does not count.",
		"At 15:00–16:40: skipped on Wed 23 Sep 2026, 16:30 WEST with Chrome on Windows. Moving ahead does not count.",
		"At 20:00–31:40: not watched yet.",
	}
	for i, g := range gaps {
		if got := g.Sentence(lisbon).String(); i >= len(want) || got != want[i] {
			t.Errorf("gap %d: %q", i, got)
		}
	}
	if len(gaps) != 3 || gaps[0].Session.ID != "pbs_1" || gaps[2].Session != nil {
		t.Errorf("gaps %+v", gaps)
	}
	live := explained()
	live.Sessions, live.Coverage = nil, playback.Coverage{Live: seconds(0, 600, 1200, 1900)}
	live.Case.Coverage = live.Coverage
	if gaps := live.Gaps(); len(gaps) != 1 || gaps[0].Reason != playback.GapAbsent ||
		gaps[0].Sentence(lisbon).String() != "At 10:00–20:00: you were not in the live session from 15:40 to 15:55 WEST." {
		t.Errorf("absent: %+v %q", gaps, gaps[0].Sentence(lisbon).String())
	}
}

func TestWhatASessionBrought(t *testing.T) {
	t.Parallel()
	w := explained()
	s := w.Sessions[1]
	if got := s.Refusals(); !reflect.DeepEqual(got, []playback.Refusal{
		{playback.RefusedTakenOver, 180_000}, {playback.RefusedTooFast, 20_000}, {playback.RefusedBeyondClock, 400},
	}) {
		t.Errorf("refusals %v", got)
	}
	const want = "From Wed 23 Sep 2026, 16:30 to 17:30 WEST with Chrome on Windows: 5 min were counted (13:20–15:00, 16:40–20:00). " +
		"3 min were not counted: play had begun on another device at 17:30 WEST. " +
		"20 s were not counted: played faster than 1.5×, which is the most that counts. " +
		"1 s were not counted: that is more than can be watched in the time, as when parts are skipped or two windows play at once."
	if got := s.Sentence(lisbon).String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	s.TakenOver, s.Watched, s.EndedAt, s.LastBeatAt = false, nil, nil, nil
	if got := s.Refusals()[0].Reason; got != playback.RefusedWithdrawn {
		t.Errorf("late without a takeover: %s", got)
	}
	if got := s.Sentence(lisbon).String()[:95]; got != "From Wed 23 Sep 2026, 16:30 WEST with Chrome on Windows: nothing was counted. 3 min were not co" {
		t.Errorf("nothing: %q", got)
	}
	if got := w.Sessions[0].Sentence(time.UTC).String(); got != "From Tue 22 Sep 2026, 14:30 UTC with Firefox on Mac: 50 min were counted of an earlier recording." {
		t.Errorf("earlier: %q", got)
	}
	if got := w.Live[0].Sentence(lisbon).String(); got != "In the live session from Tue 22 Sep 2026, 15:30 to 15:40 WEST: 0:00–10:00 of the recording (report of Zoom, imported on Wed 23 Sep 2026, 17:30 WEST)." {
		t.Errorf("live: %q", got)
	}
}

func TestWhereAWebinarStands(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 23, 8, 0, 0, 0, time.UTC)
	judged := func(change func(*playback.WebinarExplanation)) string {
		w := explained()
		change(&w)
		w.Case.Coverage = w.Coverage
		w.Requirements = playback.Judge(w.Case)
		return w.Sentence(lisbon).String()
	}
	const open = "You have watched 47.36 % of the webinar without the 1 min 40 s that do not count; 90 % are needed. 13 min 30 s still to watch."
	for want, change := range map[string]func(*playback.WebinarExplanation){
		open: func(*playback.WebinarExplanation) {},
		open + " The recording cannot be watched at present.":                   func(w *playback.WebinarExplanation) { w.Playable = false },
		"Completed on Wed 23 Sep 2026, 09:00 WEST under version 3 of the rule.": func(w *playback.WebinarExplanation) { w.Completion = &playback.Completion{RuleVersion: 3, At: at} },
		"Waived by an administrator on Wed 23 Sep 2026, 09:00 WEST.":            func(w *playback.WebinarExplanation) { w.Case.Waiver = &playback.Waiver{At: at} },
		"Completed on Wed 23 Sep 2026, 09:00 WEST by a waiver of an administrator, which was revoked later; the completion stands.": func(w *playback.WebinarExplanation) {
			w.Completion = &playback.Completion{RuleVersion: 3, At: at, Waiver: "wvr_1"}
			w.Case.Done = w.Completion
		},
		"Completed on Wed 23 Sep 2026, 09:00 WEST by a waiver of an administrator.": func(w *playback.WebinarExplanation) {
			w.Completion = &playback.Completion{RuleVersion: 3, At: at, Waiver: "wvr_1"}
			w.Case.Done, w.Case.Waiver, w.Coverage.Replay = w.Completion, &playback.Waiver{At: at}, seconds(0, 2000)
		},
		"There is no recording yet, so nothing can be counted.": func(w *playback.WebinarExplanation) { w.DurationMS, w.Case.DurationMS = 0, 0 },
		"You have watched 31.57 % of the live session without the 1 min 40 s that do not count; 90 % are needed. 18 min 30 s still to watch. Only the live session counts: the recording cannot make up for it.": func(w *playback.WebinarExplanation) { w.Case.Rule.Counts = catalog.CountsLive },
		"You have watched 100 % of the webinar without the 1 min 40 s that do not count; 90 % are needed. It is recorded once an administrator has confirmed where the live session lies on the recording.":      func(w *playback.WebinarExplanation) { w.Coverage.Live = seconds(0, 2000) },
	} {
		if got := judged(change); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestTheWholeInWords(t *testing.T) {
	t.Parallel()
	e := playback.Explanation{Zone: lisbon, Rule: catalog.DefaultRule(), RuleSince: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	if e.Sentence().String() != "This program has no webinars yet." {
		t.Error(e.Sentence().String())
	}
	e.Webinars = []playback.WebinarExplanation{explained(), explained()}
	if got := e.Sentence().String(); got != "2 of 2 webinars are still open: 27 min to watch." {
		t.Error(got)
	}
	one := playback.Explanation{Webinars: e.Webinars[:1]}
	if got := one.Sentence().String(); got != "1 of 1 webinars is still open: 13 min 30 s to watch." {
		t.Error(got)
	}
	for i := range e.Webinars {
		e.Webinars[i].Requirements = []playback.Requirement{{State: playback.Met}}
	}
	if got := e.Sentence().String(); got != "All webinars of this program are completed." {
		t.Error(got)
	}
	if got := e.RuleSentence().String(); got != "A webinar is completed when 90 % of what counts of it was watched live or as a recording, at up to 2× speed (version 1 of the rule, since Mon 2 Mar 2026, 08:00 WET)." {
		t.Error(got)
	}
	if got := playback.WordRanges(seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3600, 3661)); got != "0:00–0:01, 0:02–0:03, 0:04–0:05, 0:06–0:07, 0:08–0:09, and 2 more" {
		t.Error(got)
	}
	if got := playback.WordRange(seconds(3600, 3661)[0]); got != "1:00:00–1:01:01" {
		t.Error(got)
	}
}

// TestLiveClockIsTheWayBack: what was live at the time of a stretch lies there again.
func TestLiveClockIsTheWayBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pieces []catalog.LivePiece
		live, at := t0, int64(0)
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			live = live.Add(time.Duration(rapid.Int64Range(0, 50).Draw(t, "pause")) * time.Second)
			at += rapid.Int64Range(0, 20).Draw(t, "cut")
			length := rapid.Int64Range(1, 60).Draw(t, "length")
			pieces = append(pieces, catalog.LivePiece{LiveAt: live, AtS: float64(at), LengthS: float64(length)})
			live, at = live.Add(time.Duration(length)*time.Second), at+length
		}
		from := rapid.Int64Range(0, 200_000).Draw(t, "from")
		r := playback.Range{From: from, To: from + rapid.Int64Range(1, 100_000).Draw(t, "length")}
		var attended []playback.Attended
		for _, c := range playback.LiveClock(pieces, r) {
			attended = append(attended, playback.Attended{Joined: c.From, Left: c.To})
		}
		all := playback.OnRecording(pieces, []playback.Attended{{Joined: t0, Left: t0.Add(time.Hour)}}, hour)
		if got, want := playback.OnRecording(pieces, attended, hour), all.Clip(r.From, r.To); !slices.Equal(got, want) {
			t.Fatalf("%v came back as %v, want %v", r, got, want)
		}
	})
}

func TestNextIsWhatWasPlayedLast(t *testing.T) {
	t.Parallel()
	at := func(minutes int) *time.Time { when := t0.Add(time.Duration(minutes) * time.Minute); return &when }
	webinar := func(id catalog.WebinarID, playable bool, state playback.RequirementState, played *time.Time) playback.WebinarProgress {
		return playback.WebinarProgress{WebinarID: id, Playable: playable, PlayedAt: played, Requirements: []playback.Requirement{{State: state}}}
	}
	locked := webinar("locked", true, playback.Unmet, at(9))
	locked.Locked = true
	for want, webinars := range map[catalog.WebinarID][]playback.WebinarProgress{
		"open":  {locked, webinar("open", true, playback.Unmet, nil)},
		"":      {locked, webinar("done", true, playback.Met, at(9)), webinar("later", false, playback.Unmet, at(9))},
		"first": {webinar("done", true, playback.Waived, at(9)), webinar("first", true, playback.Unmet, nil), webinar("second", true, playback.Unmet, nil)},
		"last":  {webinar("first", true, playback.Unmet, nil), webinar("older", true, playback.Unmet, at(1)), webinar("last", true, playback.Unmet, at(2)), webinar("x", true, playback.Unmet, nil)},
	} {
		got := playback.ProgramProgress{Webinars: webinars}.Next()
		if got == nil && want != "" || got != nil && got.WebinarID != want {
			t.Errorf("next is %+v, want %q", got, want)
		}
	}
}
