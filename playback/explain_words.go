package playback

import (
	"fmt"
	"strings"
	"time"

	"rounds/catalog"
)

// The sentences of an explanation. Positions are those of the player (1:02:05),
// clock times the doctor's.

// on is a time in a sentence.
func on(t time.Time, zone *time.Location) catalog.Dated { return catalog.On(t.In(zone)) }

// Sentence tells where the doctor stands with the program.
func (e Explanation) Sentence() catalog.Sentence {
	var open int
	var missing int64
	for _, w := range e.Webinars {
		if !w.Completed() {
			open++
			missing += w.Case.MissingMS()
		}
	}
	switch {
	case len(e.Webinars) == 0:
		return explainWebinars(0, 0)
	case open == 0:
		return catalog.Say("All webinars of this program are completed.")
	case open == 1:
		return catalog.Say("1 of %d webinars is still open: %s to watch.", len(e.Webinars), wordTime(missing))
	default:
		return catalog.Say("%d of %d webinars are still open: %s to watch.", open, len(e.Webinars), wordTime(missing))
	}
}

// RuleSentence words the rule in force.
func (e Explanation) RuleSentence() catalog.Sentence {
	how := map[catalog.Counts]catalog.Sentence{
		catalog.CountsLive: catalog.Say("in the live session"), catalog.CountsReplay: catalog.Say("as a recording"), catalog.CountsUnion: catalog.Say("live or as a recording"),
	}[e.Rule.Counts]
	rounded := Case{Rule: e.Rule}.rounded()
	if e.RuleSince.IsZero() {
		return catalog.Say("A webinar is completed when %g %% of what counts of it was watched %s%s, at up to %g× speed.", e.Rule.ThresholdPercent, how, rounded, e.Rule.MaxRate)
	}
	return catalog.Say("A webinar is completed when %g %% of what counts of it was watched %s%s, at up to %g× speed (version %d of the rule, since %s).",
		e.Rule.ThresholdPercent, how, rounded, e.Rule.MaxRate, e.Rule.Version, on(e.RuleSince, e.Zone))
}

// Sentence tells where the doctor stands with the webinar and what helps.
func (w WebinarExplanation) Sentence(zone *time.Location) catalog.Sentence {
	switch r := w.Requirements[0]; {
	case r.State == Waived:
		return catalog.Say("Waived by an administrator on %s.", on(r.Waiver.At, zone))
	case w.Completion != nil && w.Completion.Waiver != "" && w.Case.Waiver == nil:
		return catalog.Say("Completed on %s by a waiver of an administrator, which was revoked later; the completion stands.", on(w.Completion.At, zone))
	case w.Completion != nil && w.Completion.Waiver != "":
		return catalog.Say("Completed on %s by a waiver of an administrator.", on(w.Completion.At, zone))
	case w.Completion != nil:
		return catalog.Say("Completed on %s under version %d of the rule.", on(w.Completion.At, zone), w.Completion.RuleVersion)
	case r.State == Met:
		return catalog.Join(r.Explanation, catalog.Say("It is recorded once an administrator has confirmed where the live session lies on the recording."))
	case w.DurationMS == 0:
		return catalog.Say("There is no recording yet, so nothing can be counted.")
	case w.Case.Rule.Counts == catalog.CountsLive:
		return catalog.Join(r.Explanation, catalog.Say("Only the live session counts: the recording cannot make up for it."))
	case !w.Playable:
		return catalog.Join(r.Explanation, catalog.Say("The recording cannot be watched at present."))
	default:
		return r.Explanation
	}
}

// Sentence tells of one gap why it is one.
func (g Gap) Sentence(zone *time.Location) catalog.Sentence {
	at := WordRange(g.Range)
	switch {
	case g.Reason == GapSkipped:
		return catalog.Say("At %s: skipped on %s with %s. Moving ahead does not count.", at, on(g.Session.StartedAt, zone), catalog.Device(g.Session.Device))
	case g.Reason == GapAbsent && len(g.Clock) > 0:
		return catalog.Say("At %s: you were not in the live session from %s to %s.", at,
			g.Clock[0].From.In(zone).Format("15:04"), g.Clock[len(g.Clock)-1].To.In(zone).Format("15:04 MST"))
	case g.Reason == GapAbsent:
		return catalog.Say("At %s: you were not in the live session.", at)
	default:
		return catalog.Say("At %s: not watched yet.", at)
	}
}

