package edge

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Verifier decides whether a request may have the object it names.
type Verifier interface {
	// Verify returns nil, or an error when the signature, the policy or its
	// dates do not allow the request. Its text is for the log; when it has a
	// method Code() string, that is CloudFront's word for it in the answer.
	Verify(r *http.Request) error
}

// Config is what an edge is made of. Log may be nil.
type Config struct {
	Verifier Verifier
	Origin   Origin
	API      *url.URL // where everything but media goes
	Log      *slog.Logger
	// MaxStreams bounds the media requests served at the same time; the rest
	// get 503 with Retry-After. 0 means 4096.
	MaxStreams int
}

// defaultMaxStreams is some ten thousand viewers of 6-second segments, each
// fetched within two seconds.
const defaultMaxStreams = 4096

// New returns the front door.
func New(config Config) http.Handler {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.MaxStreams == 0 {
		config.MaxStreams = defaultMaxStreams
	}
	media := &mediaHandler{Config: config, slots: make(chan struct{}, config.MaxStreams)}
	api := newProxy(config)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isMedia(r) {
			media.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// isMedia tells media from the rest by the path as it was sent. A path that
// only looks like media after decoding goes to the API, which does not know it.
func isMedia(r *http.Request) bool { return strings.HasPrefix(r.URL.EscapedPath(), "/media/") }
