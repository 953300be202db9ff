package playback

import (
	"context"
	"errors"
	"testing"
	"time"

	"rounds/catalog"
)

func TestKeyWatch(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_290_000, 0)
	watch := NewKeyWatch(KeyLimit{Most: 3, Window: 10 * time.Minute}, nil, func() time.Time { return now })
	fetch := func(account catalog.AccountID, wantAlarm, wantRefused bool) {
		t.Helper()
		alarm, err := watch.Fetch(t.Context(), account)
		var rate *catalog.RateLimitError
		if alarm != wantAlarm || errors.As(err, &rate) != wantRefused {
			t.Errorf("alarm %v, %v", alarm, err)
		}
		if rate != nil && rate.RetryAfter != 8*time.Minute {
			t.Errorf("come back after %v", rate.RetryAfter)
		}
	}
	for range 3 {
		fetch("a", false, false)
	}
	now = now.Add(2 * time.Minute)
	fetch("a", true, true)
	fetch("a", false, true)
	fetch("b", false, false)
	now = now.Add(8 * time.Minute)
	fetch("a", false, false)
	if _, err := NewKeyWatch(KeyLimit{}, nil, nil).Fetch(t.Context(), "a"); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// tally counts for several watches and tells how often it was asked.
type tally struct {
	keys, asked int
	since       time.Time
	now         *time.Time
	err         error
}

func (c *tally) AddKeys(_ context.Context, _ catalog.AccountID, keys int, ago, window time.Duration) (int, time.Duration, error) {
	if c.asked++; c.err != nil {
		return 0, 0, c.err
	}
	if c.now.Sub(c.since) >= window {
		c.keys, c.since = 0, c.now.Add(-ago)
	}
	c.keys += keys
	return c.keys, c.now.Sub(c.since), nil
}

// TestKeyWatchesTogether: two processes count as one, the first few cost
// nothing, and one alarm is raised.
func TestKeyWatchesTogether(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_290_000, 0)
	clock := func() time.Time { return now }
	shared := &tally{now: &now}
	limit := KeyLimit{Most: 20, Window: 10 * time.Minute}
	watches := []*KeyWatch{NewKeyWatch(limit, shared, clock), NewKeyWatch(limit, shared, clock)}
	alarms, refused := 0, 0
	fetch := func(w *KeyWatch) {
		alarm, err := w.Fetch(t.Context(), "a")
		if alarm {
			alarms++
		}
		if err != nil {
			refused++
		}
	}
	for range 2 { // two each
		fetch(watches[0])
		fetch(watches[1])
	}
	if shared.asked != 0 {
		t.Errorf("asked %d times for four keys", shared.asked)
	}
	now = now.Add(time.Minute)
	for range 8 { // ten each
		fetch(watches[0])
		fetch(watches[1])
	}
	if refused != 0 || shared.keys != 20 {
		t.Errorf("%d refused of %d", refused, shared.keys)
	}
	fetch(watches[1])
	fetch(watches[0])
	asked := shared.asked
	fetch(watches[0])
	if refused != 3 || alarms != 1 || shared.asked != asked {
		t.Errorf("%d refused, %d alarms, asked %d times after that", refused, alarms, shared.asked-asked)
	}
	_, err := watches[0].Fetch(t.Context(), "a")
	var rate *catalog.RateLimitError
	if !errors.As(err, &rate) || rate.RetryAfter != 9*time.Minute {
		t.Errorf("come back: %v", err)
	}
	now = now.Add(9 * time.Minute)
	for range 3 {
		fetch(watches[0])
	}
	if refused != 3 || shared.keys != 3 {
		t.Errorf("the next window: %d refused, %d keys", refused, shared.keys)
	}
}

// TestKeyWatchWithoutItsTally holds by itself, and tells later what it has seen.
func TestKeyWatchWithoutItsTally(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_290_000, 0)
	shared := &tally{now: &now, err: errors.New("down")}
	watch := NewKeyWatch(KeyLimit{Most: 5, Window: time.Minute}, shared, func() time.Time { return now })
	for range 4 {
		if _, err := watch.Fetch(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	shared.err = nil
	if _, err := watch.Fetch(t.Context(), "a"); err != nil || shared.keys != 5 {
		t.Errorf("told %d, %v", shared.keys, err)
	}
	shared.err = errors.New("down")
	for i := range 2 {
		if alarm, err := watch.Fetch(t.Context(), "a"); err == nil || alarm != (i == 0) {
			t.Errorf("beyond the limit: alarm %v, %v", alarm, err)
		}
	}
}
