package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rounds/deploy/schema/schematest"
)

// TestWrongSettingsAreNamed: whoever starts the program with a wrong setting
// reads one line that says which.
func TestWrongSettingsAreNamed(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(key, []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		args []string
		want string
	}{
		"missing":     {[]string{"migrate"}, "--database-url"},
		"bad address": {[]string{"migrate", "--database-url=://x"}, "ROUNDS_DATABASE_URL"},
		"bad level":   {[]string{"migrate", "--database-url=postgres://x/y", "--log-level=loud"}, "--log-level"},
		"unknown":     {[]string{"migrate", "--speed=1"}, "--speed"},
	}
	for name, c := range cases {
		err := Run(context.Background(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", name, err, c.want)
		}
	}
	if _, err := (sealConfig{MasterKeyFile: key}).read(); err == nil || !strings.Contains(err.Error(), "ROUNDS_MASTER_KEY_FILE") {
		t.Errorf("short master key: %v", err)
	}
	if _, err := (siteConfig{BaseURL: "learn.example.org"}).parse(); err == nil || !strings.Contains(err.Error(), "ROUNDS_BASE_URL") {
		t.Errorf("base url without scheme: %v", err)
	}
}

// TestStatementsAreNotCompiled: PostgreSQL's compiler makes short statements slow.
func TestStatementsAreNotCompiled(t *testing.T) {
	t.Parallel()
	db, err := databaseConfig{DatabaseURL: os.Getenv(schematest.EnvURL), MaxConns: 2}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var jit, from string
	if err := db.QueryRow(t.Context(), `select setting, source from pg_settings where name = 'jit'`).Scan(&jit, &from); err != nil || jit != "off" || from != "client" {
		t.Errorf("jit is %s by %s, %v", jit, from, err)
	}
}

// TestHelpNamesEverything: the help of the whole program documents every
// command and every setting.
func TestHelpNamesEverything(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Run(context.Background(), []string{"--help"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"serve", "work", "edge", "migrate", "admin upload", "ROUNDS_BASE_URL", "ROUNDS_DATABASE_URL", "ROUNDS_LOG_LEVEL", "ROUNDS_MAIL_DIR"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %s:\n%s", want, out.String())
		}
	}
}

func TestFlagsAreCalledLikeTheirSettings(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Run(context.Background(), []string{"serve", "--help"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--base-url=", "--s3-endpoint=", "--s3-access-key=", "--smtp-url="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("help lacks %s:\n%s", want, out.String())
		}
	}
}

func TestKeygenKeepsKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	generate := func() {
		if err := Run(context.Background(), []string{"admin", "keygen", "--dir", dir}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	generate()
	before := readFile(t, filepath.Join(dir, "signing.pem"))
	if err := os.Remove(filepath.Join(dir, "signing.pub.pem")); err != nil {
		t.Fatal(err)
	}
	generate()
	if !bytes.Equal(before, readFile(t, filepath.Join(dir, "signing.pem"))) {
		t.Error("an existing signing key was replaced")
	}
	for _, name := range []string{"master.key", "signing.pem", "signing.pub.pem"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
