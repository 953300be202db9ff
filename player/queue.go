package player

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Watching is what happens to recordings, and whether all is ready for an event.
type Watching interface {
	// Queue lists the recordings of all webinars, newest first, and the cursor of the next page.
	Queue(ctx context.Context, state, cursor string) (recordings []QueuedRecording, next string, err error)
	// Readiness tells whether a webinar can be announced.
	Readiness(ctx context.Context, webinarID string) (Readiness, error)
}

// QueuedRecording is a recording with who works on it.
type QueuedRecording struct {
	Recording
	WebinarID, WebinarTitle, ProgramTitle string
	Stage, Stalled, LastError             string
	Attempts                              int
	Workers                               []string
	UpdatedAt                             time.Time
}

// Readiness is a light for each thing that keeps doctors out when it is missing.
type Readiness struct {
	WebinarID, Title string
	Light            string // green, amber, red: the worst
	Checks           []ReadinessCheck
}

// ReadinessCheck is one of them. Sentence and Remedy are made by whoever looked.
type ReadinessCheck struct{ Name, Light, Sentence, Remedy string }

func (s *site) forWatchers(page adder) {
	page("GET /admin/recordings", s.asAdmin(s.queue))
	page("GET /admin/webinars/{id}/readiness", s.asAdmin(s.readiness))
}

// queuePage is where the buttons of the queue return to.
const queuePage = "/admin/recordings"

// queue shows what becomes of recordings; without a filter, of those that are not ready.
func (s *site) queue(w http.ResponseWriter, r *http.Request) error {
	state := r.URL.Query().Get("state")
	found, next, err := s.Backend.Queue(r.Context(), state, r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "queue.title", Intro: "queue.intro", Crumbs: administration(), Empty: "queue.none", Next: nextPage(r, next), Fresh: true,
		Columns: []string{"queue.recording", "queue.state", "queue.heard", "queue.tries", "queue.reason", columnActs},
		Filter: asked(r, field{Name: "state", Label: "queue.which", Type: typeSelect, Options: choices(l, "queue.open", "queue",
			"stalled", "uploading", "uploaded", "processing", "failed", "ready", "all")}),
	}
	for _, q := range found {
		view.Rows = append(view.Rows, queueRow(l, q))
	}
	return s.showList(w, r, view)
}

func queueRow(l *locale, q QueuedRecording) listRow {
	at := q.UpdatedAt
	state := cell{Badge: l.T("recording." + q.State), Class: q.State}
	switch {
	case q.Withdrawn:
		state.Badge, state.Class = l.T("recording.withdrawn"), "withdrawn"
	case q.Current && q.Private:
		state.Badge = l.T("queue.rehearsed")
	case q.Current:
		state.Badge = l.T("recording.current")
	case q.State == "processing":
		state.Text = strconv.Itoa(percent(q.Progress*100)) + " %"
		if stage := l.Script["stage."+q.Stage]; stage != "" {
			state.Text = l.T("queue.progress", percent(q.Progress*100), stage)
		}
	}
	tries := cell{Lines: []string{l.N("queue.attempts", q.Attempts)}}
	if len(q.Workers) > 0 {
		tries.Lines = append(tries.Lines, strings.Join(q.Workers, ", "))
	}
	row := listRow{
		ID: q.ID, Name: q.Filename, Note: q.WebinarTitle + " · " + q.ProgramTitle, URL: "/recordings/" + url.PathEscape(q.ID), Class: q.State,
		Cells: []cell{state, timeCell(&at), tries, {Lines: queueReasons(l, q)}},
	}
	act := func(name string) act {
		return act{URL: "/recordings/" + url.PathEscape(q.ID) + "/" + name, Label: "recording." + name, Hidden: [][2]string{{"next", queuePage}}}
	}
	switch {
	case q.Retry:
		row.Acts = append(row.Acts, act("retry"))
	case q.Publishable():
		publish := act("publish")
		if q.Private {
			publish.Label = "recording.publish_private"
		}
		row.Acts = append(row.Acts, publish)
	case q.Current && !q.Withdrawn:
		withdraw := act("withdraw")
		withdraw.Now = "recording.withdraw_now"
		withdraw.Confirm, withdraw.Reason, withdraw.Danger = "recording.withdraw_effect", true, true
		row.Acts = append(row.Acts, withdraw)
	}
	return row
}

// queueReasons are why a recording is where it is.
func queueReasons(l *locale, q QueuedRecording) []string {
	var reasons []string
	if q.Stalled != "" {
		reasons = append(reasons, l.T("queue.stalled."+q.Stalled))
	}
	if q.Failure != "" {
		reasons = append(reasons, q.Failure)
	}
	if q.LastError != "" {
		reasons = append(reasons, q.LastError)
	}
	return reasons
}

// readiness shows the lights before an event.
func (s *site) readiness(w http.ResponseWriter, r *http.Request) error {
	found, err := s.Backend.Readiness(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, page{Name: "readiness", Title: "ready.title", Section: "admin", Content: found})
}
