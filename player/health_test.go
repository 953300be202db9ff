package player

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

var checked = time.Date(2026, 3, 2, 4, 10, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func (f *fake) Health(ctx context.Context) ([]HealthReport, []PastReport, error) {
	if f.healthless {
		return nil, nil, nil
	}
	said := func(text string, args ...any) string { return Say(LanguageOf(ctx), text, args...) }
	weekly := HealthReport{Kind: "weekly", Host: "api-1", Light: "red", At: checked, TookS: 1.42, Lines: []HealthLine{
		{"disk", "machine", "red", said("%s: %s %% free (%s GiB), %s %% of inodes", "/var/lib/rounds", "3", "2.1", "99"), said("Remove what is not needed there, or make the disk larger; the runbook says what can go."), "RoundsDiskFilling"},
		{"dns", "network", "green", said("The names resolve: %s.", "<learn>.example.org"), "", "RoundsNetwork"},
		{"evidence_heads", "work", "amber", said("No bucket for the heads of the evidence is set: nobody vouches for it."), said("Set `ROUNDS_EVIDENCE_BUCKET` and run `rounds admin init-storage`."), "RoundsEvidenceHeads"},
		{"certificate", "network", "unknown", said("Nothing here is reached by TLS."), "", "RoundsCertificateExpiring"},
	}}
	return []HealthReport{weekly}, []PastReport{{"weekly", "api-1", "red", checked, []string{"disk"}}, {"daily", "api-2", "green", checked.AddDate(0, 0, -1), nil}}, f.failure
}

func (f *fake) Runbook(_ context.Context, name string) (string, error) {
	if name != "RoundsDiskFilling" {
		return "", ErrNotFound
	}
	return "# A disk fills up\n\nLook with `df -h` what is full.\n", nil
}

// TestHealthPage: each check has its light in words, and what is not well leads to
// its runbook; in Arabic, too.
func TestHealthPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wants(t, b.get("/admin"), http.StatusOK, `href="/admin/health"`)
	page := b.get("/admin/health")
	wants(t, page, http.StatusOK, "Weekly report", "Room on the disks", "Red: act now", "Please look", "Not known here", "3 % free (2.1 GiB)", "The names resolve: &lt;learn&gt;.example.org.", `and run <code dir="ltr">rounds admin init-storage</code>.`,
		`href="/admin/health/runbooks/RoundsDiskFilling"`, "Mon 2 Mar 2026, 06:10 EET (Africa/Cairo)", "took 1.4 s", "Red: 1 · to look at: 1 · well: 1 · not known: 1", "The last reports")
	if strings.Contains(page.Body.String(), "runbooks/RoundsNetwork") {
		t.Error("what is well leads to its runbook")
	}
	wants(t, b.get("/admin/health/runbooks/RoundsDiskFilling"), http.StatusOK, "A disk fills up", "Look with `df -h`", `lang="en" dir="ltr"`)
	wants(t, b.get("/admin/health/runbooks/nothing"), http.StatusNotFound)
	b.healthless = true
	wants(t, b.get("/admin/health"), http.StatusOK, "No report has been made yet.")
	b.healthless = false
	viewer := everybody
	viewer.Locale = "ar"
	b.viewer = &viewer
	wants(t, b.get("/admin/health"), http.StatusOK, "المساحة على الأقراص", "أحمر: يُرجى التصرف الآن", "المساحة الحرة \u20683\u2069 %", "\u2066<code dir=\"ltr\">rounds admin init-storage</code>\u2069", "(بالإنجليزية)", `hreflang="en"`)
	viewer.Admin = false
	wants(t, b.get("/admin/health"), http.StatusForbidden)
}
