package edge

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// immutable is the cache rule of media objects that state none: their prefix
// is fresh for every attempt, so what lies under a key never changes. Private,
// because the viewer's own cache is the only one that may be behind the edge.
const immutable = "private, max-age=31536000, immutable"

// media serves objects of the media bucket to viewers that hold a grant.
type media struct {
	verifier Verifier
	origin   Origin
	scheme   string
	turns    *semaphore.Weighted
	log      *slog.Logger
}

func (m *media) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		xmlError(w, r, http.StatusForbidden, "AccessDenied", "Only GET and HEAD are allowed here")
		return
	}
	if err := m.verifier.Verify(r, m.scheme, viewerAddress(r)); err != nil {
		refuse(w, r, err)
		return
	}
	if !plainPath(r.URL) {
		xmlError(w, r, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	if !m.takeTurn(r.Context()) {
		w.Header().Set("Retry-After", "1")
		xmlError(w, r, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate")
		return
	}
	defer m.turns.Release(1)
	m.serve(w, r)
}

func (m *media) takeTurn(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	return m.turns.Acquire(ctx, 1) == nil
}

func (m *media) serve(w http.ResponseWriter, r *http.Request) {
	request := objectRequest(r)
	compress := strings.HasSuffix(request.Key, ".m3u8") && acceptsGzip(r.Header.Get("Accept-Encoding"))
	if compress {
		request.Range, request.HeadOnly = "", false // a HEAD of a compressed answer has its headers
	}
	object, err := m.open(r, request)
	if err != nil {
		m.fail(w, r, err)
		return
	}
	if object.Body != nil {
		defer object.Body.Close() //nolint:errcheck // read only
	}
	describe(w.Header(), object.Header)
	defer limitTime(w, object.Header.Get("Content-Length"))()
	switch {
	case compress && object.Header.Get("Content-Encoding") == "":
		m.noteError(r, writeGzip(w, r, object))
	default:
		m.noteError(r, writePlain(w, r, object))
	}
}

// open handles what S3 does not, or not the same everywhere: If-Range, by which
// a part is only sent when the viewer's copy is the same object, otherwise the
// whole (RFC 9110 section 13.1.5), and conditions on dates.
func (m *media) open(r *http.Request, request Request) (*Object, error) {
	validator := r.Header.Get("If-Range")
	if request.Range == "" || validator == "" {
		return m.openSince(r, request, r.Header.Get("If-Unmodified-Since"))
	}
	part, unmodifiedSince := request, validator
	if strings.HasPrefix(validator, `"`) {
		part.IfMatch, unmodifiedSince = validator, ""
	}
	object, err := m.openSince(r, part, unmodifiedSince)
	if errors.Is(err, ErrPrecondition) {
		request.Range = ""
		return m.openSince(r, request, "")
	}
	return object, err
}

func (m *media) openSince(r *http.Request, request Request, unmodifiedSince string) (*Object, error) {
	object, err := m.origin.Open(r.Context(), request)
	if err != nil {
		return nil, err
	}
	modifiedSince := r.Header.Get("If-Modified-Since")
	if request.IfNoneMatch != "" {
		modifiedSince = ""
	}
	if err := checkDates(object.Header.Get("Last-Modified"), modifiedSince, unmodifiedSince); err != nil {
		if object.Body != nil {
			_ = object.Body.Close() // read only
		}
		return nil, err
	}
	return object, nil
}

// checkDates holds the date of an object against conditions; one that is absent
// or cannot be read is ignored (RFC 9110 sections 13.1.3 and 13.1.4).
func checkDates(modified, modifiedSince, unmodifiedSince string) error {
	at, err := http.ParseTime(modified)
	if err != nil {
		return nil //nolint:nilerr // an object without a date has no conditions on it
	}
	if limit, err := http.ParseTime(unmodifiedSince); err == nil && at.After(limit) {
		return ErrPrecondition
	}
	if limit, err := http.ParseTime(modifiedSince); err == nil && !at.After(limit) {
		return ErrNotModified
	}
	return nil
}

func objectRequest(r *http.Request) Request {
	return Request{
		Key:         strings.TrimPrefix(r.URL.Path, "/"),
		HeadOnly:    r.Method == http.MethodHead,
		Range:       singleRange(r.Header.Get("Range")),
		IfMatch:     r.Header.Get("If-Match"),
		IfNoneMatch: strings.ReplaceAll(r.Header.Get("If-None-Match"), "W/", ""), // compressed answers carry weak tags
	}
}

// singleRange drops what is not one range of bytes: such a Range is ignored.
func singleRange(header string) string {
	spec, found := strings.CutPrefix(header, "bytes=")
	if !found || strings.Contains(spec, ",") || !strings.Contains(spec, "-") {
		return ""
	}
	return header
}

func describe(to, from http.Header) {
	for name, values := range from {
		to[name] = values
	}
	if to.Get("Cache-Control") == "" {
		to.Set("Cache-Control", immutable)
	}
	to.Set("Accept-Ranges", "bytes")
	to.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(to.Get("Content-Type"), "mpegurl") {
		to.Set("Vary", "Accept-Encoding")
	}
}

// buffers are for copying bodies: 128 KiB is what a TCP window takes well.
var buffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

func writePlain(w http.ResponseWriter, r *http.Request, object *Object) error {
	if object.Partial {
		w.WriteHeader(http.StatusPartialContent)
	}
	if r.Method == http.MethodHead || object.Body == nil {
		return nil
	}
	if file, ok := object.Body.(*fileBody); ok {
		_, err := io.Copy(w, &file.LimitedReader) // the kernel's sendfile, where the writer knows it
		return err
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	_, err := io.CopyBuffer(onlyWriter{w}, object.Body, *buffer)
	return err
}

// A viewer has patience plus the object's size at slowest to take it: one that
// stops reading would hold its turn for ever. No ladder has a rung that slow.
const (
	patience = time.Minute
	slowest  = 16 << 10 // bytes a second
)

// limitTime bounds the writing of an object; what it returns lifts the bound,
// since the connection is used again.
func limitTime(w http.ResponseWriter, size string) (lift func()) {
	bytes, _ := strconv.ParseInt(size, 10, 64) // unknown counts as none
	limit := patience + time.Duration(bytes/slowest)*time.Second
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(limit)) // recorders of tests have none
	return func() { _ = control.SetWriteDeadline(time.Time{}) }
}

// onlyWriter hides ReadFrom, so that the pooled buffer is used.
type onlyWriter struct{ io.Writer }

func (m *media) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNoObject):
		xmlError(w, r, http.StatusForbidden, "AccessDenied", "Access Denied")
	case errors.Is(err, ErrNotModified):
		w.Header().Set("Cache-Control", immutable)
		w.WriteHeader(http.StatusNotModified)
	case errors.Is(err, ErrPrecondition):
		xmlError(w, r, http.StatusPreconditionFailed, "PreconditionFailed", "A condition does not hold")
	case errors.Is(err, ErrRange):
		xmlError(w, r, http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
	default:
		m.noteError(r, err)
		w.Header().Set("Retry-After", "1")
		xmlError(w, r, http.StatusBadGateway, "OriginError", "The origin did not answer")
	}
}

// noteError logs what went wrong on our side; a viewer that left is no news.
func (m *media) noteError(r *http.Request, err error) {
	if err != nil && r.Context().Err() == nil {
		m.log.Warn("media object", "path", r.URL.Path, "error", err)
	}
}
