package catalog

import (
	"testing"
	"time"
)

func TestStalled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time {
		at := now.Add(-d)
		return &at
	}
	for name, c := range map[string]struct {
		state RecordingState
		heard time.Duration
		lease *time.Time
		want  string
	}{
		"sent":         {StateUploading, time.Hour, nil, ""},
		"not sent on":  {StateUploading, 25 * time.Hour, nil, "upload"},
		"in the queue": {StateUploaded, 9 * time.Minute, nil, ""},
		"not taken":    {StateUploaded, 11 * time.Minute, nil, "waiting"},
		"worked on":    {StateProcessing, time.Hour, ago(-time.Minute), ""},
		"just lost":    {StateProcessing, time.Hour, ago(time.Minute), ""},
		"lost":         {StateProcessing, time.Hour, ago(11 * time.Minute), "lost"},
		"ready":        {StateReady, 100 * time.Hour, nil, ""},
		"failed":       {StateFailed, 100 * time.Hour, nil, ""},
	} {
		q := QueuedRecording{Recording: Recording{State: c.state, UpdatedAt: *ago(c.heard)}, LeaseUntil: c.lease}
		if got := q.Stalled(now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
