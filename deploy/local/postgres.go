package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a private PostgreSQL cluster. It listens on 127.0.0.1 only and
// has no Unix socket, whose path would have to be short.
type cluster struct {
	dir      string // data directory, owned by account
	bin      string // folder of the PostgreSQL programs
	account  *account
	port     int
	password string
	settings []string // further -c settings
}

// url is the address of one of its databases for the superuser.
func (c cluster) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", c.password),
		Host: "127.0.0.1:" + strconv.Itoa(c.port), Path: "/" + database,
	}
	return u.String()
}

// start initialises the cluster when it is new, starts it, and returns once it
// answers.
func (c cluster) start(ctx context.Context, f folders) (*part, error) {
	if err := c.initialise(ctx); err != nil {
		return nil, fmt.Errorf("initialise the PostgreSQL cluster: %w", err)
	}
	if err := c.removeStaleLock(ctx); err != nil {
		return nil, err
	}
	args := []string{"-D", c.dir, "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}
	for _, setting := range c.settings {
		args = append(args, "-c", setting)
	}
	p, err := startPart(ctx, f, partSpec{
		name: "postgres", path: filepath.Join(c.bin, "postgres"), args: args,
		env: c.environment(), user: c.account.credential(), stopSignal: syscall.SIGINT /* fast shutdown */, stopLimit: 30 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return p, waitFor(ctx, p, time.Minute, c.ping)
}

func (c cluster) ping(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// createDatabase makes a database unless it exists.
func (c cluster) createDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	return err
}

// initialise runs initdb into an empty folder beside the final one, so that a
// stop in the middle leaves no half cluster.
func (c cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.dir, "PG_VERSION")); err == nil {
		return nil
	}
	parent := filepath.Dir(c.dir)
	fresh, passwordFile := filepath.Join(parent, "new"), filepath.Join(parent, "password")
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.WriteFile(passwordFile, []byte(c.password), 0o600); err != nil {
		return err
	}
	defer os.Remove(passwordFile) //nolint:errcheck // it is in state.json anyway
	if err := c.account.own(passwordFile); err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), "--pgdata", fresh, "--username=postgres",
		"--pwfile", passwordFile, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
	initdb.Env, initdb.Dir = c.environment(), parent
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: c.account.credential(), Pdeathsig: syscall.SIGKILL}
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return os.Rename(fresh, c.dir)
}

// environment keeps the user's PG… variables away from the cluster.
func (c cluster) environment() []string {
	return []string{"PATH=" + c.bin + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// removeStaleLock removes postmaster.pid once no process works in the cluster.
// PostgreSQL itself looks at the number in that file only, which after a crash
// can belong to a zombie or to anything else; it would refuse to start. What is
// left of a killed cluster ends by itself within moments.
func (c cluster) removeStaleLock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, orphanLimit)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for worksIn(c.dir) {
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("another PostgreSQL works in %s", c.dir)
		}
	}
	if err := os.Remove(filepath.Join(c.dir, "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// worksIn tells whether any process has its working directory in dir, as all
// processes of a cluster have. A zombie has none.
func worksIn(dir string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is right
	return slices.ContainsFunc(links, func(link string) bool {
		target, err := os.Readlink(link)
		return err == nil && target == dir
	})
}
