package player

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Boarding is what comes up.
type Boarding interface {
	// Coming are the webinars whose live session begins within the next days, the
	// earliest first, each with its light; at most as many as one looks through.
	Coming(ctx context.Context, days int) ([]ComingWebinar, error)
}

// ComingWebinar is one of them.
type ComingWebinar struct {
	Readiness
	StartsAt time.Time
}

// comingDays is how far the board looks ahead.
const comingDays = 14

// boardPage is where the board is.
const boardPage = "/admin/readiness"

func (s *site) forBoards(page adder) { page("GET "+boardPage, s.asAdmin(s.board)) }

// board shows what is missing before the webinars of the next days.
func (s *site) board(w http.ResponseWriter, r *http.Request) error {
	coming, err := s.Backend.Coming(r.Context(), comingDays)
	if err != nil {
		return err
	}
	l := s.locale(r)
	view := listing{
		Title: "board.title", Intro: "board.intro", Crumbs: administration(), Empty: "board.none",
		Columns: []string{"quality.webinars", "board.at", "board.light", "board.missing"},
		Buttons: []link{{queuePage, "queue.title"}, {messagesPage, "messages.title"}},
	}
	classes := map[string]string{"green": classReady, "amber": classWithdrawn, "red": classFailed}
	for _, c := range coming {
		at, missing := c.StartsAt, []string{}
		for _, check := range c.Checks {
			if check.Light != "green" {
				missing = append(missing, l.T("board.line", l.T("ready."+check.Name), l.T("ready.light."+check.Light), check.Sentence))
			}
		}
		view.Rows = append(view.Rows, listRow{
			ID: c.WebinarID, Name: c.Title, URL: "/admin/webinars/" + url.PathEscape(c.WebinarID) + "/readiness",
			Cells: []cell{timeCell(&at), badgeCell(l.T("ready.light."+c.Light), classes[c.Light]), {Lines: missing}},
		})
	}
	return s.showList(w, r, view)
}
