package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
)

// ExplanationStore tells why.
type ExplanationStore interface {
	// Explain tells why an account has completed a program or not. catalog.ErrNotFound.
	Explain(ctx context.Context, account catalog.AccountID, program catalog.ProgramID) (playback.Explanation, error)
}

// registerExplain: "Why do I have no certificate?", asked by doctors of
// themselves and by administrators of anybody.
func (s *server) registerExplain(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "explain-program", Method: http.MethodGet, Path: "/v1/programs/{id}/explanation", Tags: []string{tag},
		Summary: "Explain what a doctor lacks of a program, and why",
		Description: "A doctor's own; admins name the account. For every webinar: what is missing and why, what each playback session and each stay in the live session brought, " +
			"and what was refused and why. Every part is there for programs and as a sentence with clock times in the doctor's time zone. " +
			"The latest 50 sessions and stays of a webinar are told.",
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}, s.explain)
}

type explainedRule struct {
	Version          int              `json:"version"`
	ThresholdPercent float64          `json:"threshold_percent"`
	Counts           catalog.Counts   `json:"counts" enum:"live,replay,union"`
	MaxRate          float64          `json:"max_rate"`
	Rounding         catalog.Rounding `json:"rounding" enum:"none,floor,nearest"`
	Since            *time.Time       `json:"since,omitempty"`
	Sentence         string           `json:"sentence" example:"A webinar is completed when 90 % of what counts of it was watched live or as a recording, at up to 2× speed (version 1 of the rule, since Mon 2 Mar 2026, 09:00 CET)."`
}

type explainedTime struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type explainedGap struct {
	FromS     float64            `json:"from_s"`
	ToS       float64            `json:"to_s"`
	Reason    playback.GapReason `json:"reason" enum:"not_reached,skipped,absent"`
	SessionID string             `json:"session_id,omitempty" doc:"That skipped it."`
	Live      []explainedTime    `json:"live,omitempty" doc:"When this stretch was live, where that is known."`
	Sentence  string             `json:"sentence" example:"At 12:00–14:30: skipped on Tue 22 Sep 2026, 16:30 CEST with Chrome on Windows. Moving ahead does not count."`
}

type explainedRefusal struct {
	Reason playback.RefusalReason `json:"reason" enum:"taken_over,withdrawn,too_fast,beyond_clock"`
	S      float64                `json:"seconds"`
}

type explainedSession struct {
	SessionID  catalog.PlaybackSessionID `json:"session_id"`
	Device     string                    `json:"device" example:"Chrome on Windows"`
	StartedAt  time.Time                 `json:"started_at"`
	EndedAt    *time.Time                `json:"ended_at,omitempty" doc:"Left out while it lasts."`
	LastBeatAt *time.Time                `json:"last_beat_at,omitempty"`
	Earlier    bool                      `json:"earlier_recording" doc:"It played a recording that was replaced."`
	CreditedS  float64                   `json:"credited_s"`
	Credited   [][2]float64              `json:"credited" nullable:"false" doc:"On the timeline of its recording."`
	Refused    []explainedRefusal        `json:"refused" nullable:"false"`
	Sentence   string                    `json:"sentence"`
}

type explainedStay struct {
	ImportID   playback.ImportID `json:"import_id"`
	Platform   string            `json:"platform" example:"zoom_webinar"`
	ImportedAt time.Time         `json:"imported_at"`
	JoinedAt   time.Time         `json:"joined_at"`
	LeftAt     time.Time         `json:"left_at"`
	Credited   [][2]float64      `json:"credited" nullable:"false" doc:"On the recording; empty when the stay lies on none of it."`
	Sentence   string            `json:"sentence"`
}

type explainedWebinar struct {
	WebinarProgressBody
	Sentence    string             `json:"sentence"`
	MissingGaps []explainedGap     `json:"missing" nullable:"false" doc:"The gaps, each with its reason."`
	Sessions    []explainedSession `json:"sessions" nullable:"false" doc:"The latest last."`
	Live        []explainedStay    `json:"live" nullable:"false" doc:"Stays in the live session, by time."`
	Carried     [][2]float64       `json:"carried" nullable:"false" doc:"Watched of a recording that this one replaces."`
}

