package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStopsAndContinues(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	first := startProgram(t, data)
	before, pids := first.local(), first.pids()
	if len(pids) != 5 {
		t.Errorf("parts: %v", pids)
	}
	for _, name := range []string{"local.json", "state.json"} {
		if info, err := os.Stat(filepath.Join(data, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if err := first.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := first.end(); err != nil {
		t.Errorf("a stop on request is no failure: %v", err)
	}
	if !strings.Contains(first.out.String(), "stopping edge work serve s3 postgres") {
		t.Errorf("order of the stop:\n%s", first.out)
	}
	wantGone(t, pids)

	second := startProgram(t, data)
	if after := second.local(); after.AdminToken != before.AdminToken || after.DatabaseURL != before.DatabaseURL {
		t.Errorf("a second run starts anew: %v, then %v", before, after)
	}
	stopProgram(t, second)
}

func TestPartDies(t *testing.T) {
	t.Parallel()
	p := startProgram(t, dataFolder(t))
	pids := p.pids()
	p.awaitLog("work", "work has something to say") // it may not have come to speak yet
	if err := syscall.Kill(pids["work"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if exit := (*exec.ExitError)(nil); !errors.As(p.end(), &exit) || exit.ExitCode() != 1 {
		t.Errorf("exit: %v", exit)
	}
	for _, text := range []string{"work died (signal: killed)", "work has something to say", "work.log"} {
		if !strings.Contains(p.out.String(), text) {
			t.Errorf("the output lacks %q:\n%s", text, p.out)
		}
	}
	wantGone(t, pids)
}

// TestSupervisorKilled kills the supervisor, and PostgreSQL's postmaster as
// well, as a crash of the machine would: the next run recovers.
func TestSupervisorKilled(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	first := startProgram(t, data)
	pids := first.pids()
	if err := syscall.Kill(pids["postgres"], syscall.SIGSTOP); err != nil { // must not stop by itself
		t.Fatal(err)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.end() // killed
	if err := syscall.Kill(pids["postgres"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wantGone(t, pids)
	stopProgram(t, startProgram(t, data))
}

// TestOrphanIsStopped leaves a part running without its supervisor.
func TestOrphanIsStopped(t *testing.T) {
	t.Parallel()
	f, err := makeFolders(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := startPart(t.Context(), f, partSpec{name: "work", path: "/bin/sleep", args: []string{"600"}, stopSignal: syscall.SIGTERM})
	if err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("/bin/sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(stranger.Process.Kill(), stranger.Wait()) })
	reused := filepath.Join(f.run, "edge.pid") // that pid belongs to somebody else by now
	if err := writePID(reused, stranger.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(reused)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(content))
	if err := os.WriteFile(reused, []byte(fields[0]+" 1 "+fields[2]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := stopOrphans(f); err != nil {
		t.Fatal(err)
	}
	<-orphan.done
	if _, err := startTime(stranger.Process.Pid); err != nil {
		t.Errorf("a stranger with a reused pid was stopped: %v", err)
	}
}

func TestSideBySideAndTwice(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	one, other := startProgram(t, data), startProgram(t, dataFolder(t))
	again := launch(t, data, freePort(t))
	if err := again.end(); err == nil || !strings.Contains(again.out.String(), "is in use by another") {
		t.Errorf("two programs over one folder: %v\n%s", err, again.out)
	}
	taken := launch(t, dataFolder(t), one.port)
	if err := taken.end(); err == nil || !strings.Contains(taken.out.String(), "PORT=") {
		t.Errorf("two programs on one port: %v\n%s", err, taken.out)
	}
	stopProgram(t, one)
	stopProgram(t, other)
}

func stopProgram(t *testing.T, p *program) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.end(); err != nil {
		t.Error(err)
	}
}

// wantGone waits a little, since orphans have no parent here that sees their end.
func wantGone(t *testing.T, pids map[string]int) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		var left []string
		for name, pid := range pids {
			if _, err := startTime(pid); err == nil {
				left = append(left, name)
			}
		}
		if len(left) == 0 {
			return
		}
		slices.Sort(left)
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("still running: %v", left)
		}
	}
}
