package main

import (
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
	address string // empty: not opened
	handler http.Handler
	most    int             // connections at once; 0: any number
	leaving <-chan struct{} // closed when requests are to go elsewhere; nil: never
	tls     *tls.Config     // nil: plain http
}

// listen serves all ports until ctx ends, then lets running requests finish.
// It returns the first error of any.
func listen(ctx context.Context, log *slog.Logger, listeners ...listener) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		if l.address == "" {
			continue
		}
		socket, err := new(net.ListenConfig).Listen(ctx, "tcp", l.address)
		if err != nil {
			return fmt.Errorf("%s cannot listen: %w", l.name, err)
		}
		if l.most > 0 {
			socket = netutil.LimitListener(socket, l.most)
		}
		log.Info("listening", "name", l.name, "address", socket.Addr().String())
		if l.tls != nil {
			socket = tls.NewListener(socket, l.tls)
		}
		group.Go(func() error { return serveOn(ctx, socket, draining(l.leaving, l.handler)) })
	}
	return group.Wait()
}

func serveOn(ctx context.Context, socket net.Listener, handler http.Handler) error {
	// Requests outlive ctx: they may finish after the stop. Streams see it a
	// little later, so that their clients reconnect elsewhere.
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := &http.Server{
		Handler:           handler,
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
	case <-ctx.Done():
	}
	return shutDown(context.WithoutCancel(ctx), server, stop)
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
