package player

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (f *fake) WebinarChoices(context.Context, string) (string, []Option, error) {
	return "Certificate in Cardiology", []Option{{"web_2", "Four pillars: who gets what, and when"}, {"web_3", "Kidneys, potassium and titration"}}, f.failure
}

func (f *fake) PlayReports(_ context.Context, q QualityQuery, state, _ string) ([]PlayReport, string, error) {
	if q.WebinarID == "web_3" || state == stateDone {
		return nil, "", nil
	}
	at := 1930.0
	return []PlayReport{
		{ID: "rpt_1", AccountID: "acc_9", Name: "Dr Ana López", Email: "ana@example.org", Webinar: "Four pillars: who gets what, and when", At: longAgo, PositionS: &at, Code: "fragLoadError 503", Device: "phone", Browser: "Safari"},
		{ID: "rpt_2", AccountID: "acc_7", Name: "Dr Ben Okafor", Email: "ben@example.org", Webinar: "Four pillars: who gets what, and when", At: longAgo, NoSession: true, Reference: "9T0V1W", Code: "device_limit", Done: true},
	}, "r2", nil
}

func (f *fake) SettleReport(_ context.Context, id string, done bool) error {
	return f.act("settle %s %t", id, done)
}

func (f *fake) Quality(_ context.Context, q QualityQuery) (Quality, error) {
	f.board = q
	if q.ProgramID != "prg_1" {
		return Quality{Program: "Nothing yet"}, f.failure
	}
	row := QualityRow{Name: "Four pillars", Views: 312, StartupP50S: 0.84, StartupP95S: 2.41, RebufferRatio: 0.0123, Exits: 7, Failures: 2}
	phone := row
	phone.Name = "phone"
	return Quality{
		Program: "Certificate in Cardiology", All: row, Webinars: []QualityRow{row}, Device: []QualityRow{phone, {Views: 1, Exits: 1}},
		Country: []QualityRow{{Name: "Portugal", Views: 200}}, Browser: []QualityRow{{Name: "Safari", Views: 112}}, Engine: []QualityRow{{Name: "hls.js", Views: 300}},
		Errors: []QualityError{{"fragLoadError 503", 2}}, Reports: 2, Choices: []Option{{"web_2", "Four pillars: who gets what, and when"}},
	}, f.failure
}

func TestQualityBoard(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin/programs/prg_1/quality"), http.StatusOK, "Certificate in Cardiology", "Four pillars", "312", "0.8 s · 2.4 s", "1.23 %",
		"Phone", "not known", "fragLoadError 503", "Safari", "hls.js", "Portugal", "2 reports of doctors are open")
	day := b.get("/admin/programs/prg_1/quality?webinar=web_2&day=2026-10-25") // in Cairo the day before the clocks go back
	wants(t, day, http.StatusOK, `<option value="web_2" selected>`, `value="2026-10-25"`, "reports?day=2026-10-25&amp;state=open&amp;webinar=web_2")
	if got := b.board; got.WebinarID != "web_2" || got.Since == nil || got.Before == nil || got.Before.Sub(*got.Since).Hours() != 24 {
		t.Errorf("asked for %+v", got)
	}
	wants(t, b.get("/admin/programs/prg_1/quality?day=yesterday"), http.StatusUnprocessableEntity, "Please write the day like")
	wants(t, b.get("/admin/programs/prg_2/quality"), http.StatusOK, "Nobody has played")
	b.failure = ErrForbidden
	wants(t, b.get("/admin/programs/prg_1/quality"), http.StatusForbidden)
}

func TestPlayReports(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const page = "/admin/programs/prg_1/reports"
	wants(t, b.get(page), http.StatusOK, "Dr Ana López", "/support/doctors/acc_9", "At 32:10", "fragLoadError 503", "Safari", "Play could not be opened.", "Code 9T0V1W", "device_limit", "cursor=r2")
	wants(t, b.get(page+"?webinar=web_3"), http.StatusOK, "No reports here.")
	wants(t, b.get(page+"?state=done&done=done"), http.StatusOK, `<option value="done" selected>`, "The report is no longer open.")
	wants(t, b.get(page+"?day=soon"), http.StatusUnprocessableEntity, "Please write the day like")
	for _, to := range []string{stateDone, stateOpen} {
		if got := b.post(page+"/rpt_1", url.Values{"to": {to}}); got.Code != http.StatusSeeOther || got.Header().Get("Location") != page+"?done="+to {
			t.Errorf("%s: %d %s", to, got.Code, got.Header().Get("Location"))
		}
	}
	if got := strings.Join(b.acted, ", "); got != "settle rpt_1 true, settle rpt_1 false" {
		t.Errorf("did %s", got)
	}
}

// TestDays: the day on a reader's clock, also where it has 23 or 25 hours.
func TestDays(t *testing.T) {
	t.Parallel()
	l := loadLocales()[defaultLanguage]
	for _, c := range []struct {
		day, zone, since string
		hours            float64
	}{
		{"2026-03-29", "Europe/Lisbon", "2026-03-29T00:00:00Z", 23},
		{"2026-10-25", "Europe/Lisbon", "2026-10-24T23:00:00Z", 25},
		{"2026-11-23", "Asia/Kolkata", "2026-11-22T18:30:00Z", 24},
		{"2026-11-23", "no/where", "2026-11-23T00:00:00Z", 24},
	} {
		since, before, err := dayOf(l, c.day, c.zone)
		if err != nil || since.UTC().Format(time.RFC3339) != c.since || before.Sub(*since).Hours() != c.hours {
			t.Errorf("%s in %s: %v to %v, %v", c.day, c.zone, since, before, err)
		}
	}
	if _, _, err := dayOf(l, "23.11.2026", "UTC"); err == nil {
		t.Error("a day that is none was taken")
	}
}