// Sentence tells what a session brought.
func (s SessionAccount) Sentence(zone *time.Location) catalog.Sentence {
	end := s.EndedAt
	if end == nil || s.LastBeatAt != nil && s.LastBeatAt.Before(*end) {
		end = s.LastBeatAt
	}
	said := make([]catalog.Sentence, 0, 4)
	if end != nil {
		from, to := stretch(s.StartedAt, *end, zone)
		said = append(said, catalog.Say("From %s to %s with %s: %s.", from, to, catalog.Device(s.Device), s.counted()))
	} else {
		said = append(said, catalog.Say("From %s with %s: %s.", on(s.StartedAt, zone), catalog.Device(s.Device), s.counted()))
	}
	for _, r := range s.Refusals() {
		said = append(said, catalog.Say("%s were not counted: %s.", wordTime(r.MS), s.refusal(r, zone)))
	}
	return catalog.Join(said...)
}

// counted words what a session was credited with.
func (s SessionAccount) counted() catalog.Sentence {
	switch {
	case len(s.Watched) == 0:
		return catalog.Say("nothing was counted")
	case s.Earlier:
		return catalog.Say("%s were counted of an earlier recording", wordTime(s.Watched.Total()))
	default:
		return catalog.Say("%s were counted (%s)", wordTime(s.Watched.Total()), wordRanges(s.Watched))
	}
}

// stretch words a stretch of time: its start without the zone, and its end
// without its day, when that is the day of the start.
func stretch(start, end time.Time, zone *time.Location) (from catalog.Dated, to any) {
	start, end = start.In(zone), end.In(zone)
	from = catalog.Dated{Time: start, Clock: start.Format("15:04")}
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return from, end.Format("15:04 MST")
	}
	return from, catalog.On(end)
}

func (s SessionAccount) refusal(r Refusal, zone *time.Location) catalog.Sentence {
	switch {
	case r.Reason == RefusedTakenOver && s.EndedAt != nil:
		return catalog.Say("play had begun on another device at %s", s.EndedAt.In(zone).Format("15:04 MST"))
	case r.Reason == RefusedTakenOver:
		return catalog.Say("play had begun on another device")
	case r.Reason == RefusedWithdrawn:
		return catalog.Say("the recording had been withdrawn")
	case r.Reason == RefusedTooFast:
		return catalog.Say("played faster than %g×, which is the most that counts", float64(s.SpeedLimit)/NormalSpeed)
	default:
		return catalog.Say("that is more than can be watched in the time, as when parts are skipped or two windows play at once")
	}
}

// Sentence tells what a stay in the live session brought.
func (l LiveStay) Sentence(zone *time.Location) catalog.Sentence {
	from, to := stretch(l.Joined, l.Left, zone)
	where := catalog.Say("not on the recording")
	if len(l.OnRecording) > 0 {
		where = catalog.Say("%s of the recording", wordRanges(l.OnRecording))
	}
	return catalog.Say("In the live session from %s to %s: %s (%s, imported on %s).", from, to, where, wordPlatform(l.Platform), on(l.ImportedAt, zone))
}

func wordPlatform(platform string) catalog.Sentence {
	switch platform {
	case "zoom_webinar", "zoom_meeting":
		return catalog.Say("report of %s", "Zoom")
	case "teams":
		return catalog.Say("report of %s", "Teams")
	case "webex":
		return catalog.Say("report of %s", "Webex")
	default:
		return catalog.Say("attendance list")
	}
}

// maxWorded bounds the ranges of a sentence.
const maxWorded = 5

// wordRanges words a set as the player shows positions: "0:00–12:30, 14:00–20:05".
func wordRanges(ranges Ranges) catalog.Sentence {
	var words []string
	for _, r := range ranges[:min(len(ranges), maxWorded)] {
		words = append(words, WordRange(r))
	}
	listed := strings.Join(words, ", ")
	if more := len(ranges) - maxWorded; more > 0 {
		return catalog.Say("%s, and %d more", listed, more)
	}
	return catalog.Say("%s", listed)
}

// WordRanges is that in English.
func WordRanges(ranges Ranges) string { return wordRanges(ranges).String() }

// WordRange words a stretch of a recording: "12:00–14:30".
func WordRange(r Range) string { return wordPosition(r.From) + "–" + wordPosition(r.To) }

func wordPosition(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
