package main

import (
	"bytes"
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

	"rounds/catalog"
	"rounds/deploy/load/crowd"
	"rounds/deploy/local/pgtest"
)

// doctors who watch during all drills.
const doctors = 8

// machine is the service that is broken, and doctors who watch.
type machine struct {
	dir     string
	rounds  string // the program
	base    string // where browsers would go
	env     []string
	cluster *pgtest.Cluster
	db      *pgxpool.Pool
	ballast string // file that fills the database's disk; "" when that cannot be limited
	crowd   *crowd.Crowd
	token   string // of an administrator

	apis    []*process
	workers []*process
	edge    *process

	closers []func() error
}

// newMachine starts everything. What it returns must be closed, also beside an error.
func newMachine(ctx context.Context, rounds string) (*machine, error) {
	rounds, err := filepath.Abs(rounds)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rounds-drills-")
	if err != nil {
		return nil, err
	}
	m := &machine{dir: dir, rounds: rounds}
	m.later(func() error { return os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user passes through
		return m, err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"PostgreSQL", m.startDatabase}, {"keys, schema and buckets", m.prepare}, {"API, workers and edge", m.startParts}, {"doctors", m.gather},
	} {
		began := time.Now()
		if err := step.do(ctx); err != nil {
			return m, fmt.Errorf("%s: %w", step.what, err)
		}
		fmt.Printf("%-26s %5.1f s\n", step.what, time.Since(began).Seconds())
	}
	return m, nil
}

func (m *machine) later(close func() error) { m.closers = append(m.closers, close) }

func (m *machine) close() error {
	var problems []error
	for i := len(m.closers) - 1; i >= 0; i-- {
		problems = append(problems, m.closers[i]())
	}
	return errors.Join(problems...)
}

