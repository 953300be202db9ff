package edge

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// unavailable is what viewers get while the API does not answer (RFC 9457).
const unavailable = `{"type":"about:blank","title":"Bad Gateway","status":502,"code":"unavailable",` +
	`"detail":"The service does not answer right now. Please try again in a minute."}` + "\n"

// maxBodyBytes bounds what the API is sent; files go to S3, not here. The API
// reads as much before it refuses, so that it never hangs up while we write.
const maxBodyBytes = 8 << 20

// tooLarge and brokenOff refuse bodies that cannot be passed on.
const (
	tooLarge = `{"type":"about:blank","title":"Request Entity Too Large","status":413,"code":"body_too_large",` +
		`"detail":"This request is too large."}` + "\n"
	brokenOff = `{"type":"about:blank","title":"Bad Request","status":400,"code":"unreadable_body",` +
		`"detail":"The request broke off before its end. Please send it again.","errors":[{"location":"body","message":"broke off before its end"}]}` + "\n"
)

// newAPI is the proxy behind a bound on the bodies of requests.
func newAPI(api *url.URL, scheme string, log *slog.Logger) http.Handler {
	proxy := newProxy(api, scheme, log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBodyBytes {
			w.Header().Set("Connection", "close") // nobody reads the rest
			writeProblem(w, http.StatusRequestEntityTooLarge, tooLarge)
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			body := &viewerBody{ReadCloser: http.MaxBytesReader(w, r.Body, maxBodyBytes)}
			r = r.WithContext(context.WithValue(r.Context(), viewerBodyKey{}, body))
			r.Body = body
		}
		proxy.ServeHTTP(w, r)
	})
}

type viewerBodyKey struct{}

// viewerBody remembers that a body could not be read: the viewer's doing, not the API's.
type viewerBody struct {
	io.ReadCloser
	failed atomic.Pointer[error]
}

func (b *viewerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed.Store(&err)
	}
	return n, err
}

// viewerFailed returns why the body of r could not be read; nil when it could.
func viewerFailed(r *http.Request) error {
	body, _ := r.Context().Value(viewerBodyKey{}).(*viewerBody)
	if body == nil || body.failed.Load() == nil {
		return nil
	}
	return *body.failed.Load()
}

func writeProblem(w http.ResponseWriter, status int, problem string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, problem) // the viewer may be gone
}

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
		ErrorHandler:  func(w http.ResponseWriter, r *http.Request, err error) { refuseAPI(w, r, err, log) },
	}
}

// refuseAPI answers when the API could not.
func refuseAPI(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	failed, large := viewerFailed(r), (*http.MaxBytesError)(nil)
	switch {
	case errors.As(failed, &large):
		writeProblem(w, http.StatusRequestEntityTooLarge, tooLarge)
	case failed != nil:
		writeProblem(w, http.StatusBadRequest, brokenOff)
	case errors.Is(err, context.Canceled): // the viewer is gone
	default:
		log.Warn("API does not answer", "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "1")
		writeProblem(w, http.StatusBadGateway, unavailable)
	}
}
