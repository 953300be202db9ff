package edge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// unavailable is what viewers get while the API does not answer (RFC 9457).
const unavailable = `{"type":"about:blank","title":"Bad Gateway","status":502,"code":"unavailable",` +
	`"detail":"The service does not answer right now. Please try again in a minute."}` + "\n"

// newProxy passes requests on to the API under the viewer's host name, with
// X-Forwarded-For, -Host and -Proto made here: what a viewer claims of them is
// dropped. Answers are flushed as they come: server-sent events must not wait.
func newProxy(api *url.URL, scheme string, log *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(api)
			p.Out.Host = p.In.Host
			p.SetXForwarded()
			p.Out.Header.Set("X-Forwarded-Proto", scheme)
		},
		Transport: &http.Transport{
			Proxy:               nil, // the API is next door
			MaxIdleConns:        512,
			MaxIdleConnsPerHost: 512,
			IdleConnTimeout:     60 * time.Second,
			DisableCompression:  true,
		},
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, context.Canceled) {
				return // the viewer is gone
			}
			log.Warn("API does not answer", "path", r.URL.Path, "error", err)
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(unavailable))
		},
	}
}
