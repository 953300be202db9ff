package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"
)

// shutdownTimeout is how long running requests may take to finish at a stop.
const shutdownTimeout = 10 * time.Second

// listener is one port and who answers on it.
type listener struct {
	name    string
	address string       // empty: not opened
	shared  net.Listener // instead of address: a port that other processes hold and serve on too
	handler http.Handler
	most    int             // connections at once; 0: any number
	leaving <-chan struct{} // closed when requests are to go elsewhere; nil: never
	closing time.Duration   // most time for who has connected when the port closes; 0: half of shutdownTimeout
	tls     *tls.Config     // nil: plain http
}

// open returns what is to be served on the port, and the port when it is this
// process's own.
func (l listener) open(ctx context.Context, log *slog.Logger) (socket net.Listener, own *net.TCPListener, err error) {
	if socket = l.shared; socket == nil {
		if own, err = listenTCP(ctx, l.address); err != nil {
			return nil, nil, fmt.Errorf("%s cannot listen: %w", l.name, err)
		}
		socket = own
	}
	if l.most > 0 {
		socket = netutil.LimitListener(socket, l.most)
	}
	log.Info("listening", "name", l.name, "address", socket.Addr().String())
	if l.tls != nil {
		socket = tls.NewListener(socket, l.tls)
	}
	return socket, own, nil
}

// listen serves all ports until ctx ends, then lets running requests finish.
// It returns the first error of any.
func listen(ctx context.Context, log *slog.Logger, listeners ...listener) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		if l.address == "" && l.shared == nil {
			continue
		}
		socket, own, err := l.open(ctx, log)
		if err != nil {
			return err
		}
		group.Go(func() error { return l.serve(ctx, socket, own, log) })
	}
	return group.Wait()
}

// listenTCP opens a port. It speaks plain TCP, not Go's default of multipath TCP,
// whose sockets take no filters (see [letIn]).
func listenTCP(ctx context.Context, address string) (*net.TCPListener, error) {
	config := new(net.ListenConfig)
	config.SetMultipathTCP(false)
	socket, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return socket.(*net.TCPListener), nil
}

// serve answers on the port until ctx ends. From a port that is shared nothing is
// accepted any more once the process is leaving: the others do, and whoever was
// accepted already is served on.
func (l listener) serve(ctx context.Context, socket net.Listener, own *net.TCPListener, log *slog.Logger) error {
	// Requests outlive ctx: they may finish after the stop. Streams see it a
	// little later, so that their clients reconnect elsewhere.
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := &http.Server{
		Handler:           l.answers(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return stopping },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(socket) }()
	select {
	case err := <-ended:
		return err
	case <-l.letGo():
		_ = socket.Close() // this process's hold on it
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			return err
		}
		<-ctx.Done()
	case <-ctx.Done():
		l.letIn(own, log)
	}
	return shutDown(context.WithoutCancel(ctx), server, stop)
}

// letIn serves who has connected to a port of this process alone before it is closed.
func (l listener) letIn(own *net.TCPListener, log *slog.Logger) {
	if l.leaving == nil || own == nil {
		return
	}
	if err := letIn(own, cmp.Or(l.closing, shutdownTimeout/2)); err != nil {
		log.Warn("a port is closed on whoever has just connected", "name", l.name, "error", err)
	}
}

// letGo is closed when the port is to be left to others at once; nil: never.
func (l listener) letGo() <-chan struct{} {
	if l.shared == nil {
		return nil
	}
	return l.leaving
}

// answers is the handler, which tells its clients when the process is leaving.
func (l listener) answers() http.Handler {
	if l.shared == nil {
		return draining(l.leaving, l.handler)
	}
	return ending(l.leaving, l.handler) // behind a port that is shared /readyz is about the service
}

// shutDown gives requests half the time to end by themselves, then ends their contexts.
func shutDown(ctx context.Context, server *http.Server, stopStreams context.CancelFunc) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	timer := time.AfterFunc(shutdownTimeout/2, stopStreams)
	defer timer.Stop()
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
