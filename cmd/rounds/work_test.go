package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestScratchBelongsToOne: a worker clears its scratch folder at the start, so
// it must not be another one's; what a dead one left does not bind.
func TestScratchBelongsToOne(t *testing.T) {
	t.Parallel()
	c := &workRun{WorkDir: filepath.Join(t.TempDir(), "work")}
	dir, lock, err := c.scratch()
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "source-of-a-running-worker")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.scratch(); err == nil || !strings.Contains(err.Error(), "in use by another worker") {
		t.Errorf("a second worker: %v", err)
	}
	if _, err := os.Stat(left); err != nil {
		t.Errorf("the second worker cleared the folder: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	_, lock, err = c.scratch()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("a worker that starts leaves what was there: %v", err)
	}
}
