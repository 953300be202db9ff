package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

// watchedAnswer is how many watched in one way, as the API tells it.
type watchedAnswer struct {
	Doctors     int      `json:"doctors"`
	MeanPercent *float64 `json:"mean_percent"`
	Seconds     []*int   `json:"seconds"`
}

func (w watchedAnswer) view() player.WatchedBy {
	return player.WatchedBy{Doctors: w.Doctors, Mean: w.MeanPercent, Seconds: w.Seconds}
}

// groupAnswer is a country or a device; which counts are set depends on that.
type groupAnswer struct {
	Name      string `json:"name"`
	Enrolled  *int   `json:"enrolled"`
	Started   *int   `json:"started"`
	Doctors   *int   `json:"doctors"`
	Completed *int   `json:"completed"`
}

// analyticsAnswer is what GET …/analytics tells.
type analyticsAnswer struct {
	DurationS  float64       `json:"duration_s"`
	Least      int           `json:"least"`
	Enrolled   int           `json:"enrolled"`
	Started    int           `json:"started"`
	Finished   int           `json:"finished"`
	Completed  int           `json:"completed"`
	LiveReplay int           `json:"live_and_replay"`
	Watched    watchedAnswer `json:"watched"`
	Live       watchedAnswer `json:"live"`
	Replay     watchedAnswer `json:"replay"`
	Chapters   []struct {
		StartS  float64  `json:"start_s"`
		Title   string   `json:"title"`
		Doctors *float64 `json:"doctors"`

		Questions int `json:"questions"`
	} `json:"chapters"`
	AsOf      time.Time     `json:"as_of"`
	Countries []groupAnswer `json:"countries"`
	Devices   []groupAnswer `json:"devices"`
	Reports   []struct {
		FromS   float64 `json:"from_s"`
		Doctors int     `json:"doctors"`
	} `json:"reports"`
	Questions struct {
		Asked  int `json:"asked"`
		Open   int `json:"open"`
		Places []struct {
			AtS       float64 `json:"at_s"`
			Questions int     `json:"questions"`
		} `json:"places"`
	} `json:"questions"`
}

// Analytics implements player.Analysing.
func (p *pages) Analytics(ctx context.Context, id string) (player.Analytics, error) {
	who, err := identity.Require(ctx)
	if err != nil {
		return player.Analytics{}, pageErrorOf(ctx, err)
	}
	var a analyticsAnswer
	err = p.get(ctx, "/v1/webinars/"+url.PathEscape(id)+"/analytics", &a)
	refused := (*player.Refusal)(nil)
	ready := !errors.As(err, &refused) || refused.Status != http.StatusConflict
	if err != nil && ready {
		return player.Analytics{}, err
	}
	webinar, err := p.store.Webinar(ctx, who, catalog.WebinarID(id))
	if err != nil {
		return player.Analytics{}, pageErrorOf(ctx, err)
	}
	view := a.view()
	view.WebinarID, view.Title, view.Ready = id, webinar.Title, ready
	return view, nil
}

func (a analyticsAnswer) view() player.Analytics {
	view := player.Analytics{
		DurationS: a.DurationS, Least: a.Least, Enrolled: a.Enrolled, Started: a.Started, Finished: a.Finished, Completed: a.Completed,
		LiveReplay: a.LiveReplay, All: a.Watched.view(), Live: a.Live.view(), Replay: a.Replay.view(), AsOf: a.AsOf,
		Asked: a.Questions.Asked, Unanswered: a.Questions.Open,
	}
	for _, q := range a.Questions.Places {
		view.Questions = append(view.Questions, player.AskedAt(q))
	}
	for _, c := range a.Chapters {
		view.Chapters = append(view.Chapters, player.KeptChapter(c))
	}
	for _, g := range a.Countries {
		view.Countries = append(view.Countries, player.FiguresLine{Name: g.Name, Registered: g.Enrolled, Active: g.Started, Completed: g.Completed})
	}
	for _, g := range a.Devices {
		view.Devices = append(view.Devices, player.FiguresLine{Name: g.Name, Registered: g.Doctors, Active: g.Completed})
	}
	for _, r := range a.Reports {
		view.Reports = append(view.Reports, player.ReportedMinute(r))
	}
	return view
}
