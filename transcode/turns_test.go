package transcode

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestNextTurn(t *testing.T) {
	t.Parallel()
	now := time.Unix(100_000, 0)
	recording := func(owner string, minutes, waited int) *turn {
		return &turn{owner: owner, length: time.Duration(minutes) * time.Minute, since: now.Add(-time.Duration(waited) * time.Minute)}
	}
	aside := recording("z", 5, 0)
	aside.aside = true
	list := func(turns ...*turn) []*turn { return turns }
	tests := map[string]struct {
		waiting, running []*turn
		want             int // index in waiting, −1: nobody
	}{
		"nobody waits":                               {nil, nil, -1},
		"the shortest first":                         {list(recording("a", 360, 0), recording("b", 10, 0)), nil, 1},
		"the one that waited its own length":         {list(recording("a", 60, 60), recording("b", 10, 0)), nil, 0},
		"all places taken":                           {list(recording("b", 60, 0)), list(recording("a", 60, 0), recording("c", 60, 0)), -1},
		"a short one beside a long one":              {list(recording("b", 300, 0), recording("c", 60, 0)), list(recording("a", 360, 0), recording("a", 240, 0)), 1},
		"not beside a short one":                     {list(recording("c", 60, 0)), list(recording("a", 360, 0), recording("b", 120, 0)), -1},
		"only one beside":                            {list(recording("c", 10, 0)), list(recording("a", 360, 0), recording("b", 360, 0), aside), -1},
		"the place aside is nobody's regular one":    {list(recording("c", 300, 0)), list(recording("a", 360, 0), aside), 0},
		"the presenter who has nothing running":      {list(recording("a", 10, 0), recording("b", 50, 0)), list(recording("a", 60, 0)), 1},
		"a presenter alone may use all there is":     {list(recording("a", 50, 0)), list(recording("a", 60, 0)), 0},
		"the presenter's count also decides aside":   {list(recording("a", 10, 0), recording("c", 20, 0)), list(recording("a", 360, 0), recording("b", 360, 0)), 1},
		"of two alike the one that was there before": {list(recording("a", 10, 1), recording("b", 10, 2)), nil, 1},
	}
	for name, c := range tests {
		got := nextTurn(c.waiting, c.running, 2, now)
		if index := slices.Index(c.waiting, got); index != c.want {
			t.Errorf("%s: %d, want %d", name, index, c.want)
		}
	}
}

// TestTurnsComeToAll: whatever comes and whoever leaves, no more run than may,
// and everybody has a turn.
func TestTurnsComeToAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.IntRange(1, 3).Draw(t, "places")
		clock := time.Unix(0, 0)
		q := &turns{places: places, now: func() time.Time { return clock }}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			clock = clock.Add(time.Minute)
			one := &turn{
				owner:  rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "owner"),
				length: time.Duration(rapid.IntRange(1, 400).Draw(t, "minutes")) * time.Minute,
				since:  clock, start: make(chan struct{}),
			}
			q.change(func() { q.waiting = append(q.waiting, one) })
			if len(q.running) > places+1 || len(q.running) < min(places, len(q.running)+len(q.waiting)) {
				t.Fatalf("%d run, %d wait, %d places", len(q.running), len(q.waiting), places)
			}
			if rapid.Bool().Draw(t, "one ends") {
				ended := rapid.SampledFrom(q.running).Draw(t, "which")
				q.change(func() { q.running = without(q.running, ended) })
			}
		}
		for len(q.running) > 0 {
			ended := q.running[0]
			q.change(func() { q.running = without(q.running, ended) })
		}
		if len(q.waiting) > 0 {
			t.Fatalf("%d wait although nothing runs", len(q.waiting))
		}
	})
}

// TestShortOverLong: on a machine with one place, behind six hours.
func TestShortOverLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &turns{places: 1, now: time.Now}
		endLong, err := q.wait(t.Context(), "a", 6*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		endShort, err := q.wait(t.Context(), "b", 10*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer endShort()

		gone := errors.New("worker stops")
		ctx, stop := context.WithCancelCause(t.Context())
		go func() {
			synctest.Wait()
			stop(gone)
		}()
		if _, err := q.wait(ctx, "c", time.Hour); !errors.Is(err, gone) {
			t.Errorf("a third one: %v", err)
		}
		endLong()
		endLong() // twice does no harm
		endNext, err := q.wait(t.Context(), "d", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		endNext()
		if len(q.waiting) != 0 || len(q.running) != 1 {
			t.Errorf("%d wait, %d run", len(q.waiting), len(q.running))
		}
	})
}
