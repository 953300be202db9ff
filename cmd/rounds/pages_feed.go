package main

import (
	"context"
	"net/http"
	"time"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/player"
)

const ownFeed = "/v1/me/calendar_feed"

// FeedSince implements player.Feeding.
func (p *pages) FeedSince(ctx context.Context) (*time.Time, error) {
	var answer struct {
		CreatedAt *time.Time `json:"created_at"`
	}
	err := p.get(ctx, ownFeed, &answer)
	return answer.CreatedAt, err
}

// MakeFeed implements player.Feeding.
func (p *pages) MakeFeed(ctx context.Context) (string, error) {
	var answer struct{ URL string }
	err := p.post(ctx, ownFeed, nil, &answer)
	return answer.URL, err
}

// EndFeed implements player.Feeding.
func (p *pages) EndFeed(ctx context.Context) error {
	_, err := p.do(ctx, http.MethodDelete, ownFeed, nil, "")
	return err
}

// Feed implements player.Feeding: whoever has the address reads titles and times
// as the account that made it, and can do nothing else.
func (p *pages) Feed(ctx context.Context, token string) (player.Feed, error) {
	hash, ok := catalog.HashCalendarToken(token)
	if !ok {
		return player.Feed{}, player.ErrNotFound
	}
	a, err := p.store.CalendarReader(ctx, hash)
	if err != nil {
		return player.Feed{}, pageErrorOf(ctx, err)
	}
	reader := identity.NewContext(ctx, identity.Principal{AccountID: a.ID, Roles: []identity.Role{identity.RoleDoctor}})
	programs, err := p.Programs(reader)
	return player.Feed{Language: a.Locale, Zone: a.TimeZone, Programs: programs}, err
}
