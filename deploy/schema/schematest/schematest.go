// Package schematest gives each test a database of its own, cloned from a
// template that carries the full schema. Cloning takes some 30 ms, so tests
// run in parallel against real PostgreSQL without seeing each other.
package schematest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/deploy/schema"
)

// EnvURL names the PostgreSQL server the tests use: a superuser's URL.
// `make test` starts a private server and sets it.
const EnvURL = "ROUNDS_TEST_DATABASE_URL"

// New returns a pool on a fresh database with the full schema. The database
// is dropped when the test ends. Without a server the test fails and says how
// to get one.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), URL(t))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Until asks the database again and again until the query answers true. The test
// fails when that takes longer than anything waited for does on a busy machine.
func Until(t testing.TB, db *pgxpool.Pool, what, query string) {
	t.Helper()
	deadline, again := time.NewTimer(30*time.Second), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer again.Stop()
	for {
		var so bool
		if err := db.QueryRow(t.Context(), query).Scan(&so); err != nil {
			t.Fatal(err)
		}
		if so {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// URL is New for tests that hand the address to another process.
func URL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(EnvURL)
	if server == "" {
		t.Fatalf("%s is not set: run `make test`, or `make test-services` in another terminal and use what it prints", EnvURL)
	}
	template, err := templateOnce(server)
	if err != nil {
		t.Fatalf("prepare template database: %v", err)
	}
	name := "test_" + catalog.NewToken()
	if err := execute(server, fmt.Sprintf("create database %s template %s", name, template)); err != nil {
		t.Fatalf("clone template database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server, fmt.Sprintf("drop database if exists %s with (force)", name)); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return withDatabase(server, name)
}

var (
	once         sync.Once
	templateName string
	errTemplate  error
)

// templateOnce builds one template a test binary.
func templateOnce(server string) (string, error) {
	once.Do(func() {
		templateName = "template_" + catalog.NewToken()
		errTemplate = buildTemplate(server, templateName)
	})
	return templateName, errTemplate
}

func buildTemplate(server, name string) error {
	ctx := context.Background()
	if err := execute(server, "create database "+name); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, withDatabase(server, name))
	if err != nil {
		return err
	}
	defer pool.Close()
	return schema.Up(ctx, pool)
}

func execute(server, sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// withDatabase replaces the database name in a postgres:// URL.
func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		panic(EnvURL + " must be a postgres:// URL")
	}
	u.Path = "/" + name
	return u.String()
}
