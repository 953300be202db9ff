package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAuditWithoutTheService: an auditor takes the evidence and the heads away
// and proves them; one changed letter is found and named.
func TestAuditWithoutTheService(t *testing.T) {
	t.Parallel()
	s := startSystem(t)
	c := s.makeCourse()
	webinar := s.makeWebinar(c, "Beta blockers")
	s.registerDoctor(c.programID, "audited@example.org")
	enrolled, _ := s.admin().call(200, "GET", "/v1/programs/"+c.programID+"/enrolments", nil).list("items")[0].(map[string]any)
	account := object(enrolled).str("account_id")
	s.admin().call(201, "POST", "/v1/webinars/"+webinar+"/waivers", object{"account_id": account, "reason": "Gave this talk herself."})

	heads := filepath.Join(t.TempDir(), "heads")
	s.eventually(2*time.Minute, "the head of yesterday is stored", func() bool {
		s.command("admin", "audit", "heads", heads)
		found, _ := filepath.Glob(filepath.Join(heads, "*.json"))
		return len(found) > 0 // two when midnight passes
	})
	export := s.command("admin", "audit", "export", c.programID, "--base-url", s.base, "--token", s.adminToken)
	if strings.Contains(export, "audited@example.org") {
		t.Error("the export tells an address")
	}
	file := filepath.Join(t.TempDir(), "evidence.ndjson")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(export)
	for _, from := range []string{"s3", heads} {
		if out := s.command("admin", "audit", "verify", file, "--heads", from); !strings.Contains(out, "2 records of 1 enrolments, all chains unbroken") || strings.Contains(out, " 0 daily heads") {
			t.Errorf("verified with %s: %s", from, out)
		}
	}
	write(strings.Replace(export, "herself", "himself", 1))
	if out, err := s.exec("admin", "audit", "verify", file).CombinedOutput(); err == nil || !strings.Contains(string(out), "NOT as it was recorded") || !strings.Contains(string(out), "record 1:") {
		t.Errorf("changed: %v, %s", err, out)
	}
	statements := s.command("admin", "audit", "export", c.programID, "--format", "xapi", "--email", "--base-url", s.base, "--token", s.adminToken)
	if !strings.Contains(statements, `"mailto:audited@example.org"`) || !strings.Contains(statements, "https://w3id.org/xapi/adl/verbs/waived") {
		t.Errorf("statements: %s", statements)
	}
}
