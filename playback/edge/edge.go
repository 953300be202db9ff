package edge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
)

// Verifier decides whether a viewer may have an object.
type Verifier interface {
	// Verify returns nil to serve r. scheme and address are the viewer's. An
	// error that is an http.Handler writes its own refusal.
	Verify(r *http.Request, scheme string, address netip.Addr) error
}

// Config is what the edge needs.
type Config struct {
	BaseURL     *url.URL   // what browsers use: its scheme is the viewer's scheme
	APIs        []*url.URL // the processes of the API, where everything but media goes; at least one
	Verifier    Verifier
	Origin      Origin
	MaxRequests int64 // media objects in flight at once; 0 means 1024
	Log         *slog.Logger
}

// defaultMaxRequests bounds the media objects in flight.
const defaultMaxRequests = 1024

// maxWait is how long a request for media waits for its turn before it is told
// to come back.
const maxWait = 5 * time.Second

// Edge is the front door.
type Edge struct {
	media http.Handler
	api   http.Handler
	pool  *balancer
}

// New returns the front door. It starts nothing that must be closed.
func New(c Config) *Edge {
	if c.MaxRequests == 0 {
		c.MaxRequests = defaultMaxRequests
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	pool := newBalancer(c.APIs, nextDoor(), c.Log)
	return &Edge{
		media: &media{verifier: c.Verifier, origin: c.Origin, scheme: c.BaseURL.Scheme, turns: semaphore.NewWeighted(c.MaxRequests), log: c.Log},
		api:   newAPI(pool, c.BaseURL.Scheme, c.Log),
		pool:  pool,
	}
}

// ServeHTTP implements http.Handler.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/media/") {
		e.media.ServeHTTP(w, r)
		return
	}
	e.api.ServeHTTP(w, r)
}

// Watch asks the processes of the API every second whether they are ready, until
// ctx ends, so that one that hangs or is about to stop gets no more requests.
func (e *Edge) Watch(ctx context.Context) { e.pool.watch(ctx) }

// viewerAddress is the address the connection came from; the zero Addr when it is unknown.
func viewerAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

// refuse writes a verifier's refusal.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	var writer http.Handler
	if errors.As(err, &writer) {
		writer.ServeHTTP(w, r)
		return
	}
	xmlError(w, r, http.StatusForbidden, "AccessDenied", "Access denied")
}
