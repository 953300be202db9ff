package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"rounds/deploy/schema/schematest"
)

// TestPasskeysInChromium adds, uses and removes a passkey with Chromium's
// virtual authenticator, against the real program.
func TestPasskeysInChromium(t *testing.T) {
	t.Parallel()
	s := bootSystem(t, schematest.URL(t), "serve", "edge")
	s.registerDoctor(s.makeCourse().programID, "passkeys@example.org")
	cmd := exec.CommandContext(t.Context(), "node", "--test", "browser/passkeys.mjs")
	cmd.Dir = filepath.Join("..", "..", "player")
	cmd.Env = append(os.Environ(), "BASE_URL="+s.base, "MAIL_DIR="+s.mailDir, "PRESENTER_EMAIL=presenter@example.org", "DOCTOR_EMAIL=passkeys@example.org")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
