package playbackdb

import (
	"context"
	"errors"
	"sync"
	"time"

	"rounds/catalog"
	"rounds/playback"
)

// Limits of group commit; see limits.go for the size of a group.
const (
	maxWaiting   = 20_000 // beats; beyond it the database is not keeping up, and players come again
	commitWithin = 15 * time.Second
)

// pending is a beat that waits to be written; done is closed when result and
// err are final.
type pending struct {
	request playback.BeatRequest
	result  playback.BeatResult
	err     error
	done    chan struct{}
}

// committer gathers beats of many requests and writes them together. It has no
// goroutine of its own while there is nothing to write.
type committer struct {
	commit  func(context.Context, []*pending) error
	observe func(Commit) // see Observing
	slots   chan struct{}

	mu       sync.Mutex
	waiting  []*pending
	gathered chan struct{} // a batch is full
	flushing bool          // somebody will take what waits
}

func newCommitter(commit func(context.Context, []*pending) error) *committer {
	return &committer{commit: commit, observe: func(Commit) {}, slots: make(chan struct{}, maxCommits), gathered: make(chan struct{}, 1)}
}

// submit waits until the beat is on disk. When ctx ends first the beat may
// still be written: sending it again is harmless.
func (c *committer) submit(ctx context.Context, r playback.BeatRequest) (playback.BeatResult, error) {
	p := &pending{request: r, done: make(chan struct{})}
	if !c.enqueue(p) { //nolint:contextcheck // a batch belongs to many requests and outlives each
		return p.result, catalog.ErrUnavailable
	}
	select {
	case <-p.done:
		return p.result, p.err
	case <-ctx.Done():
		return playback.BeatResult{}, ctx.Err()
	}
}

func (c *committer) enqueue(p *pending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= maxWaiting {
		return false
	}
	c.waiting = append(c.waiting, p)
	if !c.flushing {
		c.flushing = true
		go c.flush()
	}
	if len(c.waiting) == maxBatch {
		select {
		case c.gathered <- struct{}{}:
		default:
		}
	}
	return true
}

// flush gathers, takes one batch, hands what is left to a successor and writes.
func (c *committer) flush() {
	timer := time.NewTimer(gatherFor)
	select {
	case <-timer.C:
	case <-c.gathered:
		timer.Stop()
	}
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	batch := c.take()
	began := time.Now()
	err := c.write(batch)
	c.observe(commitOf(batch, time.Since(began), err))
	for _, p := range batch {
		close(p.done)
	}
}

func (c *committer) take() []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), maxBatch)
	batch := c.waiting[:n:n]
	c.waiting = append([]*pending(nil), c.waiting[n:]...)
	c.flushing = len(c.waiting) > 0
	if c.flushing {
		go c.flush()
	}
	return batch
}

// write commits a batch. When the database refuses it, each beat is tried
// alone, so that one that cannot be stored takes no other with it. It returns
// why the batch was refused.
func (c *committer) write(batch []*pending) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitWithin)
	defer cancel()
	err := c.commit(ctx, batch)
	if err != nil && retryable(err) {
		err = c.commit(ctx, batch)
	}
	if err = translateNil(err); err == nil {
		return nil
	}
	for i, p := range batch {
		if len(batch) > 1 && !errors.Is(err, catalog.ErrUnavailable) {
			p.err = translateNil(c.commit(ctx, batch[i:i+1]))
			continue
		}
		p.err = err
	}
	return err
}

func translateNil(err error) error {
	if err == nil {
		return nil
	}
	return translate(err)
}
