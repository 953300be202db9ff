package catalog_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// zones are one of each of 28 countries, with what clocks there show at noon
// UTC on 15 January and on 15 July 2026.
var zones = []struct{ country, zone, winter, summer string }{
	{"PT", "Europe/Lisbon", "12:00 WET", "13:00 WEST"},
	{"ES", "Europe/Madrid", "13:00 CET", "14:00 CEST"},
	{"FR", "Europe/Paris", "13:00 CET", "14:00 CEST"},
	{"DE", "Europe/Berlin", "13:00 CET", "14:00 CEST"},
	{"RO", "Europe/Bucharest", "14:00 EET", "15:00 EEST"},
	{"GR", "Europe/Athens", "14:00 EET", "15:00 EEST"},
	{"GB", "Europe/London", "12:00 GMT", "13:00 BST"},
	{"IE", "Europe/Dublin", "12:00 GMT", "13:00 IST"},
	{"TR", "Europe/Istanbul", "15:00 UTC+03", "15:00 UTC+03"},
	{"EG", "Africa/Cairo", "14:00 EET", "15:00 EEST"},
	{"MA", "Africa/Casablanca", "13:00 UTC+01", "13:00 UTC+01"},
	{"NG", "Africa/Lagos", "13:00 WAT", "13:00 WAT"},
	{"KE", "Africa/Nairobi", "15:00 EAT", "15:00 EAT"},
	{"ZA", "Africa/Johannesburg", "14:00 SAST", "14:00 SAST"},
	{"SA", "Asia/Riyadh", "15:00 UTC+03", "15:00 UTC+03"},
	{"AE", "Asia/Dubai", "16:00 UTC+04", "16:00 UTC+04"},
	{"PK", "Asia/Karachi", "17:00 PKT", "17:00 PKT"},
	{"IN", "Asia/Kolkata", "17:30 IST", "17:30 IST"},
	{"NP", "Asia/Kathmandu", "17:45 UTC+05:45", "17:45 UTC+05:45"},
	{"BD", "Asia/Dhaka", "18:00 UTC+06", "18:00 UTC+06"},
	{"PH", "Asia/Manila", "20:00 PST", "20:00 PST"},
	{"JP", "Asia/Tokyo", "21:00 JST", "21:00 JST"},
	{"AU", "Australia/Sydney", "23:00 AEDT", "22:00 AEST"},
	{"BR", "America/Sao_Paulo", "09:00 UTC-03", "09:00 UTC-03"},
	{"MX", "America/Mexico_City", "06:00 CST", "06:00 CST"},
	{"US", "America/New_York", "07:00 EST", "08:00 EDT"},
	{"CL", "America/Santiago", "09:00 UTC-03", "08:00 UTC-04"},
	{"LB", "Asia/Beirut", "14:00 EET", "15:00 EEST"},
}

func TestWhenInManyCountries(t *testing.T) {
	t.Parallel()
	shown := map[string]string{"America/Sao_Paulo": "America/Sao Paulo", "America/Mexico_City": "America/Mexico City", "America/New_York": "America/New York"}
	for _, c := range zones {
		name := c.zone
		if n, ok := shown[c.zone]; ok {
			name = n
		}
		if got, want := catalog.When(time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), c.zone), "Thu 15 Jan 2026, "+c.winter+" ("+name+")"; got != want {
			t.Errorf("%s: %q, want %q", c.country, got, want)
		}
		if got, want := catalog.When(time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC), c.zone), "Wed 15 Jul 2026, "+c.summer+" ("+name+")"; got != want {
			t.Errorf("%s: %q, want %q", c.country, got, want)
		}
	}
}

