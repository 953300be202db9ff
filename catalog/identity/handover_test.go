package identity

import (
	"errors"
	"slices"
	"testing"
	"time"

	"rounds/catalog"
)

func TestHandoversShowTheNumberAmongOthers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	places := map[int]bool{}
	for range 200 {
		h, secret := NewHandover(Asker{Network: "203.0.113.9", Device: "x"}, now)
		if len(h.Numbers) != HandoverNumbers || h.ExpiresAt.Sub(now) > 3*time.Minute || !catalog.ValidToken(secret) || h.State != HandoverWaiting {
			t.Fatalf("%+v %q", h, secret)
		}
		if sorted := slices.Sorted(slices.Values(h.Numbers)); len(slices.Compact(sorted)) != HandoverNumbers || sorted[0] < 10 || sorted[2] > 99 {
			t.Fatalf("numbers %v", h.Numbers)
		}
		places[slices.Index(h.Numbers, h.Number)] = true
	}
	if len(places) != HandoverNumbers || places[-1] {
		t.Errorf("the number stands at %v", places)
	}
}

func TestHandoversAreDecidedAndUsedOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	of := func(state HandoverState, age time.Duration) Handover {
		return Handover{Number: 42, State: state, ExpiresAt: now.Add(HandoverLife - age)}
	}
	for name, c := range map[string]struct {
		h       Handover
		confirm bool
		number  int
		state   HandoverState
		err     error
	}{
		"the right number": {of(HandoverWaiting, 0), true, 42, HandoverConfirmed, nil},
		"a wrong one":      {of(HandoverWaiting, 0), true, 41, HandoverRefused, ErrHandoverNumber},
		"no":               {of(HandoverWaiting, 0), false, 42, HandoverRefused, nil},
		"too late":         {of(HandoverWaiting, HandoverLife), true, 42, HandoverWaiting, ErrHandoverOver},
		"a second try":     {of(HandoverRefused, 0), true, 42, HandoverRefused, ErrHandoverOver},
		"confirmed twice":  {of(HandoverConfirmed, 0), true, 42, HandoverConfirmed, ErrHandoverOver},
	} {
		if state, err := c.h.Decide(c.confirm, c.number, now); state != c.state || !errors.Is(err, c.err) {
			t.Errorf("%s: %s, %v", name, state, err)
		}
	}
	hash, other := HandoverSecretHash("a"), HandoverSecretHash("b")
	for name, c := range map[string]struct {
		h     Handover
		came  []byte
		state HandoverState
		err   error
	}{
		"confirmed":       {of(HandoverConfirmed, 0), hash, HandoverUsed, nil},
		"another browser": {of(HandoverConfirmed, 0), other, HandoverConfirmed, ErrHandoverOver},
		"not yet":         {of(HandoverWaiting, 0), hash, HandoverWaiting, ErrHandoverWaits},
		"refused":         {of(HandoverRefused, 0), hash, HandoverRefused, ErrHandoverOver},
		"twice":           {of(HandoverUsed, 0), hash, HandoverUsed, ErrHandoverOver},
		"too late":        {of(HandoverConfirmed, HandoverLife), hash, HandoverConfirmed, ErrHandoverOver},
	} {
		if state, err := c.h.Use(hash, c.came, now); state != c.state || !errors.Is(err, c.err) {
			t.Errorf("%s: %s, %v", name, state, err)
		}
	}
}

func TestHandoversOfANetworkAreLimited(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	var limit *catalog.RateLimitError
	if err := AllowHandover(MostHandovers, now.Add(-4*time.Minute), now); !errors.As(err, &limit) || limit.RetryAfter != 6*time.Minute {
		t.Errorf("%v", err)
	}
	if err := AllowHandover(MostHandovers-1, now, now); err != nil {
		t.Error(err)
	}
}
