package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// portsCommand is `rounds ports`: it opens the ports of the edge and does nothing
// with them but hand them to whichever edges ask, so that a port is never closed
// while edges come and go. What the kernel has accepted and no edge has taken yet
// waits for the next one. It is not replaced in an upgrade: what it says to an
// edge (see [heldSockets.hand]) stays as it is from release to release.
type portsCommand struct {
	Listen         string `default:"127.0.0.1:8080" env:"ROUNDS_LISTEN" help:"Address that edges serve on."`
	RedirectListen string `env:"ROUNDS_REDIRECT_LISTEN" help:"Address where edges lead from http to ROUNDS_BASE_URL; empty: none."`
	AdminListen    string `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
	PortsSocket    string `required:"" env:"ROUNDS_PORTS_SOCKET" help:"Unix socket where edges get the ports, e.g. /run/rounds/ports.sock. Whoever can open it can answer in the edge's place: it is closed to all but this process's user."`
}

// What the ports are called between `rounds ports` and `rounds edge`.
const (
	frontPort    = "edge"
	redirectPort = "redirect"
)

// Run holds the ports until ctx ends.
func (c *portsCommand) Run(ctx context.Context, log *slog.Logger) error {
	held, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer held.close()
	counter, err := listenPrivately(ctx, c.PortsSocket)
	if err != nil {
		return fmt.Errorf("ROUNDS_PORTS_SOCKET: %w", err)
	}
	registry := newRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rounds_ports_edges", Help: "Edges that serve on the ports which this process holds."},
		func() float64 { return float64(held.edges.Load()) }))
	log.Info("holding", "socket", c.PortsSocket)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return held.lend(ctx, counter, log) })
	group.Go(func() error {
		return listen(ctx, log, listener{name: "ports admin", address: c.AdminListen, handler: metricsHandler(registry)})
	})
	return group.Wait()
}

// open opens the ports, from which moment on connections are made and wait.
func (c *portsCommand) open(ctx context.Context, log *slog.Logger) (*heldSockets, error) {
	held := &heldSockets{}
	for _, port := range []struct{ name, address string }{{frontPort, c.Listen}, {redirectPort, c.RedirectListen}} {
		if port.address == "" {
			continue
		}
		socket, err := listenTCP(ctx, port.address)
		if err != nil {
			held.close()
			return nil, fmt.Errorf("%s cannot listen: %w", port.name, err)
		}
		held.names, held.sockets = append(held.names, port.name), append(held.sockets, socket)
		log.Info("listening", "name", port.name, "address", socket.Addr().String())
	}
	return held, nil
}

// heldSockets are listening sockets that this process never accepts from.
type heldSockets struct {
	names   []string
	sockets []*net.TCPListener
	edges   atomic.Int64 // that have them now
}

func (h *heldSockets) close() {
	for _, socket := range h.sockets {
		_ = socket.Close() // edges that have it go on with it
	}
}

// lend gives the ports to whoever asks at the counter, until ctx ends.
func (h *heldSockets) lend(ctx context.Context, counter *net.UnixListener, log *slog.Logger) error {
	defer context.AfterFunc(ctx, func() { _ = counter.Close() })() // Accept ends by it
	var edges sync.WaitGroup
	defer edges.Wait()
	for {
		edge, err := counter.AcceptUnix()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("ROUNDS_PORTS_SOCKET: %w", err)
		}
		edges.Go(func() { h.serve(ctx, edge, log) })
	}
}

// serve gives an edge the ports and keeps the line to it, by which each learns
// that the other has ended.
func (h *heldSockets) serve(ctx context.Context, edge *net.UnixConn, log *slog.Logger) {
	defer edge.Close() //nolint:errcheck // nothing was written that could be lost
	defer context.AfterFunc(ctx, func() { _ = edge.Close() })()
	if err := h.hand(edge); err != nil {
		log.Warn("an edge could not be given the ports", "error", err)
		return
	}
	h.edges.Add(1)
	defer h.edges.Add(-1)
	log.Info("an edge has taken the ports")
	_, _ = edge.Read(make([]byte, 1)) // an edge says nothing: this ends when it does
	if ctx.Err() == nil {
		log.Info("an edge has gone")
	}
}

// hand sends one message: the names of the ports, a line feed between, and with
// it their descriptors in the same order (SCM_RIGHTS, unix(7)).
func (h *heldSockets) hand(edge *net.UnixConn) error {
	return h.descriptors(nil, func(all []int) error {
		_, _, err := edge.WriteMsgUnix([]byte(strings.Join(h.names, "\n")), syscall.UnixRights(all...), nil)
		return err
	})
}

// descriptors lends the sockets' descriptors to use, those before included. They
// are not duplicated: the package os would make them blocking, for edges too.
func (h *heldSockets) descriptors(before []int, use func([]int) error) error {
	if len(before) == len(h.sockets) {
		return use(before)
	}
	raw, err := h.sockets[len(before)].SyscallConn()
	if err != nil {
		return err
	}
	var used error
	err = raw.Control(func(fd uintptr) { used = h.descriptors(append(before, int(fd)), use) })
	return errors.Join(err, used)
}

// listenPrivately makes a Unix socket that only this user can open, in the place
// of what a process that was killed has left.
func listenPrivately(ctx context.Context, path string) (*net.UnixListener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".ports") // 0700: nobody comes in between
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is empty then
	made := filepath.Join(dir, "s")
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", made)
	if err != nil {
		return nil, err
	}
	socket := listener.(*net.UnixListener)
	socket.SetUnlinkOnClose(false) // it will have another name
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return socket, nil
}
