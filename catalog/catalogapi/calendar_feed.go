package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
)

// noStore keeps answers that are for one reader out of caches.
const noStore = "no-store"

// CalendarFeedStore keeps the addresses that calendar programs ask.
type CalendarFeedStore interface {
	SetCalendarFeed(ctx context.Context, id catalog.AccountID, hash []byte) error
	EndCalendarFeed(ctx context.Context, id catalog.AccountID) error
	CalendarFeedSince(ctx context.Context, id catalog.AccountID) (*time.Time, error)
}

func (s *server) registerCalendarFeed() {
	const path = "/v1/me/calendar_feed"
	huma.Register(s.api, operation("get-my-calendar-feed", http.MethodGet, path, tagCatalog, "Tell whether your calendar has a private address", http.StatusOK, forAdmins...), s.getCalendarFeed)
	create := operation("make-my-calendar-feed", http.MethodPost, path, tagCatalog, "Make a private address for your calendar", http.StatusCreated, forAdmins...)
	create.Description = "Whoever has the address sees titles and times of your live sessions, and nothing else. It can be read in this answer only; an earlier one ends."
	huma.Register(s.api, create, s.makeCalendarFeed)
	huma.Register(s.api, operation("end-my-calendar-feed", http.MethodDelete, path, tagCatalog, "End the private address of your calendar", http.StatusNoContent, forAdmins...), s.endCalendarFeed)
}

type calendarFeedAnswer struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		CreatedAt *time.Time `json:"created_at" nullable:"true" doc:"Null when there is none."`
	}
}

func (s *server) getCalendarFeed(ctx context.Context, _ *struct{}) (*calendarFeedAnswer, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.Store.CalendarFeedSince(ctx, who.AccountID)
	answer := &calendarFeedAnswer{CacheControl: noStore}
	answer.Body.CreatedAt = utc(at)
	return answer, err
}

type calendarAddress struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		URL string `json:"url" example:"https://learn.example.org/calendars/7K3M0ZQXH2RD9WVB7K3M0ZQXH2.ics"`
	}
}

func (s *server) makeCalendarFeed(ctx context.Context, _ *struct{}) (*calendarAddress, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	token := catalog.NewToken()
	hash, _ := catalog.HashCalendarToken(token)
	if err := s.Store.SetCalendarFeed(ctx, who.AccountID, hash); err != nil {
		return nil, err
	}
	answer := &calendarAddress{CacheControl: noStore}
	answer.Body.URL = s.BaseURL + catalog.CalendarFeedPath(token)
	return answer, nil
}

func (s *server) endCalendarFeed(ctx context.Context, _ *struct{}) (*struct{}, error) {
	who, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.EndCalendarFeed(ctx, who.AccountID)
}
