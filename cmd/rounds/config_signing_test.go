package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ringOf spells keys as a file of them does.
func ringOf(t *testing.T, keys ...ringKey) string {
	t.Helper()
	for i := range keys {
		if keys[i].Key != "" {
			continue
		}
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(made)
		if err != nil {
			t.Fatal(err)
		}
		keys[i].Key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	text, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSigningKeysTakeTurns replaces keys under a signer that is in use.
func TestSigningKeysTakeTurns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	put := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(ringOf(t, ringKey{ID: "A"}, ringKey{ID: "LATER", From: time.Now().Add(time.Hour)}))
	c := signConfig{SigningKeysFile: path}
	signer, err := c.signer(t.Context(), &url.URL{Scheme: "https", Host: "learn.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	looks, ended := make(chan time.Time), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log bytes.Buffer
	go func() {
		defer close(ended)
		c.followKeys(ctx, slog.New(slog.NewTextHandler(&log, nil)), signer, looks)
	}()
	// A second look is taken when the first has been dealt with.
	look := func() { looks <- time.Time{}; looks <- time.Time{} }
	signs := func(want string) {
		t.Helper()
		signed, err := signer.ObjectURL("media/rec_01/0123456789abcdefghjkmnpqrs/master.m3u8", time.Minute)
		if err != nil || !strings.HasSuffix(signed, "&Key-Pair-Id="+want) {
			t.Errorf("%s, %v, want the key %s", signed, err, want)
		}
	}
	signs("A")
	put(ringOf(t, ringKey{ID: "A"}, ringKey{ID: "B", From: time.Now().Add(-time.Minute)}))
	look()
	signs("B")
	for _, wrong := range []string{"", "[]", `[{"id":"C","key":"secret"}]`, ringOf(t, ringKey{ID: "C", From: time.Now().Add(time.Hour)}), ringOf(t, ringKey{ID: "C"}, ringKey{ID: "C"})} {
		put(wrong)
		look()
		signs("B")
	}
	put(ringOf(t, ringKey{ID: "D"}))
	look()
	signs("D")
	stop()
	<-ended
	if text := log.String(); !strings.Contains(text, "signing keys were replaced") || !strings.Contains(text, "the signing keys cannot be read, those before go on") || strings.Contains(text, "secret") {
		t.Errorf("logged:\n%s", text)
	}
}

// TestSigningKeysOfSecretsManager reads them from a secret; the program asks there
// as it does for a password.
func TestSigningKeysOfSecretsManager(t *testing.T) {
	secretsManager(t, "rounds/test/keys").Store(ringOf(t, ringKey{ID: "S"}))
	keys, err := signConfig{SigningKeysSecret: "rounds/test/keys"}.keys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].ID != "S" {
		t.Errorf("%v, %v", keys, err)
	}
	if _, err := (signConfig{SigningKeysSecret: "rounds/test/none"}).keys(t.Context()); err == nil || !strings.Contains(err.Error(), "ROUNDS_SIGNING_KEYS_SECRET") {
		t.Errorf("no such secret: %v", err)
	}
}

// TestAgeOfASigningKey: a file that is written anew makes no key younger.
func TestAgeOfASigningKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, []byte(ringOf(t, ringKey{ID: "A", From: time.Now().AddDate(-2, 0, 0)})), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := doctorSettings{Sign: signConfig{SigningKeysFile: path}}
	d, done := settings.doctor(t.Context())
	defer done()
	if d.SigningID != "A" || d.SigningKey == nil || d.SigningAge < 700*24*time.Hour || d.Broken["signing_key"] != nil {
		t.Errorf("%s is %v old, %v", d.SigningID, d.SigningAge, d.Broken)
	}
}

func TestSigningKeysAreGivenOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []signConfig{
		{SigningKeysFile: "a", SigningKeysSecret: "b"},
		{SigningKeysFile: "a", SigningKeyID: "K"},
		{SigningKeysFile: "a", SigningKey: "key"},
		{SigningKeysFile: "none"},
	} {
		if _, err := c.keys(t.Context()); err == nil || !strings.Contains(err.Error(), "ROUNDS_SIGNING_KEYS_FILE") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	pemText := strings.ReplaceAll(strings.Split(ringOf(t, ringKey{ID: "x"}), `"`)[7], `\n`, "\n")
	if _, err := (signConfig{SigningKey: pemText}).keys(t.Context()); err == nil || !strings.Contains(err.Error(), "ROUNDS_SIGNING_KEY_ID") {
		t.Errorf("no id: %v", err)
	}
	if keys, err := (signConfig{SigningKey: pemText, SigningKeyID: "K"}).keys(t.Context()); err != nil || len(keys) != 1 || keys[0].ID != "K" {
		t.Errorf("%v, %v", keys, err)
	}
}
