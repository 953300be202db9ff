package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"rounds/catalog"
)

// health says in the log when a channel takes nothing for long, once in a
// while, and when it does again. What single messages meet is said there too,
// with less alarm.
type health struct {
	log   *slog.Logger
	mu    sync.Mutex
	since map[catalog.Channel]time.Time // of the first failure after the last success
	told  map[catalog.Channel]time.Time
}

const (
	alarmAfter = time.Minute
	alarmEvery = 5 * time.Minute
)

func newHealth(log *slog.Logger) *health {
	return &health{log: log, since: map[catalog.Channel]time.Time{}, told: map[catalog.Channel]time.Time{}}
}

// took notes that a channel has taken a message.
func (h *health) took(ctx context.Context, c catalog.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, alarmed := h.told[c]; alarmed {
		h.log.InfoContext(ctx, "the channel takes messages again", "channel", c, "failing_for", time.Since(h.since[c]).Round(time.Second))
	}
	delete(h.since, c)
	delete(h.told, c)
}

// refused notes that a channel could not take a message.
func (h *health) refused(ctx context.Context, c catalog.Channel, cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if _, failing := h.since[c]; !failing {
		h.since[c] = now
	}
	if now.Sub(h.since[c]) < alarmAfter || now.Sub(h.told[c]) < alarmEvery {
		return
	}
	h.told[c] = now
	h.log.ErrorContext(ctx, "the channel takes no messages: they wait", "channel", c, "failing_for", now.Sub(h.since[c]).Round(time.Second), "error", cause)
}
