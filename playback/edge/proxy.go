package edge

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httputil"
	"time"
)

// newProxy passes requests on to the API. The address of the client travels in
// X-Forwarded-For; what the client itself claimed there is dropped, since this
// is the first hop.
func newProxy(config Config) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(config.API)
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		Transport:     newTransport(),
		FlushInterval: -1, // server-sent events must not wait
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // the client went away
			}
			config.Log.ErrorContext(r.Context(), "api did not answer", "path", r.URL.Path, "error", err)
			apiAway(w)
		},
	}
}

func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		MaxIdleConns:        1024,
		MaxIdleConnsPerHost: 1024,
		IdleConnTimeout:     60 * time.Second,
		DisableCompression:  true,
	}
}

// apiAway answers as the API would (RFC 9457), so that clients need one way to
// read errors.
func apiAway(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "2")
	w.WriteHeader(http.StatusBadGateway)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the client may be gone
		"type": "about:blank", "title": http.StatusText(http.StatusBadGateway), "status": http.StatusBadGateway,
		"code": "unavailable", "detail": "The service is being restarted. Please try again in a few seconds.",
	})
}
