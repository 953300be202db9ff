package edge

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"

	"rounds/catalog"
)

// unavailable is what viewers get while the API does not answer (RFC 9457).
const unavailable = `{"type":"about:blank","title":"Bad Gateway","status":502,"code":"unavailable",` +
	`"detail":"The service does not answer right now. Please try again in a minute."}` + "\n"

// maxBodyBytes bounds what the API is sent; files go to S3, not here. The API
// reads as much before it refuses, so that it never hangs up while we write.
const maxBodyBytes = 8 << 20

// maxPatience is how much of a body that is too large is read and thrown away,
// so that clients which write all before they read learn why it was refused.
const maxPatience = 64 << 20

// tooLarge and brokenOff refuse bodies that cannot be passed on.
const (
	tooLarge = `{"type":"about:blank","title":"Request Entity Too Large","status":413,"code":"body_too_large",` +
		`"detail":"This request is too large."}` + "\n"
	brokenOff = `{"type":"about:blank","title":"Bad Request","status":400,"code":"unreadable_body",` +
		`"detail":"The request broke off before its end. Please send it again.","errors":[{"location":"body","message":"broke off before its end"}]}` + "\n"
)

// newAPI is the proxy behind a bound on the bodies of requests.
func newAPI(api *balancer, scheme string, log *slog.Logger) http.Handler {
	proxy := newProxy(api, scheme, log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBodyBytes {
			refuseTooLarge(w, r, r.Body)
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			body := &viewerBody{ReadCloser: http.MaxBytesReader(w, io.NopCloser(r.Body), maxBodyBytes), whole: r.Body}
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
	whole  io.Reader // without the bound
	failed atomic.Pointer[error]
}

func (b *viewerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed.Store(&err)
	}
	return n, err
}

// viewerFailed returns the body of r and why it could not be read; nil when it could.
func viewerFailed(r *http.Request) (*viewerBody, error) {
	body, _ := r.Context().Value(viewerBodyKey{}).(*viewerBody)
	if body == nil || body.failed.Load() == nil {
		return nil, nil
	}
	return body, *body.failed.Load()
}

// refuseTooLarge answers a viewer whose body is too large; one who asked
// whether to send it (Expect, RFC 9110 section 10.1.1) is spared that.
func refuseTooLarge(w http.ResponseWriter, r *http.Request, rest io.Reader) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, rest, maxPatience) // the viewer may be gone
	}
	w.Header().Set("Connection", "close") // there may be more
	writeProblem(w, http.StatusRequestEntityTooLarge, tooLarge)
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
func newProxy(api *balancer, scheme string, log *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(api.processes[0].address) // the balancer chooses
			p.Out.Host = p.In.Host
			p.SetXForwarded()
			p.Out.Header.Set("X-Forwarded-Proto", scheme)
		},
		Transport:     api,
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ErrorHandler:  func(w http.ResponseWriter, r *http.Request, err error) { refuseAPI(w, r, err, log) },
	}
}

// nextDoor connects to the API.
func nextDoor() *http.Transport {
	return &http.Transport{
		Proxy:               nil, // the API is next door
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		MaxIdleConns:        1024,
		MaxIdleConnsPerHost: 512,
		IdleConnTimeout:     60 * time.Second,
		DisableCompression:  true,
	}
}

// refuseAPI answers when the API could not.
func refuseAPI(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	body, failed := viewerFailed(r)
	large := (*http.MaxBytesError)(nil)
	switch {
	case errors.As(failed, &large):
		refuseTooLarge(w, r, body.whole)
	case failed != nil:
		writeProblem(w, http.StatusBadRequest, brokenOff)
	case errors.Is(err, context.Canceled): // the viewer is gone
	default:
		log.Warn("API does not answer", "path", catalog.LoggedPath(r.URL.Path), "error", err)
		w.Header().Set("Retry-After", "1")
		writeProblem(w, http.StatusBadGateway, unavailable)
	}
}
