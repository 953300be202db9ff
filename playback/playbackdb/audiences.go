package playbackdb

import (
	"context"
	"slices"
	"sync"
	"time"

	"rounds/catalog"
	"rounds/playback"
)

// Remembering has what was counted of an audience told again for that long, to
// whoever may know: counting a hundred thousand doctors takes seconds, and after an
// event many look. Who may know, reports and questions are always asked anew.
// Whoever makes the store calls it before anything else, or not at all.
func (s *Store) Remembering(life time.Duration) *Store {
	s.audiences = &audiences{life: life, now: time.Now, known: map[catalog.RecordingID]*countedAudience{}}
	return s
}

// audiences are those that were counted lately, one a recording.
type audiences struct {
	life  time.Duration
	now   func() time.Time
	mu    sync.Mutex
	known map[catalog.RecordingID]*countedAudience
}

// countedAudience is one that is counted, or was when done is closed.
type countedAudience struct {
	done  chan struct{}
	until time.Time
	err   error
	playback.Audience
}

// get returns the audience of a recording as it was counted lately, or has count
// count it, once for all who ask meanwhile. Of one that failed nothing is kept:
// those who have waited count for themselves.
func (a *audiences) get(ctx context.Context, recording catalog.RecordingID, count func() (playback.Audience, error)) (playback.Audience, error) {
	for {
		entry, mine := a.enter(recording)
		if mine {
			return a.fill(recording, entry, count)
		}
		select {
		case <-entry.done:
		case <-ctx.Done():
			return playback.Audience{}, ctx.Err()
		}
		if entry.err == nil {
			return entry.handed(), nil
		}
	}
}

// enter finds an entry that is still good, or makes one that is the caller's to fill.
func (a *audiences) enter(recording catalog.RecordingID) (entry *countedAudience, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for id, known := range a.known {
		if !known.until.IsZero() && !known.until.After(now) {
			delete(a.known, id)
		}
	}
	if known := a.known[recording]; known != nil {
		return known, false
	}
	entry = &countedAudience{done: make(chan struct{})}
	a.known[recording] = entry
	return entry, true
}

// fill counts. A count that does not come back has failed.
func (a *audiences) fill(recording catalog.RecordingID, entry *countedAudience, count func() (playback.Audience, error)) (playback.Audience, error) {
	entry.err = catalog.ErrUnavailable
	defer a.leave(recording, entry)
	entry.Audience, entry.err = count()
	return entry.handed(), entry.err
}

// leave tells those who wait.
func (a *audiences) leave(recording catalog.RecordingID, entry *countedAudience) {
	a.mu.Lock()
	defer a.mu.Unlock()
	entry.until = a.now().Add(a.life)
	if entry.err != nil {
		delete(a.known, recording)
	}
	close(entry.done)
}

// handed is a copy whose lists the caller may put in order.
func (e *countedAudience) handed() playback.Audience {
	a := e.Audience
	a.Countries, a.Devices = slices.Clone(a.Countries), slices.Clone(a.Devices)
	return a
}
