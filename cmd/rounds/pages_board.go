package main

import (
	"context"
	"net/url"
	"slices"
	"time"

	"rounds/player"
)

// mostComing bounds how many webinars the board looks at.
const mostComing = 100

// Coming implements player.Boarding.
func (p *pages) Coming(ctx context.Context, days int) ([]player.ComingWebinar, error) {
	now := time.Now().UTC()
	webinars, err := listAll[itemAnswer](ctx, p, "/v1/webinars", url.Values{
		"starts_from": {now.Format(time.RFC3339)}, "starts_before": {now.AddDate(0, 0, days).Format(time.RFC3339)},
	})
	slices.SortStableFunc(webinars, func(a, b itemAnswer) int { return a.StartsAt.Compare(*b.StartsAt) })
	coming := make([]player.ComingWebinar, 0, len(webinars))
	for _, w := range webinars[:min(len(webinars), mostComing)] {
		ready, err := p.Readiness(ctx, w.ID)
		if err != nil {
			return nil, err
		}
		coming = append(coming, player.ComingWebinar{Readiness: ready, StartsAt: *w.StartsAt})
	}
	return coming, err
}
