package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/deploy/schema/schematest"
)

// rotated is a user of PostgreSQL whose password is changed, and an address without one.
type rotated struct {
	t     *testing.T
	admin *pgx.Conn
	user  string
	url   string
}

// newRotated makes the user; first is its password.
func newRotated(t *testing.T, first string) *rotated {
	t.Helper()
	u, err := url.Parse(schematest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &rotated{t: t, user: "rotated_" + strings.ToLower(catalog.NewToken())}
	if r.admin, err = pgx.Connect(t.Context(), os.Getenv(schematest.EnvURL)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := r.admin.Exec(ctx, "drop role "+r.user)
		if closed := r.admin.Close(ctx); err != nil || closed != nil {
			t.Error(err, closed)
		}
	})
	r.exec("create role " + r.user + " login password '" + first + "'")
	u.User = url.User(r.user)
	r.url = u.String()
	return r
}

func (r *rotated) exec(sql string) {
	r.t.Helper()
	if _, err := r.admin.Exec(r.t.Context(), sql); err != nil {
		r.t.Fatal(err)
	}
}

// serverTakes is what the server takes from now on.
func (r *rotated) serverTakes(password string) {
	r.t.Helper()
	r.exec("alter role " + r.user + " password '" + password + "'")
}

func (r *rotated) open(c passwordConfig) *pgxpool.Pool {
	r.t.Helper()
	db, err := databaseConfig{DatabaseURL: r.url, Password: c, MaxConns: 2}.open(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(db.Close)
	return db
}

// connects tells whether a connection that is new can be had.
func (r *rotated) connects(db *pgxpool.Pool) error {
	db.Reset()
	return db.Ping(r.t.Context())
}

// rotate walks a password through its change; put puts one into its place.
func (r *rotated) rotate(db *pgxpool.Pool, put func(string)) {
	r.t.Helper()
	held, err := db.Acquire(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	defer held.Release()
	put("second")
	if err := r.connects(db); err != nil {
		r.t.Errorf("the server does not know the new one yet: %v", err)
	}
	r.serverTakes("second")
	if err := r.connects(db); err != nil {
		r.t.Errorf("the server takes the new one only: %v", err)
	}
	if err := held.Ping(r.t.Context()); err != nil {
		r.t.Errorf("a connection of before: %v", err)
	}
	r.serverTakes("third")
	if err := r.connects(db); err == nil {
		r.t.Error("connected with a password that the server does not take")
	}
	put("third")
	if err := r.connects(db); err != nil {
		r.t.Errorf("changed at the server first: %v", err)
	}
}

// TestPasswordIsTakenUpWhileRunning follows a file.
func TestPasswordIsTakenUpWhileRunning(t *testing.T) {
	t.Parallel()
	r := newRotated(t, "first")
	path := filepath.Join(t.TempDir(), "password")
	put := func(password string) {
		if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("first")
	db := r.open(passwordConfig{PasswordFile: path})
	r.rotate(db, put)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.connects(db); err != nil {
		t.Errorf("the file is away for a moment: %v", err)
	}
	if err := r.connects(r.open(passwordConfig{PasswordFile: path})); err == nil || !strings.Contains(err.Error(), "ROUNDS_DATABASE_PASSWORD_FILE") {
		t.Errorf("no file from the start: %v", err)
	}
}

// secretsManager is an endpoint of AWS Secrets Manager with one secret; empty: it
// is out of order. It sets the environment, so whoever uses it is not parallel.
func secretsManager(t *testing.T, name string) *atomic.Value {
	t.Helper()
	value := &atomic.Value{}
	value.Store("")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			SecretID string `json:"SecretId"`
		}
		text, _ := value.Load().(string)
		err := json.NewDecoder(r.Body).Decode(&asked)
		if err != nil || text == "" || asked.SecretID != name || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"__type": "ResourceNotFoundException"}`)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"Name": name, "SecretString": text})
	}))
	t.Cleanup(server.Close)
	for key, v := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(key, v)
	}
	return value
}

// TestPasswordOfSecretsManager follows a secret.
func TestPasswordOfSecretsManager(t *testing.T) {
	secret := secretsManager(t, "rounds/test/database")
	r := newRotated(t, "first")
	db := r.open(passwordConfig{PasswordSecret: "rounds/test/database"})
	if err := r.connects(db); err == nil || !strings.Contains(err.Error(), "ROUNDS_DATABASE_PASSWORD_SECRET") {
		t.Errorf("no value from the start: %v", err)
	}
	secret.Store("first")
	r.rotate(db, func(password string) { secret.Store(password) })
	secret.Store("")
	if err := r.connects(db); err != nil {
		t.Errorf("Secrets Manager is out of order: %v", err)
	}
}

func TestPasswordIsGivenOnce(t *testing.T) {
	t.Parallel()
	c := databaseConfig{DatabaseURL: "postgres://x/y", Password: passwordConfig{PasswordFile: "a", PasswordSecret: "b"}}
	if _, err := c.open(t.Context()); err == nil || !strings.Contains(err.Error(), "ROUNDS_DATABASE_PASSWORD_FILE and ROUNDS_DATABASE_PASSWORD_SECRET") {
		t.Error(err)
	}
}
