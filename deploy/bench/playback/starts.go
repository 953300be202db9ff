package main

import (
	"context"
	"fmt"
	"time"

	report "rounds/deploy/bench"
)

// measureStarts has doctors open the webinar, one after the other, as they do
// when a session begins: each is signed in and none was asked about before.
func (b *bench) measureStarts(ctx context.Context) ([]report.Figure, error) {
	const connections = 48
	api, err := b.start(ctx, b.rounds, "serve")
	if err != nil {
		return nil, err
	}
	defer api.stop() //nolint:errcheck // it is measured already
	turn := make([]int, connections)
	starts := generator{
		address: api.address, connections: connections, length: b.run, warmUp: 2 * time.Second, want: "201",
		next: func(connection int, buffer []byte) []byte {
			d := b.doctors[(connection+turn[connection]*connections)%len(b.doctors)]
			turn[connection]++
			return appendPost(buffer, "/v1/webinars/"+webinar+"/playback", d.cookie, nil)
		},
	}
	var runs []float64
	slowest := time.Duration(0)
	for range b.runs {
		result, err := b.profiled(ctx, api, "starts", func() (load, error) { return starts.run(ctx) })
		if err != nil {
			return nil, err
		}
		runs, slowest = append(runs, result.perSecond), max(slowest, result.p99)
	}
	value := report.Median(runs)
	if slowest > maxP99 {
		value = 0 // answers that come too late are none
	}
	return []report.Figure{{
		Name: "starts_per_s", Input: fmt.Sprintf("%d connections, p99 %d ms", connections, slowest.Milliseconds()),
		Value: value, Floor: 350, Better: "higher", Runs: runs,
	}}, b.renew(ctx)
}

// renew gives the doctors the sessions back that starts have ended.
func (b *bench) renew(ctx context.Context) error {
	_, err := b.db.Exec(ctx, `update playback_sessions set ended_at = now(), end_reason = 'taken_over' where ended_at is null`)
	if err != nil {
		return err
	}
	_, err = b.db.Exec(ctx, `update playback_sessions set ended_at = null, end_reason = '' where id like 'pbs\_%' and length(id) < 12`)
	return err
}
