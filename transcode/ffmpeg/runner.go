package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rounds/catalog"
)

// Runner runs programs in the sandbox that the package comment describes. It
// is safe for concurrent use.
type Runner struct {
	prlimit, setpriv string
	isolation        isolation
	grace            time.Duration

	// Trace records each run in a span, and Observe is told of it. Optional; set
	// before the first run.
	Trace   catalog.Tracer
	Observe func(Usage)
}

// Usage is what one run has cost.
type Usage struct {
	Program string // its name without the folder
	OK      bool
	Exit    int // status; −1 when it was killed, or never began
	CPU     time.Duration
	Memory  int64 // bytes in memory at the most
}

// NewRunner finds the programs of the sandbox and tries once which isolation
// from the network the kernel permits; the answer is logged.
func NewRunner(ctx context.Context, logger *slog.Logger) (*Runner, error) {
	r := &Runner{grace: 3 * time.Second}
	for name, path := range map[string]*string{"prlimit": &r.prlimit, "setpriv": &r.setpriv} {
		found, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("%s is missing (Debian: apt-get install util-linux): %w", name, err)
		}
		*path = found
	}
	r.isolation = r.detectIsolation(ctx)
	if r.isolation == isolationNone {
		logger.WarnContext(ctx, "the kernel permits no network namespace: ffmpeg is kept from the network by its protocol allow-list alone")
	} else {
		logger.InfoContext(ctx, "ffmpeg runs without a network", "isolation", r.isolation)
	}
	return r, nil
}

// Limits bound one run.
type Limits struct {
	Memory   int64         // bytes of address space
	CPU      time.Duration // processor time over all threads
	Wall     time.Duration
	FileSize int64 // bytes of the largest file
}

// Command is one program to run.
type Command struct {
	Program string // absolute path
	Args    []string
	Dir     string // working directory
	Limits  Limits
	Stdout  io.Writer // nil discards; a returned error ends the run
	Stderr  io.Writer // is given what the program says besides its output; nil for none
}

// ExitError says how a program ended that did not end well.
type ExitError struct {
	Program string
	Err     error
	Stderr  string // the last lines it wrote
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s: %v: %s", e.Program, e.Err, strings.TrimSpace(e.Stderr))
}

// Unwrap gives the cause: an *exec.ExitError or the context's error.
func (e *ExitError) Unwrap() error { return e.Err }

// stderrTail is how much of a program's last words is kept.
const stderrTail = 16 << 10

// Run runs c, waits for it and kills whatever it started and left. When ctx
// ends or the wall limit passes, the whole process group is killed: nothing of
// such a run is kept. It returns an *ExitError unless the program ended
// with status 0.
func (r *Runner) Run(ctx context.Context, c Command) error {
	ctx, span := catalog.Traced(r.Trace).Begin(ctx, filepath.Base(c.Program))
	usage, err := r.run(ctx, c)
	span.Note(slog.Int("process.exit.code", usage.Exit), slog.Float64("process.cpu.seconds", usage.CPU.Seconds()), slog.Int64("process.memory.peak_bytes", usage.Memory))
	span.End(err)
	if r.Observe != nil {
		r.Observe(usage)
	}
	return err
}

func (r *Runner) run(ctx context.Context, c Command) (Usage, error) {
	if c.Limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.Limits.Wall, errors.New("took too long"))
		defer cancel()
	}
	// The parent-death signal comes when the starting thread ends, so the
	// thread must outlive the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	stderr := &tail{limit: stderrTail}
	cmd := r.command(ctx, c)
	cmd.Stderr = stderr
	if c.Stderr != nil {
		cmd.Stderr = io.MultiWriter(stderr, c.Stderr)
	}
	err := cmd.Run()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever is left of the group
	}
	usage := usageOf(c.Program, cmd.ProcessState, err == nil && ctx.Err() == nil)
	if ctx.Err() != nil {
		return usage, &ExitError{Program: c.Program, Err: context.Cause(ctx), Stderr: stderr.String()}
	}
	if err != nil {
		return usage, &ExitError{Program: c.Program, Err: err, Stderr: stderr.String()}
	}
	return usage, nil
}

// usageOf reads what the kernel has counted; state is nil when nothing ran.
func usageOf(program string, state *os.ProcessState, ok bool) Usage {
	u := Usage{Program: filepath.Base(program), OK: ok, Exit: state.ExitCode()}
	if state == nil {
		return u
	}
	u.CPU = state.UserTime() + state.SystemTime()
	if counted, known := state.SysUsage().(*syscall.Rusage); known {
		u.Memory = counted.Maxrss << 10 // the kernel counts in KiB
	}
	return u
}

// command prepares the process: limits are set by prlimit and privileges
// dropped by setpriv, each replacing itself by the next program, so that not
// one instruction of ffmpeg runs without them.
func (r *Runner) command(ctx context.Context, c Command) *exec.Cmd {
	args := append(limitArgs(c.Limits), "--", r.setpriv, "--no-new-privs", "--", c.Program)
	cmd := exec.CommandContext(ctx, r.prlimit, append(args, c.Args...)...)
	cmd.Dir = c.Dir
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=/nonexistent", "PATH=/usr/bin:/bin", "MALLOC_ARENA_MAX=2"}
	cmd.Stdout = c.Stdout
	cmd.WaitDelay = r.grace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	r.isolation.apply(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

func limitArgs(l Limits) []string {
	args := []string{"--core=0", "--nofile=256"}
	if l.Memory > 0 {
		args = append(args, "--as="+strconv.FormatInt(l.Memory, 10))
	}
	if l.CPU > 0 {
		seconds := int64(l.CPU/time.Second) + 1
		args = append(args, fmt.Sprintf("--cpu=%d:%d", seconds, seconds+1))
	}
	if l.FileSize > 0 {
		args = append(args, "--fsize="+strconv.FormatInt(l.FileSize, 10))
	}
	return args
}

// tail keeps the last limit bytes written to it.
type tail struct {
	limit int
	kept  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - t.limit; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string { return string(t.kept) }

// errOutputTooLong ends a program that writes more than it may.
var errOutputTooLong = errors.New("program wrote too much")

// bounded is a buffer with an end.
type bounded struct {
	bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, errOutputTooLong
	}
	return b.Buffer.Write(p)
}

// lines calls each for every line written to it, without its end.
type lines struct {
	each func(line string) error
	part []byte
}

// maxLine is more than any line that is parsed here.
const maxLine = 64 << 10

func (l *lines) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	rest := l.part
	for {
		line, after, found := bytes.Cut(rest, []byte{'\n'})
		if !found {
			break
		}
		if err := l.each(strings.TrimSuffix(string(line), "\r")); err != nil {
			return 0, err
		}
		rest = after
	}
	if len(rest) > maxLine {
		return 0, errOutputTooLong
	}
	l.part = append(l.part[:0], rest...)
	return len(p), nil
}
