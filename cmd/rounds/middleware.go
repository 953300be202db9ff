package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rounds/catalog"
	"rounds/cmd/rounds/telemetry"
)

// maxBodyBytes bounds every request body of the API; files go to S3, not here.
const maxBodyBytes = 8 << 20

// middleware wraps a handler.
type middleware func(http.Handler) http.Handler

// chain applies middlewares so that the first one sees the request first.
func chain(h http.Handler, wraps ...middleware) http.Handler {
	for i := len(wraps) - 1; i >= 0; i-- {
		h = wraps[i](h)
	}
	return h
}

// requestIDHeader carries the name of a request through all that see it, so
// that their log lines can be put side by side.
const requestIDHeader = "X-Request-Id"

var requestIDForm = regexp.MustCompile(`^[0-9a-z]{12}$`)

// accessLog writes one line a request. Query strings are left out: they can
// hold signatures and codes. A request keeps the id that a trusted proxy gave it.
func accessLog(log *slog.Logger, metrics *httpMetrics, trace *telemetry.Tracer, trusted ...netip.Prefix) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started, note := time.Now(), &requestNote{}
			id := requestID(r, trusted)
			r.Header.Set(requestIDHeader, id) // for whoever is behind us
			recorder := &statusRecorder{ResponseWriter: w, id: id}
			ctx, end := r.Context(), func(telemetry.Answered) {} //nolint:contextcheck // the request's own, with its span
			if areaOf(r) != areaHealth {
				// Load balancers ask for that every second.
				ctx, end = trace.Request(r, believed(r, trusted))
			}
			ctx = catalog.WithLogAttrs(ctx, slog.String("request_id", id))
			r = r.WithContext(context.WithValue(ctx, requestNoteKey{}, note))
			metrics.inFlight.Inc()
			defer metrics.inFlight.Dec()
			next.ServeHTTP(recorder, r)
			took := time.Since(started)
			metrics.observe(r, recorder.code(), took, recorder.bytes, note.code)
			end(telemetry.Answered{Route: cmp.Or(note.route, areaOf(r)), Status: recorder.code(), Code: note.code, ID: id})
			logRequest(log, r, recorder.code(), took, note)
		})
	}
}

// believed tells whether the other end of the connection is one of our own.
func believed(r *http.Request, trusted []netip.Prefix) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && isTrusted(peer.Addr(), trusted)
}

func requestID(r *http.Request, trusted []netip.Prefix) string {
	given := r.Header.Get(requestIDHeader)
	if believed(r, trusted) && requestIDForm.MatchString(given) {
		return given
	}
	return catalog.NewToken()[:12]
}

func logRequest(log *slog.Logger, r *http.Request, status int, took time.Duration, note *requestNote) {
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", catalog.LoggedPath(r.URL.Path)),
		slog.Int("status", status), slog.Duration("took", took), slog.String("remote", r.RemoteAddr),
	}
	if note.code != "" {
		attrs = append(attrs, slog.String("code", note.code))
	}
	if note.err != nil {
		attrs = append(attrs, slog.String("error", note.err.Error()))
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

// recoverPanics answers a panicking request with a 500 and logs the stack.
func recoverPanics(log *slog.Logger, panics prometheus.Counter) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { //nolint:contextcheck // the request's own
				raised := recover()
				if raised == nil {
					return
				}
				if raised == http.ErrAbortHandler { //nolint:errorlint // the documented way to compare it
					panic(raised)
				}
				panics.Inc()
				log.ErrorContext(r.Context(), "panic while serving", "path", catalog.LoggedPath(r.URL.Path), "panic", raised, "stack", string(debug.Stack()))
				writeProblem(w, r, fmt.Errorf("panic: %v", raised))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// limitBody bounds the request body. What the handler left of it is read and
// thrown away, also when the handler closed it: hanging up on a proxy that still
// writes would look like an outage to it, and hide the refusal from the client.
func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		next.ServeHTTP(w, r)
		_, _ = io.Copy(io.Discard, r.Body) // the client may be gone
	})
}

// sameOriginOnly refuses what a page of another site makes a browser send
// (http.CrossOriginProtection: Sec-Fetch-Site, else Origin against Host).
// Requests with a bearer token carry no ambient authority and pass.
func sameOriginOnly(origin string) (middleware, error) {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(origin); err != nil {
		return nil, fmt.Errorf("ROUNDS_BASE_URL: %w", err)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sendProblem(w, newProblem(http.StatusForbidden, "cross_origin", "This request came from another site and was refused."))
	}))
	return func(next http.Handler) http.Handler {
		protected := protection.Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
				next.ServeHTTP(w, r)
				return
			}
			protected.ServeHTTP(w, r)
		})
	}, nil
}

// realAddress replaces RemoteAddr by the last address in X-Forwarded-For that
// is not one of our own proxies, when the request came from such a proxy.
func realAddress(trusted []netip.Prefix) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if address, ok := forwardedFor(r, trusted); ok {
				r.RemoteAddr = net.JoinHostPort(address.String(), "0")
			}
			next.ServeHTTP(w, r)
		})
	}
}

func forwardedFor(r *http.Request, trusted []netip.Prefix) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !isTrusted(peer.Addr(), trusted) {
		return netip.Addr{}, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		address, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}, false
		}
		if !isTrusted(address, trusted) || i == 0 {
			return address, true
		}
	}
	return netip.Addr{}, false
}

func isTrusted(address netip.Addr, trusted []netip.Prefix) bool {
	for _, prefix := range trusted {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// canonicalHost redirects page visits on another name for this service to the
// one in base_url, where the cookies are. Health checks ask by address and pass.
func canonicalHost(base string, host string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			page := (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
				strings.Contains(r.Header.Get("Accept"), "text/html")
			if page && r.Host != host {
				http.Redirect(w, r, base+r.URL.RequestURI(), http.StatusTemporaryRedirect) //nolint:gosec // G710: base is our own address
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// statusRecorder remembers the status of an answer, names the request in it,
// and passes Flush and deadlines through (http.ResponseController finds them by
// Unwrap).
type statusRecorder struct {
	http.ResponseWriter
	id     string
	status int
	bytes  int64 // of the body
}

func (w *statusRecorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.Header().Set(requestIDHeader, w.id) // in place of what came from behind us
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom: it lets the kernel send files, as the
// server's own writer does.
func (w *statusRecorder) ReadFrom(from io.Reader) (int64, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := io.Copy(w.ResponseWriter, from)
	w.bytes += n
	return n, err
}

// Flush implements http.Flusher, which gin asks for.
func (w *statusRecorder) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
