package playback

import (
	"fmt"
	"strings"
	"time"

	"rounds/catalog"
)

// The sentences of an explanation. Positions are those of the player (1:02:05),
// clock times the doctor's.

const (
	dayAndTime = "Mon 2 Jan 2006, 15:04"
	withZone   = " MST"
)

// Sentence tells where the doctor stands with the program.
func (e Explanation) Sentence() string {
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
		return "All webinars of this program are completed."
	case open == 1:
		return fmt.Sprintf("1 of %d webinars is still open: %s to watch.", len(e.Webinars), WordTime(missing))
	default:
		return fmt.Sprintf("%d of %d webinars are still open: %s to watch.", open, len(e.Webinars), WordTime(missing))
	}
}

// RuleSentence words the rule in force.
func (e Explanation) RuleSentence() string {
	how := map[catalog.Counts]string{
		catalog.CountsLive: "in the live session", catalog.CountsReplay: "as a recording", catalog.CountsUnion: "live or as a recording",
	}[e.Rule.Counts]
	text := fmt.Sprintf("A webinar is completed when %g %% of what counts of it was watched %s%s, at up to %g× speed", e.Rule.ThresholdPercent, how, Case{Rule: e.Rule}.rounded(), e.Rule.MaxRate)
	if e.RuleSince.IsZero() {
		return text + "."
	}
	return text + fmt.Sprintf(" (version %d of the rule, since %s).", e.Rule.Version, e.RuleSince.In(e.Zone).Format(dayAndTime+withZone))
}

// Sentence tells where the doctor stands with the webinar and what helps.
func (w WebinarExplanation) Sentence(zone *time.Location) string {
	switch r := w.Requirements[0]; {
	case r.State == Waived:
		return fmt.Sprintf("Waived by an administrator on %s.", r.Waiver.At.In(zone).Format(dayAndTime+withZone))
	case w.Completion != nil && w.Completion.Waiver != "":
		return fmt.Sprintf("Completed on %s by a waiver of an administrator%s.", w.Completion.At.In(zone).Format(dayAndTime+withZone), w.revoked())
	case w.Completion != nil:
		return fmt.Sprintf("Completed on %s under version %d of the rule.", w.Completion.At.In(zone).Format(dayAndTime+withZone), w.Completion.RuleVersion)
	case r.State == Met:
		return r.Explanation + " It is recorded once an administrator has confirmed where the live session lies on the recording."
	case w.DurationMS == 0:
		return "There is no recording yet, so nothing can be counted."
	case w.Case.Rule.Counts == catalog.CountsLive:
		return r.Explanation + " Only the live session counts: the recording cannot make up for it."
	case !w.Playable:
		return r.Explanation + " The recording cannot be watched at present."
	default:
		return r.Explanation
	}
}

// revoked words that the waiver of a completion is gone.
func (w WebinarExplanation) revoked() string {
	if w.Case.Waiver != nil {
		return ""
	}
	return ", which was revoked later; the completion stands"
}

// Sentence tells of one gap why it is one.
func (g Gap) Sentence(zone *time.Location) string {
	text := "At " + WordRange(g.Range)
	switch g.Reason {
	case GapSkipped:
		return fmt.Sprintf("%s: skipped on %s with %s. Moving ahead does not count.", text, g.Session.StartedAt.In(zone).Format(dayAndTime+withZone), g.Session.Device)
	case GapAbsent:
		return text + ": you were not in the live session" + wordClock(g.Clock, zone) + "."
	default:
		return text + ": not watched yet."
	}
}

func wordClock(times []LiveTime, zone *time.Location) string {
	if len(times) == 0 {
		return ""
	}
	return fmt.Sprintf(" from %s to %s", times[0].From.In(zone).Format("15:04"), times[len(times)-1].To.In(zone).Format("15:04"+withZone))
}

// Sentence tells what a session brought.
func (s SessionAccount) Sentence(zone *time.Location) string {
	end := s.EndedAt
	if end == nil || s.LastBeatAt != nil && s.LastBeatAt.Before(*end) {
		end = s.LastBeatAt
	}
	text := "From " + s.StartedAt.In(zone).Format(dayAndTime+withZone)
	if end != nil {
		text = fmt.Sprintf("From %s to %s", s.StartedAt.In(zone).Format(dayAndTime), clockAfter(s.StartedAt, *end, zone))
	}
	text += " with " + s.Device + ": "
	switch {
	case len(s.Watched) == 0:
		text += "nothing was counted"
	case s.Earlier:
		text += WordTime(s.Watched.Total()) + " were counted of an earlier recording"
	default:
		text += fmt.Sprintf("%s were counted (%s)", WordTime(s.Watched.Total()), WordRanges(s.Watched))
	}
	for _, r := range s.Refusals() {
		text += ". " + s.refusal(r, zone)
	}
	return text + "."
}

// clockAfter is an end without its day, when that is the day of the start.
func clockAfter(start, end time.Time, zone *time.Location) string {
	start, end = start.In(zone), end.In(zone)
	if start.YearDay() == end.YearDay() && start.Year() == end.Year() {
		return end.Format("15:04" + withZone)
	}
	return end.Format(dayAndTime + withZone)
}

func (s SessionAccount) refusal(r Refusal, zone *time.Location) string {
	text := WordTime(r.MS) + " were not counted: "
	switch r.Reason {
	case RefusedTakenOver:
		text += "play had begun on another device"
		if s.EndedAt != nil {
			text += " at " + s.EndedAt.In(zone).Format("15:04"+withZone)
		}
	case RefusedWithdrawn:
		text += "the recording had been withdrawn"
	case RefusedTooFast:
		text += fmt.Sprintf("played faster than %g×, which is the most that counts", float64(s.SpeedLimit)/NormalSpeed)
	default:
		text += "that is more than can be watched in the time, as when parts are skipped or two windows play at once"
	}
	return text
}

// Sentence tells what a stay in the live session brought.
func (l LiveStay) Sentence(zone *time.Location) string {
	text := fmt.Sprintf("In the live session from %s to %s: ", l.Joined.In(zone).Format(dayAndTime), clockAfter(l.Joined, l.Left, zone))
	if len(l.OnRecording) == 0 {
		text += "not on the recording"
	} else {
		text += WordRanges(l.OnRecording) + " of the recording"
	}
	return text + fmt.Sprintf(" (%s, imported on %s).", wordPlatform(l.Platform), l.ImportedAt.In(zone).Format(dayAndTime+withZone))
}

func wordPlatform(platform string) string {
	switch platform {
	case "zoom_webinar", "zoom_meeting":
		return "report of Zoom"
	case "teams":
		return "report of Teams"
	case "webex":
		return "report of Webex"
	default:
		return "attendance list"
	}
}

// maxWorded bounds the ranges of a sentence.
const maxWorded = 5

// WordRanges words a set as the player shows positions: "0:00–12:30, 14:00–20:05".
func WordRanges(ranges Ranges) string {
	var words []string
	for i, r := range ranges {
		if i == maxWorded {
			words = append(words, fmt.Sprintf("and %d more", len(ranges)-maxWorded))
			break
		}
		words = append(words, WordRange(r))
	}
	return strings.Join(words, ", ")
}

// WordRange words a stretch of a recording: "12:00–14:30".
func WordRange(r Range) string { return wordPosition(r.From) + "–" + wordPosition(r.To) }

func wordPosition(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
