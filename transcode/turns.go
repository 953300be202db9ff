package transcode

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// turn is an encode that waits or runs.
type turn struct {
	owner  string        // who uploaded it
	length time.Duration // of the recording
	since  time.Time     // it has been waiting
	aside  bool          // runs beside the regular ones, see turns
	start  chan struct{} // closed when it may run
}

// turns decides which encode of this process runs next. There are a number of
// regular places and one aside, which only a recording gets that is much
// shorter than all that run: a short talk is not stuck behind a six-hour one,
// and costs the long one little. It is safe for concurrent use.
type turns struct {
	places int
	now    func() time.Time

	mu      sync.Mutex
	waiting []*turn
	running []*turn
}

// wait returns when an encode may run, with how to say that it has ended; or
// with the cause of ctx when that ends first.
func (q *turns) wait(ctx context.Context, owner string, length time.Duration) (release func(), err error) {
	t := &turn{owner: owner, length: length, since: q.now(), start: make(chan struct{})}
	q.change(func() { q.waiting = append(q.waiting, t) })
	release = sync.OnceFunc(func() { q.change(func() { q.waiting, q.running = without(q.waiting, t), without(q.running, t) }) })
	select {
	case <-t.start:
		return release, nil
	case <-ctx.Done():
		release()
		return nil, context.Cause(ctx)
	}
}

// change does something to the lists, then starts whatever may run.
func (q *turns) change(do func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	do()
	for t := nextTurn(q.waiting, q.running, q.places, q.now()); t != nil; t = nextTurn(q.waiting, q.running, q.places, q.now()) {
		q.waiting, q.running = without(q.waiting, t), append(q.running, t)
		close(t.start)
	}
}

func without(list []*turn, t *turn) []*turn {
	return slices.DeleteFunc(list, func(other *turn) bool { return other == t })
}

// nextTurn picks who may run now, nil when nobody may, and marks it as aside
// if that is its place.
func nextTurn(waiting, running []*turn, places int, now time.Time) *turn {
	regular := 0
	for _, t := range running {
		if !t.aside {
			regular++
		}
	}
	if regular < places {
		return firstOf(waiting, running, now)
	}
	if len(running) > regular {
		return nil
	}
	overtakes := func(t *turn) bool {
		return !slices.ContainsFunc(running, func(r *turn) bool { return t.length*muchShorter > r.length })
	}
	short := slices.DeleteFunc(slices.Clone(waiting), func(t *turn) bool { return !overtakes(t) })
	next := firstOf(short, running, now)
	if next != nil {
		next.aside = true
	}
	return next
}

// muchShorter is how many times a recording must fit into each that runs to be
// encoded beside them.
const muchShorter = 4

// firstOf says whose turn it is: of the presenter with the fewest encodes
// running; among those of the shortest recording, each second of waiting
// counting as one of length less, so that a long one waits no more than its
// own length longer than a short one that comes later.
func firstOf(waiting, running []*turn, now time.Time) *turn {
	if len(waiting) == 0 {
		return nil
	}
	of := func(owner string) (n int) {
		for _, t := range running {
			if t.owner == owner {
				n++
			}
		}
		return n
	}
	return slices.MinFunc(waiting, func(a, b *turn) int {
		if d := of(a.owner) - of(b.owner); d != 0 {
			return d
		}
		return cmp.Compare(a.length-now.Sub(a.since), b.length-now.Sub(b.since))
	})
}
