package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// runCommand is `local run`, what `make run` starts.
type runCommand struct {
	Port    int    `env:"PORT" default:"8080" help:"Port that browsers use."`
	Data    string `env:"DATA" default:"data" help:"Folder of everything that is kept."`
	Demo    bool   `env:"DEMO" default:"true" negatable:"" help:"Seed a demo program of four courses with generated webinars; 0 seeds only the admin token."`
	Rounds  string `type:"existingfile" default:"${rounds}" help:"The rounds program."`
	Gateway string `default:"${gateway}" help:"The versitygw program."`
}

// Run starts everything, says so, and stops everything when ctx ends (nil) or
// when a part dies (an error that names it).
func (c *runCommand) Run(ctx context.Context) error {
	f, err := makeFolders(c.Data)
	if err != nil {
		return err
	}
	lock, err := f.lock()
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // the kernel releases it anyway
	if err := stopOrphans(f); err != nil {
		return fmt.Errorf("stop what an earlier run left: %w", err)
	}
	if !portFree(ctx, c.Port) {
		return fmt.Errorf("port %d is taken: choose another with PORT=…", c.Port)
	}
	kept, err := loadState(f)
	if err != nil {
		return err
	}
	s := &supervisor{
		runCommand: *c, folders: f, state: kept, out: os.Stdout,
		base: "http://localhost:" + strconv.Itoa(c.Port),
	}
	err = s.supervise(ctx)
	return errors.Join(err, s.stopAll())
}

// supervisor is one run.
type supervisor struct {
	runCommand
	folders folders
	state   *state
	base    string // what browsers use
	out     io.Writer
	cluster cluster
	gateway gateway
	parts   []*part // in the order they were started
	testing bool    // nothing is kept
}

// supervise returns nil when ctx ended, or why it did not come so far.
func (s *supervisor) supervise(ctx context.Context) error {
	err := s.startAll(ctx)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // stopped while starting: what failed then, failed because of it
	}
	if err != nil {
		return err
	}
	s.welcome()
	ctx, cancel := context.WithCancel(ctx)
	recording := make(chan struct{})
	go func() {
		defer close(recording)
		if s.Demo {
			s.followRecordings(ctx)
		}
	}()
	err = s.wait(ctx)
	cancel()
	<-recording
	return err
}

// startAll is the whole start, one line a step.
func (s *supervisor) startAll(ctx context.Context) error {
	list := []struct {
		what string
		run  func(context.Context) error
	}{
		{"PostgreSQL", s.startPostgres},
		{"S3 gateway", s.startGateway},
		{"keys", s.tool("admin", "keygen", "--dir", s.folders.keys)},
		{"database schema", s.tool("migrate")},
		{"buckets", s.tool("admin", "init-storage")},
		{"admin token", s.adminToken},
		{"API", s.startRounds("serve")},
		{"worker", s.startRounds("work")},
		{"edge", s.startRounds("edge")},
		{"first request", s.firstRequest},
		{"demo program", s.seed},
	}
	if !s.Demo {
		list = list[:len(list)-1]
	}
	steps := steps{out: s.out, all: len(list)}
	for _, step := range list {
		if err := steps.do(step.what, func() error { return step.run(ctx) }); err != nil {
			return err
		}
	}
	return s.writeLocal()
}

// keep remembers a part for stopAll, also one that did not come up.
func (s *supervisor) keep(p *part, err error) error {
	if p != nil {
		s.parts = append(s.parts, p)
	}
	return err
}

func (s *supervisor) startPostgres(ctx context.Context) (err error) {
	c := cluster{password: s.state.DatabasePassword, settings: []string{"max_connections=200"}}
	if s.testing {
		c.settings = testSettings()
	}
	if c.account, err = postgresAccount(); err != nil {
		return err
	}
	home, err := clusterHome(ctx, s.folders, c.account)
	if err != nil {
		return err
	}
	c.dir = filepath.Join(home, "cluster")
	if c.bin, err = findPostgres(postgresRoot, c.dir); err != nil {
		return err
	}
	if c.port, err = s.state.port(ctx, "postgres"); err != nil {
		return err
	}
	s.cluster = c
	if err := s.keep(c.start(ctx, s.folders)); err != nil {
		return err
	}
	return c.createDatabase(ctx, "rounds")
}

