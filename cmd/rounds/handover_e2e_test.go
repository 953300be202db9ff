package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"rounds/deploy/schema/schematest"
)

// TestHandoverInChromium signs a shared computer in by a phone, with and without
// script, against the real program.
func TestHandoverInChromium(t *testing.T) {
	t.Parallel()
	s := bootSystem(t, schematest.URL(t), "serve", "edge")
	s.registerDoctor(s.makeCourse().programID, "handover@example.org")
	cmd := exec.CommandContext(t.Context(), "node", "--test", "browser/handover.mjs")
	cmd.Dir = filepath.Join("..", "..", "player")
	cmd.Env = append(os.Environ(), "BASE_URL="+s.base, "MAIL_DIR="+s.mailDir, "DOCTOR_EMAIL=handover@example.org")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
