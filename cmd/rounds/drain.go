package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// drainConfig is how a process leaves the load balancer before it.
type drainConfig struct {
	Drain time.Duration `default:"0s" env:"ROUNDS_DRAIN" help:"How long requests are still taken after SIGTERM, while /readyz answers 503, so that the load balancer sends no more. Some times the load balancer's interval; 0s stops at once."`
}

// after returns a context that ends that long after ctx does. Nothing waits for
// the drain once the returned function was called.
func (c drainConfig) after(ctx context.Context) (context.Context, context.CancelFunc) {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer stop()
		select {
		case <-ctx.Done():
		case <-serving.Done():
			return
		}
		timer := time.NewTimer(c.Drain)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-serving.Done():
		}
	}()
	return serving, stop
}

// draining tells whoever sends requests here to send them elsewhere from the
// moment leaving is closed: /readyz is red, and each answer ends its connection.
func draining(leaving <-chan struct{}, handler http.Handler) http.Handler {
	return ending(leaving, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" || !isClosed(leaving) {
			handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"process":"stopping"}`+"\n") // the client may be gone
	}))
}

// ending lets each answer end its connection from the moment leaving is closed,
// so that none is left on which a request could cross the end of the process.
func ending(leaving <-chan struct{}, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isClosed(leaving) {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}

// isClosed reports whether a channel that nobody sends on was closed.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
