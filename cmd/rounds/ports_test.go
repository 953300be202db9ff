package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// holdPorts runs `rounds ports` until the test ends or the returned function is
// called, and returns its socket.
func holdPorts(t *testing.T, c portsCommand) (socket string, end func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ports") //nolint:usetesting // the path of a Unix socket is short, t.TempDir has the name of the test in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c.PortsSocket = filepath.Join(dir, "s")
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return c.PortsSocket, stop
}

// lent is a process that serves on borrowed ports, without its process.
type lent struct {
	address string
	leave   context.CancelFunc // SIGTERM
	stop    context.CancelFunc // the end of its drain
	ended   chan error
}

// serveLent answers on the borrowed port with a name, one connection at a time.
func serveLent(t *testing.T, socket, name string) *lent {
	t.Helper()
	serving, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	leaving, leave := context.WithCancel(serving)
	t.Cleanup(stop)
	ports, err := borrowPorts(serving, socket, stop)
	if err != nil {
		t.Fatal(err)
	}
	l := &lent{address: ports.sockets[frontPort].Addr().String(), leave: leave, stop: stop, ended: make(chan error, 1)}
	front := listener{name: name, most: 1, leaving: leaving.Done(), handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, name+" has "+string(body))
	})}
	go func() {
		err := listen(serving, slog.New(slog.DiscardHandler), front.on(ports, frontPort))
		l.ended <- errors.Join(err, ports.Close())
	}()
	return l
}

// visit connects, sends a POST and does not wait for the answer.
func visit(t *testing.T, address, body string) net.Conn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	post(t, connection, "/v1/beats", body)
	return connection
}

func post(t *testing.T, connection net.Conn, path, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://learn.example.org"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Write(connection); err != nil {
		t.Fatal(err)
	}
}

// answered reads what comes back on a connection.
func answered(t *testing.T, connection net.Conn) (status int, body string, last bool) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Close
}

// TestNobodyIsTurnedAwayBetweenTwoEdges lets visitors connect that the edge
// which is there does not get to, ends it, and starts another one: that answers
// them. On a port of its own they would have been reset.
func TestNobodyIsTurnedAwayBetweenTwoEdges(t *testing.T) {
	t.Parallel()
	socket, _ := holdPorts(t, portsCommand{Listen: "127.0.0.1:0"})
	first := serveLent(t, socket, "the first edge")
	served := visit(t, first.address, "beat 0")
	if _, got, last := answered(t, served); got != "the first edge has beat 0" || last {
		t.Fatalf("%q, and the connection ends: %t", got, last)
	}
	// It is at its limit: who connects now is accepted by the kernel and waits.
	var waiting []net.Conn
	for _, beat := range []string{"beat 1", "beat 2", "beat 3"} {
		waiting = append(waiting, visit(t, first.address, beat))
	}
	first.leave()
	// The one connection it has goes on until its next answer.
	post(t, served, "/readyz", "beat 4")
	if status, got, last := answered(t, served); status != http.StatusOK || got != "the first edge has beat 4" || !last {
		t.Errorf("while it leaves: %d %q, and the connection ends: %t", status, got, last)
	}
	first.stop()
	if err := <-first.ended; err != nil {
		t.Fatal(err)
	}
	waiting = append(waiting, visit(t, first.address, "beat 5")) // nobody serves
	second := serveLent(t, socket, "the second edge")
	for i, connection := range waiting {
		if _, got, _ := answered(t, connection); !strings.HasPrefix(got, "the second edge has beat ") {
			t.Errorf("visitor %d: %q", i, got)
		}
		_ = connection.Close() // the next one's turn
	}
	second.stop()
	if err := <-second.ended; err != nil {
		t.Error(err)
	}
}

// TestEdgesEndWithTheirPorts: an edge that serves on a port which nobody holds
// would close it when it is replaced; it ends and is started on the next ones.
func TestEdgesEndWithTheirPorts(t *testing.T) {
	t.Parallel()
	socket, end := holdPorts(t, portsCommand{Listen: "127.0.0.1:0"})
	edge := serveLent(t, socket, "edge")
	end()
	if err := <-edge.ended; !errors.Is(err, errPortsGone) {
		t.Errorf("the edge ended with %v", err)
	}
}

// TestPortsAreHandedOverAsEver holds what is said between `rounds ports`, which
// is not replaced, and edges of later releases.
func TestPortsAreHandedOverAsEver(t *testing.T) {
	t.Parallel()
	socket, _ := holdPorts(t, portsCommand{Listen: "127.0.0.1:0", RedirectListen: "127.0.0.1:0"})
	line, err := dialPatiently(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	text, rights := make([]byte, 64), make([]byte, 64)
	n, m, _, _, err := line.ReadMsgUnix(text, rights)
	if err != nil {
		t.Fatal(err)
	}
	descriptors, err := parseRights(rights[:m])
	if got := string(text[:n]); err != nil || got != "edge\nredirect" || len(descriptors) != 2 {
		t.Errorf("%d descriptors with %q, %v", len(descriptors), got, err)
	}
	for _, fd := range descriptors {
		socket, err := net.FileListener(os.NewFile(uintptr(fd), ""))
		if err != nil {
			t.Fatalf("that is no port: %v", err)
		}
		_ = socket.Close()
	}
}

// TestOnlyItsOwnUserGetsThePorts also puts the socket where a process that was
// killed has left one.
func TestOnlyItsOwnUserGetsThePorts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	for range 2 {
		socket, err := listenPrivately(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := socket.Close(); err != nil { // what is at path stays
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v, %v", info, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside it are %v, %v", left, err)
	}
}

func TestWrongPortsAreNamed(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, args := range map[string][]string{
		"--ports-socket":         {"ports"},
		"redirect cannot listen": {"ports", "--listen=127.0.0.1:0", "--redirect-listen=" + taken.Addr().String(), "--ports-socket=/none/s"},
		"ROUNDS_PORTS_SOCKET: ":  {"ports", "--listen=127.0.0.1:0", "--ports-socket=/none/s"},
	} {
		if err := Run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}
