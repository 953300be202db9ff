package playbackapi

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	counts "rounds/catalog/figures"
	"rounds/catalog/identity"
	"rounds/playback"
)

// AnalyticsStore counts who has seen what of a webinar.
type AnalyticsStore interface {
	// Audience is of the current recording. catalog.ErrNotFound when there is no
	// such webinar or who may not know, catalog.ErrNotReady when it has no recording.
	Audience(ctx context.Context, who identity.Principal, webinar catalog.WebinarID) (playback.Audience, error)
}

// registerAnalytics: presenters see what of their talk was watched.
func (s *server) registerAnalytics(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-webinar-analytics", Method: http.MethodGet, Path: "/v1/webinars/{id}/analytics", Tags: []string{tag},
		Summary: "Read who watched what of a webinar",
		Description: "For who presents or moderates the webinar, and administrators. Of the current recording and the doctors who are enrolled now, except those whose enrolment has ended. " +
			"Curves have one number for each second: how many doctors watched it, however often. Live is what was attended in the live session, as the live map has it. " +
			"Nobody is named, and what fewer than `least` people have in common is null, as are counts from which it would follow: " +
			"seconds, averages, countries and devices. Countries and devices are counted once a day, up to 00:00 UTC. 409 `not_ready` while nothing is published.",
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.analytics)
}

type analyticsInput struct {
	ID catalog.WebinarID `path:"id" maxLength:"100"`
}

// secondsWatched has a count for each second; null is hidden.
type secondsWatched []counts.Cell

// Schema implements huma.SchemaProvider: elements may be null.
func (secondsWatched) Schema(r huma.Registry) *huma.Schema {
	count := *r.Schema(reflect.TypeFor[int](), false, "")
	count.Nullable = true
	return &huma.Schema{Type: huma.TypeArray, Items: &count, Examples: []any{[]any{312, 312, 309, nil}}}
}

type watchedBody struct {
	Doctors     int            `json:"doctors" example:"312"`
	MeanPercent *float64       `json:"mean_percent" nullable:"true" example:"64.2" doc:"Of the recording, that each of them watched."`
	Seconds     secondsWatched `json:"seconds" doc:"How many watched each second of the recording."`
}

type chapterKeptBody struct {
	StartS  float64  `json:"start_s" example:"93.5"`
	EndS    float64  `json:"end_s" example:"410"`
	Title   string   `json:"title" example:"Who needs a beta blocker?" doc:"Empty for what lies before the first chapter."`
	Doctors *float64 `json:"doctors" nullable:"true" example:"281.4" doc:"How many watched a second of it, on average."`

	Questions int `json:"questions" example:"3" doc:"About a place in it, and not put aside."`
}

type askedAtBody struct {
	AtS       float64 `json:"at_s" example:"1930"`
	Questions int     `json:"questions" example:"1"`
}

type questionCountsBody struct {
	Asked  int           `json:"asked" example:"12" doc:"Of the webinar, and not put aside."`
	Open   int           `json:"open" example:"4" doc:"Of them, without an answer."`
	Places []askedAtBody `json:"places" nullable:"false" doc:"Where on the recording, in its order."`
}

type countryBody struct {
	Name      string `json:"name" example:"PT" doc:"ISO 3166-1 alpha-2; empty: not told."`
	Enrolled  *int   `json:"enrolled" nullable:"true" example:"140"`
	Started   *int   `json:"started" nullable:"true" example:"96"`
	Completed *int   `json:"completed" nullable:"true" example:"31"`
}

type deviceBody struct {
	Name      string `json:"name" example:"Windows" doc:"A system: what each doctor watched most with. Empty: not known."`
	Doctors   *int   `json:"doctors" nullable:"true" example:"96" doc:"Have played the recording."`
	Completed *int   `json:"completed" nullable:"true" example:"31"`
}

type reportedBody struct {
	FromS   float64 `json:"from_s" example:"120" doc:"A minute of the recording."`
	ToS     float64 `json:"to_s" example:"180"`
	Doctors int     `json:"doctors" example:"2"`
}

type analyticsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		RecordingID catalog.RecordingID `json:"recording_id"`
		DurationS   float64             `json:"duration_s"`
		Least       int                 `json:"least" example:"5" doc:"Smaller counts are hidden."`
		Enrolled    int                 `json:"enrolled" example:"840" doc:"Doctors of the program."`
		Started     int                 `json:"started" example:"390" doc:"Have watched something, live or afterwards."`
		Finished    int                 `json:"finished" example:"270" doc:"Have watched something of the last twentieth (ten seconds at least)."`
		Completed   int                 `json:"completed" example:"251" doc:"Have met the program's rule."`
		LiveReplay  int                 `json:"live_and_replay" example:"40" doc:"Were there live and watched again afterwards."`
		Watched     watchedBody         `json:"watched" doc:"Live or afterwards."`
		Live        watchedBody         `json:"live"`
		Replay      watchedBody         `json:"replay"`
		Chapters    []chapterKeptBody   `json:"chapters" nullable:"false"`
		AsOf        time.Time           `json:"as_of" doc:"Countries and devices are of what was before."`
		Countries   []countryBody       `json:"countries" nullable:"false"`
		Devices     []deviceBody        `json:"devices" nullable:"false"`
		Reports     []reportedBody      `json:"reports" nullable:"false" doc:"How many doctors reported, from which minute, that something was wrong with play."`
		Questions   questionCountsBody  `json:"questions" doc:"What doctors asked. The questions themselves: list-all-questions."`
	}
}

func (s *server) analytics(ctx context.Context, in *analyticsInput) (*analyticsOutput, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	audience, err := s.Store.Audience(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	told := audience.Told()
	out := &analyticsOutput{CacheControl: noStore}
	b := &out.Body
	b.RecordingID, b.DurationS, b.Least, b.AsOf = told.RecordingID, seconds(told.DurationMS), counts.Least, told.AsOf.UTC()
	b.Enrolled, b.Started, b.Finished, b.Completed, b.LiveReplay = told.Enrolled, told.Started, told.Finished, told.Completed, told.Both
	b.Watched, b.Live, b.Replay = watchedOf(told.All), watchedOf(told.Live), watchedOf(told.Replay)
	b.Chapters, b.Reports = []chapterKeptBody{}, []reportedBody{}
	for _, c := range told.Chapters {
		b.Chapters = append(b.Chapters, chapterKeptBody{seconds(c.StartMS), seconds(c.EndMS), c.Title, c.Doctors, c.Questions})
	}
	for _, r := range told.Reports {
		b.Reports = append(b.Reports, reportedBody{float64(r.Minute) * 60, float64(r.Minute+1) * 60, r.Doctors})
	}
	b.Questions = questionCountsBody{Asked: told.Questions.All, Open: told.Questions.Open, Places: []askedAtBody{}}
	for _, q := range told.Questions.Placed {
		b.Questions.Places = append(b.Questions.Places, askedAtBody{seconds(q.AtMS), q.Questions})
	}
	b.Countries, b.Devices = []countryBody{}, []deviceBody{}
	for _, l := range told.Countries {
		b.Countries = append(b.Countries, countryBody{l.Name, l.Cells[0], l.Cells[1], l.Cells[2]})
	}
	for _, l := range told.Devices {
		b.Devices = append(b.Devices, deviceBody{l.Name, l.Cells[0], l.Cells[1]})
	}
	return out, nil
}

func watchedOf(w playback.Watched) watchedBody {
	return watchedBody{w.Doctors, w.Mean, w.Curve}
}
