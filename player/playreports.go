package player

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Reporting is what doctors reported with one tap when play failed.
type Reporting interface {
	// WebinarChoices are a program's title and its webinars.
	WebinarChoices(ctx context.Context, programID string) (program string, webinars []Option, err error)
	// PlayReports lists them, the newest first, and the cursor of the next page. state: open, done or empty.
	PlayReports(ctx context.Context, q QualityQuery, state, cursor string) (reports []PlayReport, next string, err error)
	// SettleReport says whether somebody has looked after one.
	SettleReport(ctx context.Context, id string, done bool) error
}

// PlayReport is one of them.
type PlayReport struct {
	ID, AccountID, Name, Email string
	Webinar                    string // title
	At                         time.Time
	PositionS                  *float64 // nil: not known
	NoSession                  bool     // play could not even be opened
	Reference                  string   // what she was shown then
	Code, Device, Browser      string
	Done                       bool
}

// States of a report.
const (
	stateOpen = "open"
	stateDone = "done"
)

func (s *site) forReporters(page adder) {
	page("GET /admin/programs/{id}/reports", s.asAdmin(s.playReports))
	page("POST /admin/programs/{id}/reports/{report}", s.asAdmin(s.settleReport))
}

func (s *site) playReports(w http.ResponseWriter, r *http.Request) error {
	return s.showReports(w, r, doneKey(r, "reports.did", stateDone, stateOpen), "")
}

// showReports lists the reports of a program's webinars.
func (s *site) showReports(w http.ResponseWriter, r *http.Request, done, problem string) error {
	q, wrong, err := s.qualityQuery(r)
	if err != nil {
		return err
	}
	if problem == "" {
		problem = wrong
	}
	program, webinars, err := s.Backend.WebinarChoices(r.Context(), q.ProgramID)
	if err != nil {
		return err
	}
	l, query := s.locale(r), r.URL.Query()
	found, next, err := s.Backend.PlayReports(r.Context(), q, query.Get("state"), query.Get("cursor"))
	if err != nil {
		return err
	}
	here := "/admin/programs/" + url.PathEscape(q.ProgramID)
	view := listing{
		Title: "reports.title", Intro: "reports.intro", Name: program, Crumbs: administration(crumb{here + "/quality", "quality.title"}), Empty: "reports.none",
		Columns: []string{"reports.doctor", "reports.at", "quality.webinars", "reports.device", "reports.code", "reports.state", columnActs},
		Filter:  append(s.playFilter(r, webinars), asked(r, field{Name: "state", Label: "reports.state", Type: typeSelect, Options: choices(l, "reports.all", "reports.state", stateOpen, stateDone)})...),
		Done:    done, Problem: problem, Next: nextPage(r, next),
	}
	for _, p := range found {
		view.Rows = append(view.Rows, reportRow(l, here, p))
	}
	return s.showList(w, r, view)
}

func reportRow(l *locale, here string, p PlayReport) listRow {
	at := p.At
	webinar := cell{Lines: []string{p.Webinar}}
	switch {
	case p.NoSession:
		webinar.Lines = append(webinar.Lines, l.T("reports.no_session"), l.T("reports.reference", p.Reference))
	case p.PositionS != nil:
		webinar.Lines = append(webinar.Lines, l.T("reports.position", clock(*p.PositionS)))
	}
	device := l.T("quality.unknown")
	if p.Device != "" {
		device = l.T("quality.device." + p.Device)
	}
	row := listRow{ID: p.ID, Name: p.Name, Note: p.Email, URL: "/support/doctors/" + url.PathEscape(p.AccountID)}
	state, to := badgeCell(l.T("reports.state.open"), classWithdrawn), stateDone
	if p.Done {
		state, to = badgeCell(l.T("reports.state.done"), classReady), stateOpen
	}
	row.Cells = []cell{timeCell(&at), webinar, {Lines: []string{device, p.Browser}}, {Code: p.Code}, state}
	row.Acts = []act{{URL: here + "/reports/" + url.PathEscape(p.ID), Label: "reports.to." + to, Hidden: [][2]string{{"to", to}}}}
	return row
}

func (s *site) settleReport(w http.ResponseWriter, r *http.Request) error {
	to := stateOpen
	if r.PostFormValue("to") == stateDone {
		to = stateDone
	}
	err := s.Backend.SettleReport(r.Context(), r.PathValue("report"), to == stateDone)
	return afterAct(w, r, "/admin/programs/"+url.PathEscape(r.PathValue("id"))+"/reports", to, err, s.showReports)
}
