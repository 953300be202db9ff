package playback

import (
	"errors"
	"testing"
	"time"

	"rounds/catalog"
)

func TestKeyWatch(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_767_290_000, 0)
	watch := NewKeyWatch(KeyLimit{Most: 3, Window: 10 * time.Minute}, func() time.Time { return now })
	fetch := func(account catalog.AccountID, wantAlarm, wantRefused bool) {
		t.Helper()
		alarm, err := watch.Fetch(account)
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
	if _, err := NewKeyWatch(KeyLimit{}, nil).Fetch("a"); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}