func (s *supervisor) startGateway(ctx context.Context) error {
	port, err := s.state.port(ctx, "s3")
	if err != nil {
		return err
	}
	s.gateway = gateway{program: s.Gateway, port: port, accessKey: s.state.S3AccessKey, secretKey: s.state.S3SecretKey}
	if _, err := s.state.port(ctx, "api"); err != nil { // the other parts are told it
		return err
	}
	return s.keep(s.gateway.start(ctx, s.folders))
}

// startRounds returns a step that starts `rounds NAME`.
func (s *supervisor) startRounds(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		metrics, err := s.state.port(ctx, name+"-metrics")
		if err != nil {
			return err
		}
		args := []string{name}
		switch name {
		case "serve":
			args = append(args, "--listen=127.0.0.1:"+strconv.Itoa(s.state.Ports["api"]))
		case "edge":
			args = append(args, "--listen=127.0.0.1:"+strconv.Itoa(s.Port))
		}
		return s.keep(startPart(ctx, s.folders, partSpec{
			name: name, path: s.Rounds, args: args,
			env:        append(s.environment(), "ROUNDS_ADMIN_LISTEN=127.0.0.1:"+strconv.Itoa(metrics)),
			stopSignal: syscall.SIGTERM, stopLimit: 20 * time.Second,
		}))
	}
}

// tool returns a step that runs a rounds command to its end.
func (s *supervisor) tool(args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.output(ctx, args...)
		return err
	}
}

// output runs a rounds command and returns what it printed.
func (s *supervisor) output(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, s.Rounds, args...)
	command.Env = s.environment()
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	var stderr strings.Builder
	command.Stderr = &stderr
	printed, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("rounds %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(printed)), nil
}

func (s *supervisor) adminToken(ctx context.Context) error {
	if s.state.AdminToken != "" {
		return nil
	}
	token, err := s.output(ctx, "admin", "token", "--name", "local", "--role", "admin")
	if err != nil {
		return err
	}
	s.state.AdminToken = token
	return s.state.save()
}

// firstRequest waits until the whole chain edge → API → database answers.
func (s *supervisor) firstRequest(ctx context.Context) error {
	edge := s.parts[len(s.parts)-1]
	err := waitFor(ctx, edge, time.Minute, func(ctx context.Context) error {
		if dead := s.dead(); dead != nil {
			return dead.died()
		}
		return getOK(ctx, s.base+"/readyz")
	})
	if dead := s.dead(); dead != nil {
		return dead.died()
	}
	return err
}

// dead returns a part that has ended, or nil.
func (s *supervisor) dead() *part {
	for _, p := range s.parts {
		select {
		case <-p.done:
			return p
		default:
		}
	}
	return nil
}

// wait returns nil when ctx ends, or an error when a part dies before.
func (s *supervisor) wait(ctx context.Context) error {
	died := make(chan *part, len(s.parts))
	for _, p := range s.parts {
		go func() {
			<-p.done
			died <- p
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case p := <-died:
		return p.died()
	}
}

// stopAll stops the parts in the reverse of their order.
func (s *supervisor) stopAll() error {
	if len(s.parts) == 0 {
		return nil
	}
	_, _ = fmt.Fprint(s.out, "\nstopping")
	var problems []error
	for _, p := range slices.Backward(s.parts) {
		_, _ = fmt.Fprint(s.out, " ", p.spec.name)
		problems = append(problems, p.stop())
	}
	_, _ = fmt.Fprintln(s.out, " – stopped")
	return errors.Join(problems...)
}
