package edge

import (
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
	BaseURL     *url.URL // what browsers use: its scheme is the viewer's scheme
	API         *url.URL // where everything but media goes
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

// New returns the front door. It starts nothing that must be closed.
func New(c Config) http.Handler {
	if c.MaxRequests == 0 {
		c.MaxRequests = defaultMaxRequests
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m := &media{verifier: c.Verifier, origin: c.Origin, scheme: c.BaseURL.Scheme, turns: semaphore.NewWeighted(c.MaxRequests), log: c.Log}
	api := newAPI(c.API, c.BaseURL.Scheme, c.Log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/media/") {
			m.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

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
