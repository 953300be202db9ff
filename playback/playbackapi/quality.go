package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback/qoe"
)

// QualityStore tells how well play went.
type QualityStore interface {
	// WebinarQuality is of one webinar in a span of time. catalog.ErrNotFound.
	WebinarQuality(ctx context.Context, webinar catalog.WebinarID, span qoe.Span) (qoe.Quality, error)
	// ProgramQuality is of all webinars of a program. catalog.ErrNotFound.
	ProgramQuality(ctx context.Context, program catalog.ProgramID, span qoe.Span) (qoe.Quality, error)
	// WebinarsQuality is of each webinar of a program; groups are named by their ids.
	WebinarsQuality(ctx context.Context, program catalog.ProgramID, span qoe.Span) ([]qoe.Group, error)
}

// registerQuality: administrators see how well play goes, and for whom it does not.
func (s *server) registerQuality(api huma.API) {
	operation := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: summary,
			Description: "For administrators. From what players noticed themselves: views (sessions in which play was asked for), how long play took to start, " +
				"the share of the time in which the picture stood, views left before the start, and views whose doctor was told that play could not go on. " +
				"New events are in it after some minutes.",
			Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		}
	}
	huma.Register(api, operation("get-webinar-quality", "/v1/webinars/{id}/quality", "Read how well a webinar is played"), s.webinarQuality)
	huma.Register(api, operation("get-program-quality", "/v1/programs/{id}/quality", "Read how well the webinars of a program are played"), s.programQuality)
}

type qualityInput struct {
	ID     string    `path:"id" maxLength:"100"`
	Since  time.Time `query:"since" doc:"Only views from then on; default: all that is kept." example:"2026-11-01T00:00:00Z"`
	Before time.Time `query:"before" doc:"Only views that began before." example:"2026-11-02T00:00:00Z"`
}

func (in qualityInput) span() qoe.Span { return qoe.Span{Since: in.Since, Before: in.Before} }

// FiguresBody are the five figures of some views. It is exported so that it can
// be embedded in what is described.
type FiguresBody struct {
	Views         int      `json:"views" doc:"Playback sessions in which play was asked for."`
	StartupP50S   *float64 `json:"startup_p50_s" doc:"Half of the views started faster, from play to moving picture. Null when none has started."`
	StartupP95S   *float64 `json:"startup_p95_s" doc:"95 % of the views started faster."`
	RebufferRatio float64  `json:"rebuffer_ratio" minimum:"0" maximum:"1" doc:"Share of the time spent watching in which the picture stood though nobody had stopped it."`
	StalledS      float64  `json:"stalled_s"`
	PlayedS       float64  `json:"played_s" doc:"Of recordings, in all these views."`
	Exits         int      `json:"exits_before_start"`
	Failures      int      `json:"failures" doc:"Views whose doctor was told that play could not go on."`
}

type groupBody struct {
	Name string `json:"name" doc:"Empty: not known."`
	FiguresBody
}

type lastErrorBody struct {
	Error string `json:"error"`
	Views int    `json:"views"`
}

// QualityBody are the figures of all views and of groups of them.
type QualityBody struct {
	FiguresBody
	Country []groupBody     `json:"by_country" nullable:"false" doc:"Of the doctor's account, ISO 3166-1 alpha-2; most views first."`
	Network []groupBody     `json:"by_network" nullable:"false" doc:"As the browser judges it: slow-2g to 4g, else wifi, cellular, …"`
	Device  []groupBody     `json:"by_device" nullable:"false" doc:"phone, tablet or computer."`
	Browser []groupBody     `json:"by_browser" nullable:"false" doc:"As the User-Agent names it."`
	Engine  []groupBody     `json:"by_engine" nullable:"false" doc:"What plays: hls.js, native or file."`
	Errors  []lastErrorBody `json:"last_errors" nullable:"false" doc:"What failed views told last; the ten most frequent."`
}

type programQualityBody struct {
	QualityBody
	Webinars []groupBody `json:"webinars" nullable:"false" doc:"Each webinar that was played; name is its id."`
}

type webinarQualityOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         QualityBody
}

type programQualityOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         programQualityBody
}

func (s *server) webinarQuality(ctx context.Context, in *qualityInput) (*webinarQualityOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	q, err := s.Store.WebinarQuality(ctx, catalog.WebinarID(in.ID), in.span())
	return &webinarQualityOutput{CacheControl: noStore, Body: qualityOf(q)}, err
}

func (s *server) programQuality(ctx context.Context, in *qualityInput) (*programQualityOutput, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	q, err := s.Store.ProgramQuality(ctx, catalog.ProgramID(in.ID), in.span())
	if err != nil {
		return nil, err
	}
	webinars, err := s.Store.WebinarsQuality(ctx, catalog.ProgramID(in.ID), in.span())
	return &programQualityOutput{CacheControl: noStore, Body: programQualityBody{qualityOf(q), groups(webinars)}}, err
}

func qualityOf(q qoe.Quality) QualityBody {
	body := QualityBody{
		FiguresBody: figures(q.All), Country: groups(q.Country), Network: groups(q.Network), Device: groups(q.Device),
		Browser: groups(q.Browser), Engine: groups(q.Engine), Errors: []lastErrorBody{},
	}
	for _, e := range q.Errors {
		body.Errors = append(body.Errors, lastErrorBody{e.Text, e.Views})
	}
	return body
}

func groups(from []qoe.Group) []groupBody {
	out := make([]groupBody, 0, len(from))
	for _, g := range from {
		out = append(out, groupBody{g.Name, figures(g.Figures)})
	}
	return out
}

func figures(f qoe.Figures) FiguresBody {
	return FiguresBody{
		Views: f.Views, StartupP50S: inSeconds(f.StartupP50MS), StartupP95S: inSeconds(f.StartupP95MS), RebufferRatio: f.RebufferRatio(),
		StalledS: seconds(f.StalledMS), PlayedS: seconds(f.PlayedMS), Exits: f.Exits, Failures: f.Failures,
	}
}

func inSeconds(ms *int64) *float64 {
	if ms == nil {
		return nil
	}
	s := seconds(*ms)
	return &s
}
