package playback

import (
	"sync"
	"time"

	"rounds/catalog"
)

// KeyLimit says how many content keys one account may fetch. A player needs one
// for each recording it opens, some a few more; hundreds are a copy of the
// archive being made.
type KeyLimit struct {
	Most   int           // in a window; 0: any number
	Window time.Duration // from the first key on
}

// maxWatched bounds the accounts that are remembered. When full, everybody is
// forgotten: that helps nobody for long.
const maxWatched = 200_000

// KeyWatch counts the keys that accounts fetch from this process. It is safe
// for concurrent use.
type KeyWatch struct {
	limit KeyLimit
	now   func() time.Time

	mu   sync.Mutex
	seen map[catalog.AccountID]*fetches
}

type fetches struct {
	since time.Time
	count int
}

// NewKeyWatch returns a watch; now may be nil for time.Now.
func NewKeyWatch(limit KeyLimit, now func() time.Time) *KeyWatch {
	if now == nil {
		now = time.Now
	}
	return &KeyWatch{limit: limit, now: now, seen: map[catalog.AccountID]*fetches{}}
}

// Fetch counts one key. Beyond the limit it returns a *catalog.RateLimitError;
// alarm is true for the first one in a window.
func (w *KeyWatch) Fetch(account catalog.AccountID) (alarm bool, err error) {
	if w.limit.Most <= 0 {
		return false, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	f := w.seen[account]
	if f == nil || now.Sub(f.since) >= w.limit.Window {
		if len(w.seen) >= maxWatched {
			clear(w.seen)
		}
		f = &fetches{since: now}
		w.seen[account] = f
	}
	f.count++
	if f.count <= w.limit.Most {
		return false, nil
	}
	return f.count == w.limit.Most+1, &catalog.RateLimitError{
		Code: "too_many_keys", RetryAfter: f.since.Add(w.limit.Window).Sub(now),
		Message: "Too many recordings were opened in a short time. Please wait a little, then press play again.",
	}
}
