package player

import (
	"testing"
	"time"

	"rounds/catalog"
)

// TestWhen: pages show times as mails do; catalog's test of its own function
// has the clock changes and the zones of many countries.
func TestWhen(t *testing.T) {
	t.Parallel()
	when := functions(loadLocales()["en"], &assets{}, catalog.WhenIn)["when"].(func(time.Time, string) string)
	for _, c := range []struct{ utc, zone, want string }{
		{"2026-10-25T00:30:00Z", "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin)"},
		{"2026-10-25T01:30:00Z", "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CET (Europe/Berlin)"},
		{"2026-03-08T07:00:00Z", "America/New_York", "Sun 8 Mar 2026, 03:00 EDT (America/New York)"},
		{"2026-04-04T15:00:00Z", "Australia/Lord_Howe", "Sun 5 Apr 2026, 01:30 UTC+10:30 (Australia/Lord Howe)"},
		{"2026-07-01T12:00:00Z", "Asia/Kolkata", "Wed 1 Jul 2026, 17:30 IST (Asia/Kolkata)"},
		{"2026-07-01T12:00:00Z", "America/Sao_Paulo", "Wed 1 Jul 2026, 09:00 UTC-03 (America/Sao Paulo)"},
		{"2026-07-01T12:00:00Z", "Mars/Olympus", "Wed 1 Jul 2026, 12:00 UTC"},
	} {
		at, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := when(at, c.zone); got != c.want {
			t.Errorf("%s: %q, want %q", c.utc, got, c.want)
		}
	}
}
