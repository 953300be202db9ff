package playbackdb

import (
	"context"
	"time"
)

// Commit is one writing of beats, for the figures of an operator.
type Commit struct {
	Beats      int
	Took       time.Duration
	AcceptedMS int64 // of what was claimed for the first time
	RefusedMS  int64
	Err        error // of the transaction; its beats may have been written one by one
}

// Observing has observe told of each writing of beats, from many goroutines.
// Whoever makes the store calls it before anything else, or not at all.
func (s *Store) Observing(observe func(Commit)) *Store {
	s.beats.observe = observe
	return s
}

// commitOf sums up what a batch came to.
func commitOf(batch []*pending, took time.Duration, err error) Commit {
	c := Commit{Beats: len(batch), Took: took, Err: err}
	for _, p := range batch {
		c.AcceptedMS += p.result.AcceptedMS
		c.RefusedMS += p.result.RefusedMS
	}
	return c
}

// WaitingBeats is how many beats wait in this process to be written.
func (s *Store) WaitingBeats() int {
	s.beats.mu.Lock()
	defer s.beats.mu.Unlock()
	return len(s.beats.waiting)
}

// viewerSilence is after how long without a beat a player is taken to be gone:
// players send one every ten seconds, a paused one every few minutes.
const viewerSilence = 45 * time.Second

// Viewers counts the playback sessions from which a beat came just now, over
// all processes.
func (s *Store) Viewers(ctx context.Context) (n int, err error) {
	defer wrap(&err, "count viewers")
	err = s.db.QueryRow(ctx, `select count(*) from playback_sessions where ended_at is null and last_beat_at > now() - $1::interval`, viewerSilence).Scan(&n)
	return n, err
}
