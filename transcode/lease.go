package transcode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"rounds/catalog"
)

// Lease of whoever works on something: one who dies is noticed when it runs out.
const (
	leaseLength = 20 * time.Second
	leaseRenew  = 5 * time.Second
)

// keeper renews a lease for as long as the work under it lasts.
type keeper struct {
	length, every time.Duration
	now           func() time.Time
	renew         func(ctx context.Context) error // catalog.ErrLeaseLost when it cannot be had any more
	news          <-chan struct{}                 // renew at once; may be nil
	logger        *slog.Logger
}

// keep renews the lease until ctx ends, and calls lose with
// catalog.ErrLeaseLost as soon as it is, or can no longer be proved to be, ours.
func (k keeper) keep(ctx context.Context, lose context.CancelCauseFunc) {
	ticker := time.NewTicker(k.every)
	defer ticker.Stop()
	proved := k.now()
	for {
		started := k.now()
		err := k.once(ctx)
		switch {
		case err == nil:
			proved = started
		case errors.Is(err, catalog.ErrLeaseLost), k.now().Sub(proved) > k.length:
			lose(fmt.Errorf("renew lease: %w", errors.Join(catalog.ErrLeaseLost, err)))
			return
		case ctx.Err() == nil:
			k.logger.WarnContext(ctx, "lease not renewed, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-k.news:
		}
	}
}

func (k keeper) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.every)
	defer cancel()
	return k.renew(ctx)
}
