package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a running cluster, or one that was stopped and can be started again.
type Cluster struct {
	data, bin string
	password  string
	port      int
	settings  []string
	account   *syscall.Credential // nil: the user of this program

	server *exec.Cmd
	ended  chan struct{} // closed when the server has ended
}

// New makes a cluster in dir, an empty folder that PostgreSQL's user can reach
// or a new one, and starts it, durable, with further settings such as
// "max_connections=200". jit is off, as in the program's own connections. The caller
// stops it.
func New(ctx context.Context, dir string, settings ...string) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c := &Cluster{data: filepath.Join(dir, "data"), bin: bin, password: "pgtest", settings: append([]string{"jit=off"}, settings...)}
	if c.account, err = postgresUser(); err != nil {
		return nil, err
	}
	if err := c.initialise(ctx, dir); err != nil {
		return nil, fmt.Errorf("initialise PostgreSQL cluster: %w", err)
	}
	if c.port, err = freePort(ctx); err != nil {
		return nil, err
	}
	return c, c.Start(ctx)
}

// programs finds the newest PostgreSQL of Debian and Ubuntu.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errors.New("PostgreSQL 15 or newer is missing: sudo apt-get install postgresql"), err)
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // anything else counts as 0
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func postgresUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is the user of this program
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run PostgreSQL, and the user of its package is missing: %w", err)
	}
	uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUID, errGID)
}

func freePort(ctx context.Context) (int, error) {
	socket, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return socket.Addr().(*net.TCPAddr).Port, socket.Close()
}

func (c *Cluster) initialise(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(c.password), 0o600); err != nil {
		return err
	}
	if c.account != nil {
		for _, path := range []string{dir, password} {
			if err := os.Chown(path, int(c.account.Uid), int(c.account.Gid)); err != nil {
				return err
			}
		}
	}
	initdb := c.command(ctx, "initdb", "--pgdata", c.data, "--username=postgres", "--pwfile", password,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return nil
}

func (c *Cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Env, cmd.Dir = []string{"PATH=" + c.bin + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account, Setpgid: true, Pdeathsig: syscall.SIGINT}
	return cmd
}

// URL is the address of one of its databases for the superuser.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", c.password), Host: "127.0.0.1:" + strconv.Itoa(c.port), Path: "/" + database}
	return u.String()
}

// PID is the process of the server; its children are the connections.
func (c *Cluster) PID() int { return c.server.Process.Pid }

// Start starts the cluster on its port and returns when it answers; also after
// a crash, when what is left of the last run may take moments to go.
func (c *Cluster) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if c.server == nil {
			if err := c.launch(ctx); err != nil {
				return err
			}
		}
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended: // it found its predecessor's remains
			c.server = nil
			<-again.C
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
}

func (c *Cluster) launch(ctx context.Context) error {
	args := []string{"-D", c.data, "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}
	for _, setting := range c.settings {
		args = append(args, "-c", setting)
	}
	server, ended := c.command(context.WithoutCancel(ctx), "postgres", args...), make(chan struct{})
	if err := server.Start(); err != nil {
		return err
	}
	go func() {
		_ = server.Wait() // it is killed on purpose
		close(ended)
	}()
	c.server, c.ended = server, ended
	return nil
}

// Kill ends the server as a crash would (SIGKILL); Start brings it back.
func (c *Cluster) Kill() error { return c.end(syscall.SIGKILL) }

// Stop ends the server in good order. It is harmless when it has ended.
func (c *Cluster) Stop() error { return c.end(syscall.SIGINT) }

func (c *Cluster) end(signal syscall.Signal) error {
	if c.server == nil {
		return nil
	}
	err := c.server.Process.Signal(signal)
	<-c.ended
	c.server = nil
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return err
}

// Freeze stops every process of the server where it stands: connections stay
// open and nothing answers. Thaw lets them go on.
func (c *Cluster) Freeze() error { return c.signalAll(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (c *Cluster) Thaw() error { return c.signalAll(syscall.SIGCONT) }

// signalAll reaches the server and its children, which are in process groups of
// their own.
func (c *Cluster) signalAll(signal syscall.Signal) error {
	pid := c.server.Process.Pid
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	problems := []error{err, syscall.Kill(pid, signal)}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pid) { // proc(5): state, then parent
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path))) // the pattern is digits
			problems = append(problems, syscall.Kill(child, signal))
		}
	}
	return errors.Join(problems...)
}
