package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/deploy/local/pgtest"
	"rounds/deploy/schema"
)

// bench is the machine: a database, the programs, and what they read.
type bench struct {
	options
	dir     string
	cluster *pgtest.Cluster
	db      *pgxpool.Pool
	rounds  string // the program
	single  string // the program with one transaction a beat, in statements for one
	ones    string // the program with groups of one: the statements for groups
	doctors []doctor
	storage *storage
	closers []func() error
}

// Tags that build one transaction a beat.
const (
	singleTag = "rounds_single_beats"   // plain statements for a single beat
	onesTag   = "rounds_batches_of_one" // the statements for groups, each with one beat
)

// newBench prepares the machine. What it returns must be closed, also beside an error.
func newBench(ctx context.Context, o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "rounds-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, dir: dir}
	b.later(func() error { return os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user passes through
		return b, err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"build", b.build}, {"PostgreSQL", b.startDatabase}, {"keys and storage", b.prepare}, {"doctors", b.seed},
	} {
		started := time.Now()
		if err := step.do(ctx); err != nil {
			return b, fmt.Errorf("%s: %w", step.what, err)
		}
		fmt.Printf("%-18s %5.1f s\n", step.what, time.Since(started).Seconds())
	}
	return b, nil
}

func (b *bench) later(close func() error) { b.closers = append(b.closers, close) }

func (b *bench) close() error {
	var problems []error
	for i := len(b.closers) - 1; i >= 0; i-- {
		problems = append(problems, b.closers[i]())
	}
	return errors.Join(problems...)
}

func (b *bench) build(ctx context.Context) error {
	b.rounds, b.single, b.ones = filepath.Join(b.dir, "rounds"), filepath.Join(b.dir, "rounds-single"), filepath.Join(b.dir, "rounds-ones")
	return errors.Join(
		goBuild(ctx, b.rounds, "./cmd/rounds"),
		goBuild(ctx, b.single, "./cmd/rounds", "-tags", singleTag),
		goBuild(ctx, b.ones, "./cmd/rounds", "-tags", onesTag))
}

func goBuild(ctx context.Context, out, folder string, flags ...string) error {
	args := append(append([]string{"build"}, flags...), "-o", out, folder)
	if said, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // G204: arguments are ours
		return fmt.Errorf("go build %s: %w\n%s", folder, err, said)
	}
	return nil
}

// startDatabase starts a durable cluster as a small server would be set up.
func (b *bench) startDatabase(ctx context.Context) (err error) {
	b.cluster, err = pgtest.New(ctx, filepath.Join(b.dir, "postgres"),
		"shared_buffers=256MB", "max_wal_size=2GB", "checkpoint_timeout=5min", "max_connections=100", "log_min_messages=fatal")
	if err != nil {
		return err
	}
	b.later(b.cluster.Stop)
	b.db, err = b.database(ctx, "rounds")
	return err
}

// database makes a database with the full schema.
func (b *bench) database(ctx context.Context, name string) (*pgxpool.Pool, error) {
	admin, err := pgxpool.New(ctx, b.cluster.URL("postgres"))
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		return nil, err
	}
	db, err := pgxpool.New(ctx, b.cluster.URL(name))
	if err != nil {
		return nil, err
	}
	b.later(func() error { db.Close(); return nil })
	return db, schema.Up(ctx, db)
}

// prepare makes the keys and serves the media bucket.
func (b *bench) prepare(ctx context.Context) error {
	keygen := exec.CommandContext(ctx, b.rounds, "admin", "keygen", "--dir", b.keys()) //nolint:gosec // our own program
	if said, err := keygen.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	var err error
	if b.storage, err = newStorage(ctx, filepath.Join(b.dir, "media")); err == nil {
		b.later(b.storage.close)
	}
	return err
}

func (b *bench) keys() string { return filepath.Join(b.dir, "keys") }

// keyID names the signing key.
const keyID = "bench"

// process is a running program of ours.
type process struct {
	cmd     *exec.Cmd
	address string // host:port it serves on
	admin   string
	log     *os.File
	ended   chan struct{}
}

// start runs a command of rounds until stop. It returns when it answers.
func (b *bench) start(ctx context.Context, program, command string, settings ...string) (*process, error) {
	p := &process{ended: make(chan struct{})}
	var err error
	if p.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.admin, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if p.log, err = os.CreateTemp(b.dir, command+"-*.log"); err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), program, command, "--listen="+p.address, "--admin-listen="+p.admin) //nolint:gosec // our own program
	p.cmd.Env = append(append(os.Environ(), b.environment()...), settings...)
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // it is stopped on purpose
		close(p.ended)
	}()
	if err := p.answers(ctx); err != nil {
		said, _ := os.ReadFile(p.log.Name())
		return nil, errors.Join(fmt.Errorf("rounds %s: %w\n%s", command, err, said), p.stop())
	}
	return p, nil
}

func (b *bench) environment() []string {
	return []string{
		"ROUNDS_BASE_URL=http://localhost:8080", "ROUNDS_DATABASE_URL=" + b.cluster.URL("rounds"),
		"ROUNDS_S3_ENDPOINT=" + b.storage.url(), "ROUNDS_S3_ACCESS_KEY=bench", "ROUNDS_S3_SECRET_KEY=bench", "ROUNDS_MEDIA_BUCKET=media",
		"ROUNDS_MASTER_KEY_FILE=" + filepath.Join(b.keys(), "master.key"), "ROUNDS_SIGNING_KEY_FILE=" + filepath.Join(b.keys(), "signing.pem"),
		"ROUNDS_SIGNING_KEY_ID=" + keyID, "ROUNDS_PUBLIC_KEYS=" + keyID + "=" + filepath.Join(b.keys(), "signing.pub.pem"),
		"ROUNDS_MAIL_DIR=" + filepath.Join(b.dir, "mail"), "ROUNDS_API_URL=http://127.0.0.1:9",
		"ROUNDS_LOG_LEVEL=warn",
	}
}

func freeAddress(ctx context.Context) (string, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return socket.Addr().String(), socket.Close()
}

// answers waits until the program serves.
func (p *process) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+"/metrics", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-again.C:
		case <-p.ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	<-p.ended
	return p.log.Close()
}

// memory is the resident set in MiB.
func (p *process) memory() (float64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("no VmRSS")
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	return kib / 1024, err
}
