package main

import (
	"context"
	"fmt"
	"time"
)

// waitFor asks until a part answers. It gives up when the part dies, when the
// limit has passed or when ctx ends.
func waitFor(ctx context.Context, p *part, limit time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	again := time.NewTicker(30 * time.Millisecond)
	defer again.Stop()
	var last error
	for {
		if last = askOnce(ctx, ask); last == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-p.done:
			return p.died()
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w\n%s", p.spec.name, last, tail(p.log, 15))
		}
	}
}

func askOnce(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ask(ctx)
}
