package identity

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"rounds/catalog"
)

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := NetworkOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := NetworkOf(netip.Addr{}); got != "" {
		t.Errorf("no address is %q", got)
	}
}

func TestFailuresOfANetwork(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, fine := range []Failures{{}, {Wrong: MostFailures - 2, Unanswered: MostUnanswered - 2, Trying: 1}} {
		if err := fine.Allow(now); err != nil {
			t.Errorf("%+v: %v", fine, err)
		}
	}
	for _, much := range []Failures{{Wrong: MostFailures, Since: now.Add(-4 * time.Minute)}, {Unanswered: MostUnanswered, Since: now.Add(-4 * time.Minute)}} {
		var limit *catalog.RateLimitError
		if err := much.Allow(now); !errors.As(err, &limit) || limit.RetryAfter != 6*time.Minute {
			t.Errorf("%+v: %v", much, err)
		}
	}
	for _, busy := range []Failures{{Trying: MostFailures, Since: now}, {Wrong: MostFailures - 1, Trying: 1}, {Unanswered: MostUnanswered - 1, Trying: 1}} {
		var limit *catalog.RateLimitError
		if err := busy.Allow(now); !errors.As(err, &limit) || limit.Code != TooManyAtOnce || limit.RetryAfter != time.Second {
			t.Errorf("%+v: %v", busy, err)
		}
	}
}
