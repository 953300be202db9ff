package main

import (
	"context"
	"net/http"
	"time"

	"rounds/player"
)

const ownRehearsal = "/v1/me/rehearsal"

// rehearsalAnswer is what the API tells of a rehearsal.
type rehearsalAnswer struct {
	WebinarID string    `json:"webinar_id"`
	RemovedAt time.Time `json:"removed_at"`
}

// Rehearsal implements player.Rehearsing.
func (p *pages) Rehearsal(ctx context.Context) (player.Rehearsal, error) {
	var a rehearsalAnswer
	err := p.get(ctx, ownRehearsal, &a)
	return player.Rehearsal(a), err
}

// Rehearse implements player.Rehearsing.
func (p *pages) Rehearse(ctx context.Context, title string) (player.Rehearsal, error) {
	var a rehearsalAnswer
	err := p.post(ctx, ownRehearsal, map[string]string{"title": title}, &a)
	return player.Rehearsal(a), err
}

// EndRehearsal implements player.Rehearsing.
func (p *pages) EndRehearsal(ctx context.Context) error {
	_, err := p.do(ctx, http.MethodDelete, ownRehearsal, nil, "")
	return err
}
