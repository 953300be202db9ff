package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
)

// ProgressStore tells where accounts stand.
type ProgressStore interface {
	// WebinarProgress is where an account stands with a webinar. catalog.ErrNotFound.
	WebinarProgress(ctx context.Context, account catalog.AccountID, webinar catalog.WebinarID) (playback.WebinarProgress, error)
	// ProgramProgress is where an account stands with a program. catalog.ErrNotFound.
	ProgramProgress(ctx context.Context, account catalog.AccountID, program catalog.ProgramID) (playback.ProgramProgress, error)
}

// registerProgress: doctors see what is still missing, admins see it for them.
func (s *server) registerProgress(api huma.API) {
	operation := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: summary,
			Description: "A doctor's own; admins name the account.",
			Errors: []int{
				http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
				http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
			},
		}
	}
	huma.Register(api, operation("get-webinar-progress", "/v1/webinars/{id}/progress", "Read where a doctor stands with a webinar"), s.webinarProgress)
	huma.Register(api, operation("get-program-progress", "/v1/programs/{id}/progress", "Read where a doctor stands with a program"), s.programProgress)
}

type progressInput struct {
	ID        string `path:"id" maxLength:"100"`
	AccountID string `query:"account_id" maxLength:"100" doc:"For admins: whose progress."`
}

type bySource struct {
	Live   float64 `json:"live" minimum:"0" maximum:"100" doc:"Percent watched live."`
	Replay float64 `json:"replay" minimum:"0" maximum:"100" doc:"Percent watched as a recording."`
}

type requirementBody struct {
	Kind        playback.RequirementKind  `json:"kind" enum:"watched,webinars"`
	State       playback.RequirementState `json:"state" enum:"met,unmet,waived" doc:"waived: an administrator has decided that it need not be met."`
	Have        float64                   `json:"have" example:"63.4" doc:"In the unit of need. Of watched: percent of what counts of the recording, cut to hundredths."`
	Need        float64                   `json:"need" example:"90"`
	Explanation string                    `json:"explanation" example:"You have watched 63.4 % of the webinar; 90 % are needed. 12 min 8 s still to watch." doc:"For the doctor."`
	Waiver      *waiverNote               `json:"waiver,omitempty" doc:"For admins, when the state is waived."`
}

