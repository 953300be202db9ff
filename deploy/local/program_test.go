package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary also is the program under test and, for that program, a
// stand-in for rounds which only serves what the supervisor looks at: these
// tests are about processes, the real rounds is run by cmd/rounds' own tests.
const (
	envAsLocal  = "ROUNDS_LOCAL_TEST_PROGRAM"
	envAsRounds = "ROUNDS_LOCAL_TEST_ROUNDS"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(envAsRounds) != "" && len(os.Args) > 1 && os.Args[1] != "run":
		standIn(os.Args[1:])
	case os.Getenv(envAsLocal) != "":
		main()
	default:
		os.Exit(m.Run())
	}
}

func standIn(args []string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch args[0] {
	case "admin":
		fmt.Println("token-" + strconv.Itoa(os.Getpid()))
	case "edge":
		address := strings.TrimPrefix(args[1], "--listen=")
		ready := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
		go func() { fmt.Println(http.ListenAndServe(address, http.HandlerFunc(ready))) }()
		<-ctx.Done()
	case "serve", "work":
		fmt.Println(args[0], "has something to say")
		<-ctx.Done()
	}
}

// program is one `local run`.
type program struct {
	t    *testing.T
	data string
	port string
	cmd  *exec.Cmd
	out  *lockedText
	done chan error
}

// startProgram runs `local run` over a data folder until it is ready.
func startProgram(t *testing.T, data string) *program {
	t.Helper()
	p := launch(t, data, freePort(t))
	p.await("ready: http://localhost:" + p.port)
	return p
}

func launch(t *testing.T, data, port string) *program {
	t.Helper()
	gateway, err := filepath.Abs("../../.bin/versitygw")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, data: data, port: port, out: &lockedText{}, done: make(chan error, 1)}
	p.cmd = exec.Command(os.Args[0], "run", "--rounds", os.Args[0], "--gateway", gateway)
	p.cmd.Env = append(os.Environ(), envAsLocal+"=1", envAsRounds+"=1", "PORT="+port, "DATA="+data, "DEMO=0")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // ended already, mostly
		if t.Failed() {
			t.Logf("output:\n%s", p.out)
		}
	})
	return p
}

// await waits for a text in the output.
func (p *program) await(text string) {
	p.t.Helper()
	p.awaitIn(p.out.String, text)
}

// awaitLog waits for a text in the log of a part.
func (p *program) awaitLog(part, text string) {
	p.t.Helper()
	p.awaitIn(func() string {
		content, _ := os.ReadFile(filepath.Join(p.data, "logs", part+".log")) // not there yet is empty
		return string(content)
	}, text)
}

func (p *program) awaitIn(read func() string, text string) {
	p.t.Helper()
	deadline := time.After(time.Minute)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !strings.Contains(read(), text) {
		select {
		case <-again.C:
		case err := <-p.done:
			p.done <- err
			if !strings.Contains(read(), text) {
				p.t.Fatalf("ended (%v) without %q:\n%s", err, text, p.out)
			}
		case <-deadline:
			p.t.Fatalf("no %q within a minute:\n%s", text, p.out)
		}
	}
}

// end waits for the program's end.
func (p *program) end() error {
	p.t.Helper()
	select {
	case err := <-p.done:
		return err
	case <-time.After(time.Minute):
		p.t.Fatalf("did not end within a minute:\n%s", p.out)
		return nil
	}
}

// pids returns the processes the program remembers.
func (p *program) pids() map[string]int {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.data, "run", "*.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	pids := map[string]int{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.Fields(string(content))[0])
		if err != nil {
			p.t.Fatal(err)
		}
		pids[strings.TrimSuffix(filepath.Base(file), ".pid")] = pid
	}
	return pids
}

func (p *program) local() localFile {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.data, "local.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var file localFile
	if err := json.Unmarshal(content, &file); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// dataFolder returns a folder below a closed one, as a home can be, and clears
// what the cluster's user got outside of it.
func dataFolder(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() {
		if outside, err := os.Readlink(filepath.Join(data, "postgres")); err == nil {
			_ = os.RemoveAll(outside)
		}
	})
	return data
}

func freePort(t *testing.T) string {
	t.Helper()
	socket, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return strconv.Itoa(socket.Addr().(*net.TCPAddr).Port)
}

// lockedText collects output.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
