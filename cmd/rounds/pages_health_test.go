package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
	"rounds/deploy/runbooks"
)

// TestHealthThroughThePages: administrators see the last report with its lights
// and read the runbook of what is red; nobody else does.
func TestHealthThroughThePages(t *testing.T) {
	t.Parallel()
	b := setupReasons(t)
	store, at := caredb.New(b.db), time.Date(2026, 3, 2, 4, 10, 0, 0, time.UTC)
	for day, light := range []care.Light{care.Red, care.Green} {
		report := care.Report{Kind: care.Daily, Host: "api-1", At: at.AddDate(0, 0, -day), Light: light, Lines: []care.Line{
			{Check: "disk", Area: "machine", Light: light, Sentence: catalog.Say("%s: %s %% free (%s GiB), %s %% of inodes", "/data", "3", "1.0", "99"), Runbook: "deploy/runbooks/RoundsDiskFilling.md"},
		}}
		if err := store.Keep(t.Context(), report); err != nil {
			t.Fatal(err)
		}
	}
	b.page(b.admin, http.MethodGet, "/admin/health", nil, http.StatusOK, "Daily report", "Room on the disks", "/data: 3 % free (1.0 GiB), 99 % of inodes", "Mon 2 Mar 2026, 04:10 UTC", "Sun 1 Mar 2026, 04:10 UTC", `href="/admin/health/runbooks/RoundsDiskFilling"`)
	b.page(b.admin, http.MethodGet, "/admin/health/runbooks/RoundsDiskFilling", nil, http.StatusOK, "rounds")
	b.page(b.admin, http.MethodGet, "/admin/health/runbooks/..%2fdoc", nil, http.StatusNotFound)
	b.page(b.doctor, http.MethodGet, "/admin/health", nil, http.StatusForbidden)
}

// TestChecksHaveNames: the page of administrators names every check and area,
// and has its runbook.
func TestChecksHaveNames(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../player/locales/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var l struct{ Strings map[string]string }
	if err := json.Unmarshal(content, &l); err != nil {
		t.Fatal(err)
	}
	for _, k := range care.Checks {
		if l.Strings["health.check."+k.Name] == "" || l.Strings["health.area."+k.Area] == "" {
			t.Errorf("%s of %s has no name", k.Name, k.Area)
		}
		if text, ok := runbooks.Text(strings.TrimSuffix(path.Base(k.Runbook), ".md")); !ok || !strings.HasPrefix(text, "# ") {
			t.Errorf("%s has no runbook %s", k.Name, k.Runbook)
		}
	}
}
