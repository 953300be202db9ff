package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
)

// limiter holds the sending rate of each channel over all processes that share
// a database: a token bucket a channel, one row each, that fills with the rate
// and holds one second's worth. What is urgent takes any token there is; the
// rest leaves half of the bucket alone, so that it gets none while codes wait.
type limiter struct {
	pool  *pgxpool.Pool
	rates map[catalog.Channel]float64 // messages a second; none: not limited
	turns map[turn]chan struct{}      // one of each process asks at a time
}

type turn struct {
	channel catalog.Channel
	urgent  bool
}

func newLimiter(pool *pgxpool.Pool, rates map[catalog.Channel]float64) *limiter {
	l := &limiter{pool: pool, rates: rates, turns: map[turn]chan struct{}{}}
	for _, c := range catalog.Channels {
		l.turns[turn{c, true}], l.turns[turn{c, false}] = make(chan struct{}, 1), make(chan struct{}, 1)
	}
	return l
}

// capacity is what a bucket holds.
func capacity(rate float64) float64 { return max(2, rate) }

// need is the level at which a token may be taken.
func need(rate float64, urgent bool) float64 {
	if urgent {
		return 1
	}
	return 1 + capacity(rate)/2
}

// wait returns when a message may be handed over, or with the context's error.
func (l *limiter) wait(ctx context.Context, channel catalog.Channel, urgent bool) error {
	rate := l.rates[channel]
	if rate <= 0 {
		return nil
	}
	mine := l.turns[turn{channel, urgent}]
	select {
	case mine <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-mine }()
	for {
		missing, err := l.take(ctx, channel, urgent)
		if err != nil || missing <= 0 {
			return err
		}
		pause := time.NewTimer(min(max(time.Duration(missing/rate*float64(time.Second)), 2*time.Millisecond), time.Second))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

// level is what a bucket holds now: $2 its capacity, $3 its rate.
const level = `least($2::float8, tokens + greatest(0, extract(epoch from clock_timestamp() - at)) * $3::float8)`

// take takes a token, or returns how many are missing.
func (l *limiter) take(ctx context.Context, channel catalog.Channel, urgent bool) (missing float64, err error) {
	rate := l.rates[channel]
	wanted := need(rate, urgent)
	taken, err := l.pool.Exec(ctx, `update send_rates set tokens = `+level+` - 1, at = clock_timestamp() where channel = $1 and `+level+` >= $4`,
		channel, capacity(rate), rate, wanted)
	if err != nil {
		return 0, fmt.Errorf("take a token: %w", err)
	}
	if taken.RowsAffected() > 0 {
		return 0, nil
	}
	var there float64
	err = l.pool.QueryRow(ctx, `select `+level+` from send_rates where channel = $1`, channel, capacity(rate), rate).Scan(&there)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = l.pool.Exec(ctx, `insert into send_rates (channel, tokens) values ($1, $2) on conflict (channel) do nothing`, channel, capacity(rate))
		there = capacity(rate)
	}
	if err != nil {
		return 0, fmt.Errorf("look into the bucket: %w", err)
	}
	return max(wanted-there, 1e-3), nil
}

// giveBack returns a token that was not used.
func (l *limiter) giveBack(ctx context.Context, channel catalog.Channel) error {
	if l.rates[channel] <= 0 {
		return nil
	}
	_, err := l.pool.Exec(ctx, `update send_rates set tokens = tokens + 1 where channel = $1`, channel)
	return err
}

// slowest bounds for how long a service that is asked too often is left alone.
const slowest = time.Minute

// slow takes as many tokens as fall in the pause that a service asked for, so
// that no process asks it before.
func (l *limiter) slow(ctx context.Context, channel catalog.Channel, pause time.Duration) error {
	rate := l.rates[channel]
	if rate <= 0 {
		return nil
	}
	_, err := l.pool.Exec(ctx, `update send_rates set tokens = greatest(least(0, `+level+`) - $4::float8 * $3::float8, -1 * $5::float8 * $3::float8), at = clock_timestamp() where channel = $1`,
		channel, capacity(rate), rate, min(max(pause, time.Second), slowest).Seconds(), slowest.Seconds())
	return err
}
