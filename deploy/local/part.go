package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// partSpec describes one long-running child.
type partSpec struct {
	name       string
	path       string
	args       []string
	env        []string
	user       *syscall.Credential // nil: the user of this program
	stopSignal syscall.Signal      // what ends it in good order
	stopLimit  time.Duration       // then it is killed
}

// part is one running child. Only its own goroutine waits for the process;
// everybody else reads done.
type part struct {
	spec    partSpec
	cmd     *exec.Cmd
	log     string
	pidFile string
	done    chan struct{} // closed when the process has ended
	err     error         // why, readable once done is closed
}

// startPart starts a child that logs to folders.logs and is remembered in
// folders.run until it has ended. The kernel sends it the stop signal when this
// program disappears without stopping it.
func startPart(ctx context.Context, f folders, spec partSpec) (*part, error) {
	p := &part{
		spec: spec, done: make(chan struct{}),
		log: filepath.Join(f.logs, spec.name+".log"), pidFile: filepath.Join(f.run, spec.name+".pid"),
	}
	output, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close() //nolint:errcheck // the child has its own descriptor
	_, _ = fmt.Fprintf(output, "--- started %s\n", time.Now().Format(time.RFC3339))
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), spec.path, spec.args...) // ended by stop, never by a context
	p.cmd.Env, p.cmd.Dir = spec.env, "/"
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: spec.stopSignal, Credential: spec.user}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.name, err)
	}
	go p.wait()
	return p, writePID(p.pidFile, p.cmd.Process.Pid, spec.stopSignal)
}

func (p *part) wait() {
	p.err = p.cmd.Wait()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what it left behind in its group
	_ = os.Remove(p.pidFile)
	close(p.done)
}

// stop ends the child in good order, or kills it after the limit. Calling it
// on a part that has ended is harmless.
func (p *part) stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	_ = p.cmd.Process.Signal(p.spec.stopSignal)
	limit := time.NewTimer(p.spec.stopLimit)
	defer limit.Stop()
	select {
	case <-p.done:
		return nil
	case <-limit.C:
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
	return fmt.Errorf("%s did not stop within %v and was killed", p.spec.name, p.spec.stopLimit)
}

// died describes a part that ended although nobody asked for it.
func (p *part) died() error {
	why := "exit status 0"
	if p.err != nil {
		why = p.err.Error()
	}
	return fmt.Errorf("%s died (%s). Its last lines, from %s:\n%s", p.spec.name, why, p.log, tail(p.log, 15))
}

// tail returns the last lines of a file, indented, or why it cannot.
func tail(path string, lines int) string {
	const most = 16 << 10
	file, err := os.Open(path)
	if err != nil {
		return "  " + err.Error()
	}
	defer file.Close() //nolint:errcheck // read only
	if info, err := file.Stat(); err == nil && info.Size() > most {
		_, _ = file.Seek(-most, 2)
	}
	content := make([]byte, most)
	n, _ := file.Read(content)
	all := strings.Split(strings.TrimRight(string(content[:n]), "\n"), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}

// writePID remembers a child for a supervisor that comes after a crash of this
// one: its pid, when it started (so that a reused pid is not taken for it) and
// how to stop it.
func writePID(path string, pid int, signal syscall.Signal) error {
	started, err := startTime(pid)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has ended already; the caller sees that
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%d %s %d\n", pid, started, signal), 0o600)
}

// startTime is field 22 of /proc/PID/stat, see proc(5).
func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	_, afterName, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(afterName)
	const index = 22 - 3 // afterName starts with field 3
	if len(fields) <= index {
		return "", fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	if fields[0] == "Z" {
		return "", fs.ErrNotExist // dead, its parent has not looked yet
	}
	return fields[index], nil
}