// startDatabase starts a durable cluster, on a small disk of its own when this
// program may make one.
func (m *machine) startDatabase(ctx context.Context) (err error) {
	dir := filepath.Join(m.dir, "database")
	if err := os.Mkdir(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user passes through
		return err
	}
	if os.Geteuid() == 0 && syscall.Mount("rounds-drill", dir, "tmpfs", 0, "size=320m,mode=0711") == nil {
		m.ballast = filepath.Join(dir, "ballast")
		m.later(func() error { return syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
	if m.cluster, err = pgtest.New(ctx, filepath.Join(dir, "cluster"), "max_wal_size=48MB", "min_wal_size=32MB", "max_connections=200"); err != nil {
		return err
	}
	m.later(func() error { _ = m.cluster.Stop(); return nil }) // it is killed on purpose
	m.db, err = pgxpool.New(ctx, m.cluster.URL("postgres"))
	if err == nil {
		m.later(func() error { m.db.Close(); return nil })
	}
	return err
}

// Names of the signing keys: the one that is revoked, and its successor.
const (
	firstKey  = "drill-1"
	secondKey = "drill-2"
)

func (m *machine) keys(id string) string { return filepath.Join(m.dir, "keys-"+id) }

// settings that say which key signs, and which one is trusted.
func (m *machine) signedBy(id string) []string {
	return []string{
		"ROUNDS_SIGNING_KEY_FILE=" + filepath.Join(m.keys(id), "signing.pem"), "ROUNDS_SIGNING_KEY_ID=" + id,
		"ROUNDS_PUBLIC_KEYS=" + id + "=" + filepath.Join(m.keys(id), "signing.pub.pem"),
	}
}

// prepare writes the settings and makes what they name. The S3 gateway is the
// one of `local services`.
func (m *machine) prepare(ctx context.Context) error {
	ports, err := freePorts(ctx, 3)
	if err != nil {
		return err
	}
	m.base = "http://localhost:" + ports[2]
	name := strings.ToLower(catalog.NewToken())
	m.env = append(os.Environ(),
		"ROUNDS_BASE_URL="+m.base, "ROUNDS_DATABASE_URL="+m.cluster.URL("postgres"),
		"ROUNDS_S3_ENDPOINT="+os.Getenv("ROUNDS_TEST_S3_ENDPOINT"), "ROUNDS_S3_ACCESS_KEY="+os.Getenv("ROUNDS_TEST_S3_ACCESS_KEY"), "ROUNDS_S3_SECRET_KEY="+os.Getenv("ROUNDS_TEST_S3_SECRET_KEY"),
		"ROUNDS_UPLOAD_BUCKET=uploads-"+name, "ROUNDS_MEDIA_BUCKET=media-"+name, "ROUNDS_EVIDENCE_BUCKET=",
		"ROUNDS_MASTER_KEY_FILE="+filepath.Join(m.keys(firstKey), "master.key"),
		"ROUNDS_MAIL_DIR="+filepath.Join(m.dir, "mail"), "ROUNDS_PRESET=ultrafast", "ROUNDS_ADMIN_LISTEN=",
		"ROUNDS_API_URL=http://127.0.0.1:"+ports[0]+",http://127.0.0.1:"+ports[1])
	m.env = append(m.env, m.signedBy(firstKey)...)
	for _, id := range []string{firstKey, secondKey} {
		if _, err := m.command(ctx, "admin", "keygen", "--dir", m.keys(id)); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"migrate"}, {"admin", "init-storage"}} {
		if _, err := m.command(ctx, args...); err != nil {
			return err
		}
	}
	m.token, err = m.command(ctx, "admin", "token", "--name", "drills", "--role", "admin")
	for _, port := range ports[:2] {
		m.apis = append(m.apis, &process{port: port, args: []string{"serve", "--listen=127.0.0.1:" + port}})
	}
	for n := range 3 {
		m.workers = append(m.workers, &process{args: []string{"work", "--work-dir=" + filepath.Join(m.dir, "work"+strconv.Itoa(n+1))}})
	}
	m.edge = &process{port: ports[2], args: []string{"edge", "--listen=127.0.0.1:" + ports[2]}}
	return err
}

// command runs a command of rounds to its end and returns what it printed.
func (m *machine) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, m.rounds, args...) //nolint:gosec // our own program
	cmd.Env = append(m.env, "ROUNDS_TOKEN="+m.token)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("rounds %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

func (m *machine) all() []*process {
	return append(append(append([]*process{}, m.apis...), m.workers...), m.edge)
}

func (m *machine) startParts(ctx context.Context) error {
	m.later(func() error {
		var problems []error
		for _, p := range m.all() {
			problems = append(problems, p.stop())
		}
		return errors.Join(problems...)
	})
	for _, p := range m.all() {
		if err := m.start(ctx, p); err != nil {
			return err
		}
	}
	return m.ready(ctx)
}

// ready waits until the edge and an API process serve.
func (m *machine) ready(ctx context.Context) error {
	return crowd.Until(ctx, 30*time.Second, "the service is ready", func() bool {
		status, err := get(ctx, m.base+"/readyz")
		return err == nil && status == http.StatusOK
	})
}

func (m *machine) gather(ctx context.Context) (err error) {
	if m.crowd, err = crowd.Gather(ctx, m.db, m.base, doctors); err == nil {
		m.later(func() error { m.crowd.Leave(); return nil })
	}
	return err
}

// process is a part that can be killed and started again.
type process struct {
	args  []string
	port  string // it serves on; "" when it does not
	cmd   *exec.Cmd
	log   *os.File
	ended chan struct{}
}

// start starts a part, a second time too; its log goes on.
func (m *machine) start(ctx context.Context, p *process) (err error) {
	if p.log == nil {
		if p.log, err = os.CreateTemp(m.dir, p.args[0]+"-*.log"); err != nil {
			return err
		}
	}
	p.cmd, p.ended = exec.CommandContext(context.WithoutCancel(ctx), m.rounds, p.args...), make(chan struct{}) //nolint:gosec // our own program, ended by stop
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = m.env, p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = p.cmd.Wait() // it is killed on purpose
		close(p.ended)
	}()
	return nil
}

// restart starts parts again; an API process is waited for.
func (m *machine) restart(ctx context.Context, parts ...*process) error {
	for _, p := range parts {
		if err := m.start(ctx, p); err != nil {
			return err
		}
		if p.port == "" {
			continue
		}
		if err := crowd.Until(ctx, 30*time.Second, "rounds "+p.args[0]+" is ready again", func() bool {
			status, err := get(ctx, "http://127.0.0.1:"+p.port+"/readyz")
			return err == nil && status == http.StatusOK
		}); err != nil {
			return err
		}
	}
	return nil
}

// kill ends a part as a power cut would.
func (p *process) kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	return err
}

// stop ends a part in good order.
func (p *process) stop() error {
	if p.cmd == nil || p.cmd.Process == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
		return nil
	case <-time.After(30 * time.Second):
		return errors.Join(fmt.Errorf("rounds %s did not stop within 30 s", p.args[0]), p.kill())
	}
}

// tails prints the last warnings of every part.
func (m *machine) tails() {
	const lines = 8
	for _, p := range m.all() {
		text, err := os.ReadFile(p.log.Name())
		if err != nil {
			continue
		}
		var bad []string
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, "level=INFO") {
				bad = append(bad, "    "+line)
			}
		}
		fmt.Printf("  log of rounds %s:\n%s", p.args[0], strings.Join(bad[max(0, len(bad)-lines):], ""))
	}
}

func freePorts(ctx context.Context, n int) (ports []string, err error) {
	for range n {
		socket, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer socket.Close() //nolint:errcheck // all are taken before one is given back
		_, port, err := net.SplitHostPort(socket.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

func get(ctx context.Context, address string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