// TestWhenClocksChange: the minute before and the minute of each kind of
// change, and the hour that comes twice, which only the name tells apart.
func TestWhenClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ utc, zone, want string }{
		{"2026-03-29T00:59:00Z", "Europe/Berlin", "Sun 29 Mar 2026, 01:59 CET (Europe/Berlin)"},
		{"2026-03-29T01:00:00Z", "Europe/Berlin", "Sun 29 Mar 2026, 03:00 CEST (Europe/Berlin)"},
		{"2026-10-25T00:30:00Z", "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CEST (Europe/Berlin)"},
		{"2026-10-25T01:30:00Z", "Europe/Berlin", "Sun 25 Oct 2026, 02:30 CET (Europe/Berlin)"},
		{"2026-03-08T06:59:00Z", "America/New_York", "Sun 8 Mar 2026, 01:59 EST (America/New York)"},
		{"2026-03-08T07:00:00Z", "America/New_York", "Sun 8 Mar 2026, 03:00 EDT (America/New York)"},
		{"2026-11-01T05:30:00Z", "America/New_York", "Sun 1 Nov 2026, 01:30 EDT (America/New York)"},
		{"2026-11-01T06:30:00Z", "America/New_York", "Sun 1 Nov 2026, 01:30 EST (America/New York)"},
		{"2026-04-04T15:59:00Z", "Australia/Sydney", "Sun 5 Apr 2026, 02:59 AEDT (Australia/Sydney)"}, // the south goes the other way
		{"2026-04-04T16:00:00Z", "Australia/Sydney", "Sun 5 Apr 2026, 02:00 AEST (Australia/Sydney)"},
		{"2026-04-04T14:59:00Z", "Australia/Lord_Howe", "Sun 5 Apr 2026, 01:59 UTC+11 (Australia/Lord Howe)"}, // half an hour
		{"2026-04-04T15:00:00Z", "Australia/Lord_Howe", "Sun 5 Apr 2026, 01:30 UTC+10:30 (Australia/Lord Howe)"},
		{"2026-04-23T21:59:00Z", "Africa/Cairo", "Thu 23 Apr 2026, 23:59 EET (Africa/Cairo)"}, // at midnight
		{"2026-04-23T22:00:00Z", "Africa/Cairo", "Fri 24 Apr 2026, 01:00 EEST (Africa/Cairo)"},
		{"2026-02-15T01:59:00Z", "Africa/Casablanca", "Sun 15 Feb 2026, 02:59 UTC+01 (Africa/Casablanca)"}, // in Ramadan
		{"2026-02-15T02:00:00Z", "Africa/Casablanca", "Sun 15 Feb 2026, 02:00 UTC+00 (Africa/Casablanca)"},
		{"2026-12-31T23:59:00Z", "Asia/Kolkata", "Fri 1 Jan 2027, 05:29 IST (Asia/Kolkata)"},
		{"2026-12-31T23:59:00Z", "UTC", "Thu 31 Dec 2026, 23:59 UTC"},
		{"2026-12-31T23:59:00Z", "", "Thu 31 Dec 2026, 23:59 UTC"},
		{"2026-12-31T23:59:00Z", "Local", "Thu 31 Dec 2026, 23:59 UTC"},
		{"2026-12-31T23:59:00Z", "Mars/Olympus", "Thu 31 Dec 2026, 23:59 UTC"},
	} {
		at, err := time.Parse(time.RFC3339, c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := catalog.When(at, c.zone); got != c.want {
			t.Errorf("%s: %q, want %q", c.utc, got, c.want)
		}
		if got := catalog.When(at.In(time.FixedZone("here", 3*3600)), c.zone); got != c.want {
			t.Errorf("%s told in another zone: %q, want %q", c.utc, got, c.want)
		}
	}
}

// TestWhenTellsTimesApart: two minutes of the same year are never shown alike,
// whatever the clocks do between.
func TestWhenTellsTimesApart(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone").zone
		a := rapid.IntRange(0, 365*24*60).Draw(t, "a")
		b := a + rapid.IntRange(1, 180).Draw(t, "later")
		at := func(minute int) string { return catalog.When(start.Add(time.Duration(minute)*time.Minute), zone) }
		if at(a) == at(b) {
			t.Fatalf("%s: minutes %d and %d are both %s", zone, a, b, at(a))
		}
	})
}

func TestWhenInAnotherLanguage(t *testing.T) {
	t.Parallel()
	names := strings.Fields("dim. lun. mar. mer. jeu. ven. sam. janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.")
	at := time.Date(2026, time.December, 31, 23, 30, 0, 0, time.UTC)
	if got, want := catalog.WhenIn(at, "Europe/Paris", "%s %d %s %d à %s", names), "ven. 1 janv. 2027 à 00:30 CET (Europe/Paris)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
