package transcode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rounds/catalog"
)

// Lease of an attempt: a worker that dies is noticed when it runs out.
const (
	leaseLength = 20 * time.Second
	leaseRenew  = 5 * time.Second
)

// keepLease renews the lease and stores progress until ctx ends, at once when a
// stage begins, so that what a presenter reads is what is done. It calls lose
// with catalog.ErrLeaseLost as soon as the lease is, or can no longer be
// proved to be, ours. It returns when ctx is done.
func (p *Pipeline) keepLease(ctx context.Context, a catalog.Attempt, t *tracker, lose context.CancelCauseFunc) {
	ticker := time.NewTicker(p.renew())
	defer ticker.Stop()
	proved := p.now()
	for {
		started := p.now()
		err := p.heartbeat(ctx, a, t)
		switch {
		case err == nil:
			proved = started
		case errors.Is(err, catalog.ErrLeaseLost), p.now().Sub(proved) > p.lease():
			lose(fmt.Errorf("renew lease: %w", errors.Join(catalog.ErrLeaseLost, err)))
			return
		case ctx.Err() == nil:
			p.logger().WarnContext(ctx, "lease not renewed, trying again", "recording", a.RecordingID, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-t.news:
		}
	}
}

func (p *Pipeline) heartbeat(ctx context.Context, a catalog.Attempt, t *tracker) error {
	ctx, cancel := context.WithTimeout(ctx, p.renew())
	defer cancel()
	return p.Recordings.Heartbeat(ctx, a, p.lease(), t.snapshot())
}
