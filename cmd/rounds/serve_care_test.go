package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/cmd/rounds/doctor"
	"rounds/deploy/care"
	"rounds/deploy/care/caredb"
	"rounds/deploy/schema/schematest"
)

// TestAdminsAreToldOnceWhatTurnedRed: not again while it stays so, and again when
// it comes back after it was well.
func TestAdminsAreToldOnceWhatTurnedRed(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	if _, err := db.Exec(t.Context(), `insert into accounts (id, email, name, roles, locale) values
		('acc_1', 'a@example.org', 'A', '{admin}', 'en'), ('acc_2', 'd@example.org', 'D', '{doctor}', 'en'), ('acc_3', 'ar@example.org', 'B', '{admin}', 'ar-EG')`); err != nil {
		t.Fatal(err)
	}
	var told []catalog.Message
	missing := []string{"/not/there"}
	folders := missing
	c := &caring{
		store: caredb.New(db),
		config: func(context.Context) (doctor.Config, func()) {
			return doctor.Config{Paths: folders}, func() {}
		},
		tell: func(_ context.Context, _ pgx.Tx, m catalog.Message) error {
			told = append(told, m)
			return nil
		},
		begin: func(ctx context.Context, do func(pgx.Tx) error) error { return pgx.BeginFunc(ctx, db, do) },
	}
	look := func(want int) {
		t.Helper()
		told = nil
		if _, err := c.look(t.Context(), care.Daily); err != nil {
			t.Fatal(err)
		}
		var disk int
		for _, m := range told {
			checks := m.Values["checks"]
			switch m.Recipient {
			case "a@example.org":
				if strings.Contains(checks, "disk: /not/there cannot be looked at: it is not there.\nMake the folder") {
					disk++
				}
			case "ar@example.org":
				if strings.Contains(checks, "disk") && (!strings.Contains(checks, "غير موجود") || strings.Contains(checks, "folder")) {
					t.Errorf("in Arabic: %s", checks)
				}
			default:
				t.Errorf("%s is told", m.Recipient)
			}
		}
		if disk != want {
			t.Errorf("told of the disk %d times, want %d: %v", disk, want, told)
		}
	}
	look(1)
	look(0)
	folders = nil // not red, however full the disk of the test is
	look(0)
	folders = missing
	look(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(checkResults(c.store.Lasts))
	families, err := registry.Gather()
	if err != nil || len(families) != 2 {
		t.Fatalf("%v %v", families, err)
	}
	for _, m := range families[0].GetMetric() {
		if m.GetLabel()[0].GetValue() == "disk" && m.GetGauge().GetValue() != 0 {
			t.Errorf("rounds_check_ok of the disk: %v", m)
		}
	}
}

// TestTheNewerReportKnowsBetter: a check of both reports has the figure of the newer one.
func TestTheNewerReportKnowsBetter(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(checkResults(func(context.Context) ([]care.Report, error) {
		return []care.Report{
			{Kind: care.Daily, Lines: []care.Line{{Check: "disk", Light: care.Green}, {Check: "dns", Light: care.Unknown}}},
			{Kind: care.Weekly, Lines: []care.Line{{Check: "disk", Light: care.Red}, {Check: "growth", Light: care.Amber}}},
		}, nil
	}))
	families, err := registry.Gather()
	if err != nil || len(families) != 2 {
		t.Fatalf("%v %v", families, err)
	}
	got := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		got[m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue()
	}
	if want := map[string]float64{"disk": 1, "growth": .5}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDoctorOfAWholeService asks the real thing: what belongs to it is green, the
// status tells the worst line, and the report that is kept can be read.
func TestDoctorOfAWholeService(t *testing.T) {
	t.Parallel()
	s := bootSystem(t, schematest.URL(t), "serve", "edge")
	command := s.exec("admin", "doctor", "--json", "--keep")
	out, err := command.Output()
	status := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status = failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	var report care.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if want := map[care.Light]int{care.Green: 0, care.Amber: statusAmber, care.Red: statusRed}[report.Light]; status != want {
		t.Errorf("status %d with %s", status, report.Light)
	}
	lines := map[string]care.Line{}
	for _, l := range report.Lines {
		lines[l.Check] = l
	}
	for _, name := range []string{"api", "edge", "database", "migrations", "connections", "buckets", "object_lock", "signing_key", "media_signature", "master_key", "mail_server", "storage_network", "evidence_heads"} {
		if lines[name].Light != care.Green {
			t.Errorf("%s is %s: %s", name, lines[name].Light, lines[name].Sentence)
		}
	}
	items := s.admin().call(200, "GET", "/v1/health/report", nil).list("items")
	if len(items) != 1 || object(items[0].(map[string]any)).str("kind") != "weekly" {
		t.Errorf("%v", items)
	}
}
