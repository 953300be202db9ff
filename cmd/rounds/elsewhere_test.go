package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSettingsFromFiles gives a setting by a file, as containers get secrets. It
// changes the environment, so nothing runs beside it.
func TestSettingsFromFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	migrate := func() string {
		err := Run(t.Context(), []string{"migrate"}, io.Discard, io.Discard)
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%v, want one line", err)
		}
		return err.Error()
	}
	t.Setenv("ROUNDS_DATABASE_URL_FILE", write("url", "://secret\n"))
	if got := migrate(); !strings.Contains(got, "ROUNDS_DATABASE_URL: not a PostgreSQL address") || strings.Contains(got, "://secret") {
		t.Errorf("by a file: %s", got)
	}
	t.Setenv("ROUNDS_DATABASE_URL", "postgres://x/y")
	if got := migrate(); !strings.Contains(got, "ROUNDS_DATABASE_URL and ROUNDS_DATABASE_URL_FILE: give one of them") {
		t.Errorf("twice: %s", got)
	}
	if err := os.Unsetenv("ROUNDS_DATABASE_URL"); err != nil { // t.Setenv sets it back
		t.Fatal(err)
	}
	t.Setenv("ROUNDS_DATABASE_URL_FILE", filepath.Join(dir, "none"))
	if got := migrate(); !strings.Contains(got, "ROUNDS_DATABASE_URL_FILE") {
		t.Errorf("no file: %s", got)
	}
}

// TestFilesThatAreSettingsStaySo: the file of the master key is a setting of its
// own, not another way to give ROUNDS_MASTER_KEY.
func TestFilesThatAreSettingsStaySo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ROUNDS_MASTER_KEY_FILE", path)
	t.Setenv("ROUNDS_DATABASE_URL", "postgres://127.0.0.1/x")
	err := Run(t.Context(), []string{"work"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "not 32 bytes in base64") {
		t.Error(err)
	}
}

func TestKeysAreGivenOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []sealConfig{{}, {MasterKeyFile: "a", MasterKey: "b"}} {
		if _, err := c.read(); err == nil || !strings.Contains(err.Error(), "ROUNDS_MASTER_KEY_FILE") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	key, err := sealConfig{MasterKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}.read()
	if err != nil || len(key) != 32 || key[31] != 31 {
		t.Errorf("%v, %v", key, err)
	}
}
