package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rounds/player"
)

// spotWindow is a registration window as the API tells it.
type spotWindow struct {
	ID           string    `json:"id"`
	ProgramTitle string    `json:"program_title"`
	Title        string    `json:"title"`
	Cap          int       `json:"cap"`
	OpensAt      time.Time `json:"opens_at"`
	ClosesAt     time.Time `json:"closes_at"`
	Admission    string    `json:"admission"`
	Domains      []string  `json:"domains"`
	Admitted     int       `json:"admitted"`
	Waiting      int       `json:"waiting"`
}

func (w spotWindow) event() player.Event {
	return player.Event{
		ID: w.ID, Title: w.Title, ProgramTitle: w.ProgramTitle, Admission: w.Admission, Domains: w.Domains,
		Cap: w.Cap, Admitted: w.Admitted, Waiting: w.Waiting, OpensAt: w.OpensAt, ClosesAt: w.ClosesAt,
	}
}

// mostPages bounds what a page reads of a list.
const mostPages = 20

// listAll reads a list of the API to its end, or as much of it as a page can show.
func listAll[T any](ctx context.Context, p *pages, path string, query url.Values) (items []T, err error) {
	query.Set("limit", "200")
	for range mostPages {
		var page struct {
			Items      []T     `json:"items"`
			NextCursor *string `json:"next_cursor"`
		}
		if err := p.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.NextCursor == nil {
			break
		}
		query.Set("cursor", *page.NextCursor)
	}
	return items, nil
}

// Events implements player.Events.
func (p *pages) Events(ctx context.Context) ([]player.Event, error) {
	windows, err := listAll[spotWindow](ctx, p, "/v1/spot_windows", url.Values{})
	events := make([]player.Event, 0, len(windows))
	for _, w := range slices.Backward(windows) {
		events = append(events, w.event())
	}
	return events, err
}

// Event implements player.Events.
func (p *pages) Event(ctx context.Context, id string) (player.Event, error) {
	var w spotWindow
	path := "/v1/spot_windows/" + url.PathEscape(id)
	if err := p.get(ctx, path, &w); err != nil {
		return player.Event{}, err
	}
	waiting, err := listAll[struct {
		ID            string    `json:"id"`
		Name          string    `json:"name"`
		Email         string    `json:"email"`
		Country       string    `json:"country"`
		Speciality    string    `json:"speciality"`
		CouncilNumber string    `json:"council_number"`
		CreatedAt     time.Time `json:"created_at"`
	}](ctx, p, path+"/requests", url.Values{"state": {"waiting"}})
	event := w.event()
	for _, r := range waiting {
		event.Requests = append(event.Requests, player.EventRequest(r))
	}
	return event, err
}

// Moderators implements player.Events.
func (p *pages) Moderators(ctx context.Context) ([]player.Person, error) {
	return listAll[player.Person](ctx, p, "/v1/accounts", url.Values{"role": {"moderator"}})
}

// CreateEvent implements player.Events.
func (p *pages) CreateEvent(ctx context.Context, programID string, e player.NewEvent) (string, error) {
	var made struct {
		EventCode string `json:"event_code"`
	}
	err := p.post(ctx, "/v1/programs/"+url.PathEscape(programID)+"/spot_windows", struct {
		Title        string     `json:"title"`
		Admission    string     `json:"admission"`
		Cap          int        `json:"cap"`
		OpensAt      *time.Time `json:"opens_at"`
		ClosesAt     *time.Time `json:"closes_at"`
		Domains      []string   `json:"domains,omitempty"`
		Numbers      []string   `json:"numbers,omitempty"`
		ModeratorIDs []string   `json:"moderator_ids,omitempty"`
	}(e), &made)
	return made.EventCode, err
}

// DecideRequest implements player.Events.
func (p *pages) DecideRequest(ctx context.Context, id string, admit bool, reason string) error {
	path := "/v1/spot_requests/" + url.PathEscape(id)
	if admit {
		_, err := p.do(ctx, http.MethodPost, path+"/approve", nil, "")
		return err
	}
	return p.post(ctx, path+"/refuse", because(reason), nil)
}