type explanationBody struct {
	ProgramID catalog.ProgramID  `json:"program_id"`
	Title     string             `json:"title"`
	AccountID catalog.AccountID  `json:"account_id"`
	TimeZone  string             `json:"time_zone" example:"Europe/Lisbon" doc:"Of the clock times in sentences."`
	Completed bool               `json:"completed"`
	Sentence  string             `json:"sentence" example:"3 of 10 webinars are still open: 41 min 10 s to watch."`
	Rule      explainedRule      `json:"rule"`
	Webinars  []explainedWebinar `json:"webinars" nullable:"false" doc:"In the order of courses and webinars."`
}

type explanationOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         explanationBody
}

func (s *server) explain(ctx context.Context, in *progressInput) (*explanationOutput, error) {
	account, admin, err := whose(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	e, err := s.Store.Explain(ctx, account, catalog.ProgramID(in.ID))
	if err != nil {
		return nil, err
	}
	to := s.reader(ctx, admin)
	body := explanationBody{
		ProgramID: e.ProgramID, Title: e.Title, AccountID: e.AccountID, TimeZone: e.Zone.String(),
		Completed: playback.Completed(e.Progress().Requirements()), Sentence: to.say(e.Sentence()), Rule: ruleExplained(e, to), Webinars: []explainedWebinar{},
	}
	for _, w := range e.Webinars {
		body.Webinars = append(body.Webinars, webinarExplained(w, e.Zone, to))
	}
	return &explanationOutput{CacheControl: noStore, Body: body}, nil
}

func ruleExplained(e playback.Explanation, to reader) explainedRule {
	r := explainedRule{
		Version: e.Rule.Version, ThresholdPercent: e.Rule.ThresholdPercent, Counts: e.Rule.Counts, MaxRate: e.Rule.MaxRate,
		Rounding: e.Rule.Rounding, Sentence: to.say(e.RuleSentence()),
	}
	if !e.RuleSince.IsZero() {
		r.Since = inUTC(&e.RuleSince)
	}
	return r
}

func webinarExplained(w playback.WebinarExplanation, zone *time.Location, to reader) explainedWebinar {
	body := explainedWebinar{
		WebinarProgressBody: webinarBody(w.WebinarProgress, to), Sentence: to.say(w.Sentence(zone)),
		MissingGaps: []explainedGap{}, Sessions: []explainedSession{}, Live: []explainedStay{}, Carried: pairs(w.Carried),
	}
	for _, g := range w.Gaps() {
		body.MissingGaps = append(body.MissingGaps, gapExplained(g, zone, to))
	}
	for _, s := range w.Sessions {
		body.Sessions = append(body.Sessions, sessionExplained(s, zone, to))
	}
	for _, l := range w.Live {
		body.Live = append(body.Live, explainedStay{
			ImportID: l.ImportID, Platform: l.Platform, ImportedAt: l.ImportedAt.UTC(), JoinedAt: l.Joined.UTC(), LeftAt: l.Left.UTC(),
			Credited: pairs(l.OnRecording), Sentence: to.say(l.Sentence(zone)),
		})
	}
	return body
}

func gapExplained(g playback.Gap, zone *time.Location, to reader) explainedGap {
	body := explainedGap{FromS: seconds(g.From), ToS: seconds(g.To), Reason: g.Reason, Sentence: to.say(g.Sentence(zone))}
	if g.Session != nil {
		body.SessionID = string(g.Session.ID)
	}
	for _, t := range g.Clock {
		body.Live = append(body.Live, explainedTime{t.From.UTC(), t.To.UTC()})
	}
	return body
}

func sessionExplained(s playback.SessionAccount, zone *time.Location, to reader) explainedSession {
	body := explainedSession{
		SessionID: s.ID, Device: s.Device, StartedAt: s.StartedAt.UTC(), EndedAt: inUTC(s.EndedAt), LastBeatAt: inUTC(s.LastBeatAt), Earlier: s.Earlier,
		CreditedS: seconds(s.Watched.Total()), Credited: pairs(s.Watched), Refused: []explainedRefusal{}, Sentence: to.say(s.Sentence(zone)),
	}
	for _, r := range s.Refusals() {
		body.Refused = append(body.Refused, explainedRefusal{r.Reason, seconds(r.MS)})
	}
	return body
}
