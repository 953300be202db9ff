package playback

import (
	"context"
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

// KeyTally counts the keys of accounts for all processes together.
type KeyTally interface {
	// AddKeys adds keys that an account has fetched, the first of them some time
	// ago, and returns how many there are in the window and how old that is.
	AddKeys(ctx context.Context, account catalog.AccountID, keys int, ago, window time.Duration) (total int, age time.Duration, err error)
}

// KeyWatch counts the keys that accounts fetch. The first few of an account it
// keeps to itself, so that a doctor who opens some recordings costs no write;
// from then on it tells each to the tally, with those few. So accounts are held
// to the limit over all processes, but for a tenth of it a process at most. It
// is safe for concurrent use.
type KeyWatch struct {
	limit KeyLimit
	tally KeyTally
	now   func() time.Time

	mu   sync.Mutex
	seen map[catalog.AccountID]*fetches
}

// fetches are the keys of one account.
type fetches struct {
	since  time.Time
	count  int  // fetched from this process
	untold int  // of these: not told to the tally
	over   bool // more than the limit, wherever they were fetched
}

// quietShare is the part of the limit that a process keeps to itself.
const quietShare = 10

// NewKeyWatch returns a watch. Without a tally it counts for this process
// alone; now may be nil for time.Now.
func NewKeyWatch(limit KeyLimit, tally KeyTally, now func() time.Time) *KeyWatch {
	if now == nil {
		now = time.Now
	}
	return &KeyWatch{limit: limit, tally: tally, now: now, seen: map[catalog.AccountID]*fetches{}}
}

// Fetch counts one key. Beyond the limit it returns a *catalog.RateLimitError;
// alarm is true for the first one in a window. While the tally cannot be
// reached, what this process has seen decides.
func (w *KeyWatch) Fetch(ctx context.Context, account catalog.AccountID) (alarm bool, err error) {
	if w.limit.Most <= 0 {
		return false, nil
	}
	f, untold, ago := w.count(account)
	if untold > 0 {
		total, age, err := w.tally.AddKeys(ctx, account, untold, ago, w.limit.Window)
		if err == nil {
			return w.decide(f, total-untold, total, w.now().Add(-age))
		}
	}
	return w.decideAlone(f, untold)
}

// count counts a key, and tells how many are to be told now and how long ago
// the first of them was; none once it is clear that there are too many.
func (w *KeyWatch) count(account catalog.AccountID) (f *fetches, untold int, ago time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	f = w.seen[account]
	if f == nil || now.Sub(f.since) >= w.limit.Window {
		if len(w.seen) >= maxWatched {
			clear(w.seen)
		}
		f = &fetches{since: now}
		w.seen[account] = f
	}
	f.count++
	f.untold++
	if w.tally == nil || f.over || f.count <= w.limit.Most/quietShare {
		return f, 0, 0
	}
	untold, f.untold = f.untold, 0
	return f, untold, now.Sub(f.since)
}

// decide judges by what all processes have seen: before this key, and with it.
func (w *KeyWatch) decide(f *fetches, before, total int, since time.Time) (alarm bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.since = since
	if total <= w.limit.Most {
		return false, nil
	}
	f.over = true
	return before <= w.limit.Most, w.tooMany(f)
}

// decideAlone judges by what this process has seen.
func (w *KeyWatch) decideAlone(f *fetches, untold int) (alarm bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.untold += untold
	if !f.over && f.count <= w.limit.Most {
		return false, nil
	}
	alarm, f.over = !f.over, true
	return alarm, w.tooMany(f)
}

func (w *KeyWatch) tooMany(f *fetches) error {
	return &catalog.RateLimitError{
		Code: "too_many_keys", RetryAfter: f.since.Add(w.limit.Window).Sub(w.now()),
		Message: "Too many recordings were opened in a short time. Please wait a little, then press play again.",
	}
}
