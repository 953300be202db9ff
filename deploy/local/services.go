package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// servicesCommand is `local services`, what `make test` runs the tests with.
type servicesCommand struct {
	Gateway string   `default:"${gateway}" help:"The versitygw program."`
	Command []string `arg:"" optional:"" passthrough:"" help:"Command to run; without one the services stay up until Ctrl-C."`
}

// errCommand marks that the command failed, not the services.
var errCommand = errors.New("the command failed")

// Run starts the services in a temporary folder, runs the command with their
// settings, and removes everything.
func (c *servicesCommand) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "rounds-services-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user passes through
		return err
	}
	f, err := makeFolders(dir)
	if err != nil {
		return err
	}
	kept, err := loadState(f)
	if err != nil {
		return err
	}
	s := &supervisor{runCommand: runCommand{Gateway: c.Gateway}, folders: f, state: kept, out: os.Stderr}
	defer func() { err = errors.Join(err, s.stopQuietly()) }()
	settings, err := s.startServices(ctx)
	if err != nil {
		return err
	}
	return c.use(ctx, s, settings)
}

// startServices starts PostgreSQL, without durability since nothing is kept,
// and the gateway. It returns the settings the tests read.
func (s *supervisor) startServices(ctx context.Context) ([]string, error) {
	s.testing = true
	if err := s.startPostgres(ctx); err != nil {
		return nil, err
	}
	if err := s.startGateway(ctx); err != nil {
		return nil, err
	}
	settings := []string{
		"ROUNDS_TEST_DATABASE_URL=" + s.cluster.url("postgres"),
		"ROUNDS_TEST_S3_ENDPOINT=" + s.gateway.endpoint(),
		"ROUNDS_TEST_S3_ACCESS_KEY=" + s.state.S3AccessKey,
		"ROUNDS_TEST_S3_SECRET_KEY=" + s.state.S3SecretKey,
	}
	if media := findMedia(); media != "" && os.Getenv("ROUNDS_TEST_MEDIA") == "" {
		settings = append(settings, "ROUNDS_TEST_MEDIA="+media)
	}
	return settings, nil
}

// use runs the command, or prints the settings and waits.
func (c *servicesCommand) use(ctx context.Context, s *supervisor, settings []string) error {
	if len(c.Command) == 0 {
		for _, setting := range settings {
			fmt.Println("export " + setting)
		}
		return s.wait(ctx)
	}
	command := c.Command
	if command[0] == "--" {
		command = command[1:]
	}
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Env = append(os.Environ(), settings...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	child.Cancel = func() error { return syscall.Kill(-child.Process.Pid, syscall.SIGTERM) }
	child.WaitDelay = 20 * time.Second
	if err := child.Run(); err != nil {
		if dead := s.dead(); dead != nil {
			err = errors.Join(err, dead.died())
		}
		return fmt.Errorf("%w: %s: %w", errCommand, command[0], err)
	}
	return nil
}

func (s *supervisor) stopQuietly() error {
	var problems []error
	for _, p := range slices.Backward(s.parts) {
		problems = append(problems, p.stop())
	}
	return errors.Join(problems...)
}

// testSettings trade durability for speed; jit is off as in the program's own connections.
func testSettings() []string {
	return []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400", "shared_buffers=256MB", "jit=off"}
}

// findMedia looks for real recordings beside this folder or a parent of it.
func findMedia() string {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		candidate := filepath.Join(dir, "shared", "media")
		if info, err := os.Stat(candidate); err == nil && info.IsDir() {
			return candidate
		}
		dir = filepath.Dir(dir)
	}
	return ""
}
