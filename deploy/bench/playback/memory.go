package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	report "rounds/deploy/bench"
	"rounds/playback/playbackdb"
)

// fourfold is 52,000 viewers with a beat in ten seconds each.
const fourfold = 5200

// measureMemory watches the API under four times the expected load.
func (b *bench) measureMemory(ctx context.Context) ([]report.Figure, error) {
	api, err := b.start(ctx, b.rounds, "serve")
	if err != nil {
		return nil, err
	}
	defer api.stop() //nolint:errcheck // it is measured already
	g := b.beat(api.address, fourfold)
	g.length = b.flat
	done := make(chan struct{})
	var reached load
	var failed error
	go func() {
		defer close(done)
		reached, failed = g.run(ctx)
	}()
	samples, err := sample(done, b.flat/20, api.memory)
	if err != nil || failed != nil {
		return nil, fmt.Errorf("%w, %w", err, failed)
	}
	return []report.Figure{{
		Name: "api_rss_mib", Input: fmt.Sprintf("%.0f beats/s for %v, p99 %d ms", reached.perSecond, b.flat, reached.p99.Milliseconds()),
		Value: slices.Max(samples), Floor: 512, Better: "lower", Runs: samples,
	}}, nil
}

// sample asks a value every so often until done.
func sample(done <-chan struct{}, every time.Duration, value func() (float64, error)) (samples []float64, err error) {
	ticker := time.NewTicker(max(every, time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return samples, nil
		case <-ticker.C:
			v, err := value()
			if err != nil {
				return nil, err
			}
			samples = append(samples, v)
		}
	}
}

// measureGrowth has doctors watch an hour, a beat every ten seconds, and tells
// by how much the tables have grown.
func (b *bench) measureGrowth(ctx context.Context) ([]report.Figure, error) {
	const doctors, beats = 400, 360
	db, err := b.database(ctx, "growth")
	if err != nil {
		return nil, err
	}
	before, err := b.size(ctx, "growth")
	if err != nil {
		return nil, err
	}
	if err := seedWatching(ctx, db, doctors); err != nil {
		return nil, err
	}
	if _, err := sendBeats(ctx, playbackdb.New(db, nil), doctors, 1, beats); err != nil {
		return nil, err
	}
	after, err := b.size(ctx, "growth")
	if err != nil {
		return nil, err
	}
	value := (after - before) / doctors
	return []report.Figure{{
		Name: "db_bytes_per_doctor_hour", Input: fmt.Sprintf("%d doctors, %d beats each; account, enrolment and session included", doctors, beats),
		Value: value, Floor: 16 << 10, Better: "lower", Runs: []float64{value},
	}}, nil
}

func (b *bench) size(ctx context.Context, database string) (bytes float64, err error) {
	err = b.db.QueryRow(ctx, `select pg_database_size($1)::float8`, database).Scan(&bytes)
	return bytes, err
}