type waiverNote struct {
	ID     playback.WaiverID `json:"waiver_id" example:"wvr_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	Reason string            `json:"reason" example:"Gave this talk herself."`
	By     string            `json:"by" doc:"Account or token of the administrator."`
	At     time.Time         `json:"at"`
}

// WebinarProgressBody is where a doctor stands with a webinar. It is exported
// since huma looks only into embedded structs that are.
type WebinarProgressBody struct {
	WebinarID      string            `json:"webinar_id"`
	CourseID       string            `json:"course_id"`
	Title          string            `json:"title"`
	Playable       bool              `json:"playable" doc:"There is a recording to watch now."`
	Locked         bool              `json:"locked" doc:"Its course waits for others to be completed: play is refused until they are (409 prerequisites_missing)."`
	DurationS      float64           `json:"duration_s"`
	WatchedPercent float64           `json:"watched_percent" minimum:"0" maximum:"100" doc:"Watched in any way; cut to hundredths, never rounded up."`
	BySource       bySource          `json:"by_source"`
	Watched        [][2]float64      `json:"watched" nullable:"false"`
	Gaps           [][2]float64      `json:"gaps" nullable:"false" doc:"What counts and was not watched in the way that the rule counts: [[from_s, to_s], …]."`
	Excluded       [][2]float64      `json:"excluded" nullable:"false" doc:"What counts for nobody: neither had nor needed."`
	Counts         catalog.Counts    `json:"counts" enum:"live,replay,union" doc:"Whose seconds the rule counts."`
	MissingS       float64           `json:"missing_s" doc:"How much of the gaps is still to be watched until the rule is met."`
	ResumeAtS      float64           `json:"resume_at_s" doc:"Exactly where play starts."`
	WatchAgain     bool              `json:"watch_again" doc:"The doctor had reached the end: play starts over."`
	Completed      bool              `json:"completed" doc:"All requirements are met or waived."`
	CompletedAt    *time.Time        `json:"completed_at,omitempty" doc:"When they were met first."`
	CompletedBy    string            `json:"completed_by,omitempty" enum:"watching,waiver" doc:"By what that was."`
	Requirements   []requirementBody `json:"requirements" nullable:"false"`
	RefusedS       *float64          `json:"refused_s,omitempty" doc:"For admins: what players claimed beyond what the clock allows."`
}

type programProgressBody struct {
	ProgramID       string                `json:"program_id"`
	WatchedPercent  float64               `json:"watched_percent" minimum:"0" maximum:"100" doc:"Of the length of all recordings together."`
	BySource        bySource              `json:"by_source"`
	ResumeWebinarID *string               `json:"resume_webinar_id" nullable:"true" doc:"The webinar to go on with: of those that can be played, wait for no other course and are not completed the one played last, else the first. Null when none is left."`
	ResumeAtS       float64               `json:"resume_at_s" doc:"Exactly where play of that webinar starts; 0 when none is left."`
	Gaps            [][2]float64          `json:"gaps" nullable:"false" doc:"Of that webinar; each webinar has its own below."`
	Completed       bool                  `json:"completed" doc:"All webinars are completed or waived."`
	Requirements    []requirementBody     `json:"requirements" nullable:"false"`
	Webinars        []WebinarProgressBody `json:"webinars" nullable:"false" doc:"In the order of courses and webinars."`
}

type webinarProgressOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         WebinarProgressBody
}

type programProgressOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         programProgressBody
}

func (s *server) webinarProgress(ctx context.Context, in *progressInput) (*webinarProgressOutput, error) {
	account, admin, err := whose(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.WebinarProgress(ctx, account, catalog.WebinarID(in.ID))
	if err != nil {
		return nil, err
	}
	return &webinarProgressOutput{CacheControl: noStore, Body: webinarBody(p, s.reader(ctx, admin))}, nil
}

func (s *server) programProgress(ctx context.Context, in *progressInput) (*programProgressOutput, error) {
	account, admin, err := whose(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.ProgramProgress(ctx, account, catalog.ProgramID(in.ID))
	if err != nil {
		return nil, err
	}
	return &programProgressOutput{CacheControl: noStore, Body: programBody(p, s.reader(ctx, admin))}, nil
}

// whose decides whose progress is meant: one's own, or for admins anybody's.
func whose(ctx context.Context, asked string) (account catalog.AccountID, admin bool, err error) {
	who, err := identity.Require(ctx)
	switch {
	case err != nil:
		return "", false, err
	case asked != "" && catalog.AccountID(asked) != who.AccountID && !who.Admin():
		return "", false, catalog.ErrForbidden
	case asked != "":
		return catalog.AccountID(asked), who.Admin(), nil
	case who.AccountID == "":
		return "", false, &catalog.FieldError{Field: "query.account_id", Code: "required", Message: "Say whose progress you want: ?account_id=…"}
	default:
		return who.AccountID, who.Admin(), nil
	}
}

// reader is who an answer is for.
type reader struct {
	admin bool
	say   func(catalog.Sentence) string // in her language
}

func (s *server) reader(ctx context.Context, admin bool) reader {
	if s.Say == nil {
		return reader{admin, catalog.Sentence.String}
	}
	return reader{admin, func(said catalog.Sentence) string { return s.Say(ctx, said) }}
}

func webinarBody(p playback.WebinarProgress, to reader) WebinarProgressBody {
	union := p.Coverage.Union().Clip(0, p.DurationMS)
	body := WebinarProgressBody{
		WebinarID: string(p.WebinarID), CourseID: string(p.CourseID), Title: p.Title, Playable: p.Playable, Locked: p.Locked,
		DurationS: seconds(p.DurationMS), WatchedPercent: playback.Percent(union.Total(), p.DurationMS),
		BySource: bySource{
			Live:   playback.Percent(p.Coverage.Live.Clip(0, p.DurationMS).Total(), p.DurationMS),
			Replay: playback.Percent(p.Coverage.Replay.Clip(0, p.DurationMS).Total(), p.DurationMS),
		},
		Watched: pairs(union), Gaps: pairs(p.Case.Gaps()), Excluded: pairs(p.Case.Excluded.Clip(0, p.DurationMS)),
		Counts: p.Case.Rule.Counts, MissingS: missing(p),
		ResumeAtS: seconds(p.Resume.PositionMS), WatchAgain: p.Resume.WatchAgain,
		Completed: p.Completed(), Requirements: requirements(p.Requirements, to),
	}
	if p.Completion != nil {
		at := p.Completion.At.UTC()
		body.CompletedAt, body.CompletedBy = &at, "watching"
		if p.Completion.Waiver != "" {
			body.CompletedBy = "waiver"
		}
	}
	if to.admin {
		refused := seconds(p.RefusedMS)
		body.RefusedS = &refused
	}
	return body
}

func programBody(p playback.ProgramProgress, to reader) programProgressBody {
	body := programProgressBody{
		ProgramID: string(p.ProgramID), Webinars: []WebinarProgressBody{}, Gaps: [][2]float64{},
		Requirements: requirements(p.Requirements(), to),
	}
	if next := p.Next(); next != nil {
		id := string(next.WebinarID)
		body.ResumeWebinarID, body.ResumeAtS, body.Gaps = &id, seconds(next.Resume.PositionMS), pairs(next.Case.Gaps())
	}
	var length, union, live, replay int64
	for _, w := range p.Webinars {
		length += w.DurationMS
		union += w.Coverage.Union().Clip(0, w.DurationMS).Total()
		live += w.Coverage.Live.Clip(0, w.DurationMS).Total()
		replay += w.Coverage.Replay.Clip(0, w.DurationMS).Total()
		body.Webinars = append(body.Webinars, webinarBody(w, to))
	}
	body.WatchedPercent = playback.Percent(union, length)
	body.BySource = bySource{Live: playback.Percent(live, length), Replay: playback.Percent(replay, length)}
	body.Completed = playback.Completed(p.Requirements())
	return body
}

// missing is how much is left to watch; nothing once all requirements are met.
func missing(p playback.WebinarProgress) float64 {
	if p.Completed() {
		return 0
	}
	return seconds(p.Case.MissingMS())
}

func requirements(from []playback.Requirement, to reader) []requirementBody {
	out := make([]requirementBody, 0, len(from))
	for _, r := range from {
		body := requirementBody{Kind: r.Kind, State: r.State, Have: r.Have, Need: r.Need, Explanation: to.say(r.Explanation)}
		if w := r.Waiver; w != nil && to.admin {
			body.Waiver = &waiverNote{ID: w.ID, Reason: w.Reason, By: w.By, At: w.At.UTC()}
		}
		out = append(out, body)
	}
	return out
}
