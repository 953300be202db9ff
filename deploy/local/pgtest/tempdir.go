package pgtest

import (
	"os"
	"testing"
)

// TempDir is t.TempDir for a cluster: PostgreSQL's user can pass through it.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rounds-pg-") //nolint:usetesting // the parents of t.TempDir are closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // as said above
		t.Fatal(err)
	}
	return dir
}
