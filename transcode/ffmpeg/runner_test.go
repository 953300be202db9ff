package ffmpeg_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rounds/transcode/ffmpeg"
)

// shell runs a script in the sandbox.
func shell(ctx context.Context, t *testing.T, script string, limits ffmpeg.Limits) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := newTool(t).Runner.Run(ctx, ffmpeg.Command{
		Program: "/bin/sh", Args: []string{"-c", script}, Dir: t.TempDir(), Stdout: &out, Limits: limits,
	})
	return out.String(), err
}

func TestRunKeepsTheEnvironmentOut(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	out, err := shell(t.Context(), t, "env", ffmpeg.Limits{})
	if err != nil || strings.Contains(out, "secret") {
		t.Errorf("environment %q, %v", out, err)
	}
}

func TestRunLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		limits       ffmpeg.Limits
	}{
		{"file size", "dd if=/dev/zero of=big bs=1M count=4", ffmpeg.Limits{FileSize: 1 << 20}},
		{"memory", "x=$(head -c 400000000 /dev/zero | tr '\\0' a)", ffmpeg.Limits{Memory: 100 << 20}},
		{"processor time", "while :; do :; done", ffmpeg.Limits{CPU: time.Second}},
		{"time", "read x < /dev/zero; while :; do wait; done", ffmpeg.Limits{Wall: 100 * time.Millisecond}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := shell(t.Context(), t, test.script, test.limits)
			var exit *ffmpeg.ExitError
			if !errors.As(err, &exit) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestRunKillsTheGroup: what the program started is gone too, also when it
// ignores being asked.
func TestRunKillsTheGroup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "pid")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := shell(ctx, t, "trap '' TERM; (trap '' TERM; exec sleep 1000) & echo $! > "+fifo+"; wait; wait", ffmpeg.Limits{})
		ended <- err
	}()
	text, err := os.ReadFile(fifo) // blocks until the script has written
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(grandchild)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	// The descriptor becomes readable when the process has ended.
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(grandchild), Events: unix.POLLIN}}, 10_000); n != 1 { //nolint:gosec // G115: a file descriptor
		t.Errorf("grandchild lives: %v", err)
	}
}

// TestRunHasNoNetwork: where the kernel permits a namespace, not even the
// machine's own addresses are there.
func TestRunHasNoNetwork(t *testing.T) {
	t.Parallel()
	out, err := shell(t.Context(), t, "cat /proc/net/dev", ffmpeg.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command("unshare", "-rn", "true").Run() == nil && strings.Count(out, ":") != 1 { // only lo
		t.Errorf("interfaces in the sandbox:\n%s", out)
	}
}
