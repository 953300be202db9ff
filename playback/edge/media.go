package edge

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// mediaHandler serves /media/*.
type mediaHandler struct {
	Config
	slots chan struct{}
}

func (h *mediaHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "This distribution serves GET and HEAD only.")
		return
	}
	if err := h.Verifier.Verify(r); err != nil {
		h.Log.InfoContext(r.Context(), "media refused", "path", r.URL.Path, "reason", err)
		refuse(w, http.StatusForbidden, codeOf(err), "Access denied")
		return
	}
	key, ok := keyOf(r)
	if !ok {
		refuse(w, http.StatusForbidden, "AccessDenied", "Access denied")
		return
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "SlowDown", "Too many requests at the same time.")
		return
	}
	h.serve(w, r, key)
}

// keyOf is the object's key: the path itself. Paths that are not in their
// shortest form, or that hide separators by encoding, name no object.
func keyOf(r *http.Request) (string, bool) {
	p := r.URL.EscapedPath()
	if p != r.URL.Path || path.Clean(p) != p || strings.ContainsAny(p, "\\\x00") {
		return "", false
	}
	return strings.TrimPrefix(p, "/"), true
}

func (h *mediaHandler) serve(w http.ResponseWriter, r *http.Request, key string) {
	if strings.HasSuffix(key, ".m3u8") {
		h.servePlaylist(w, r, key)
		return
	}
	found, err := h.Origin.Open(r.Context(), request(r, key))
	if err != nil {
		h.originFailed(w, r, err)
		return
	}
	setHeaders(w.Header(), found)
	status := http.StatusOK
	if found.ContentRange != "" {
		w.Header().Set("Content-Range", found.ContentRange)
		status = http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.FormatInt(found.Size, 10))
	w.WriteHeader(status)
	if found.Body == nil {
		return
	}
	defer found.Body.Close() //nolint:errcheck // read only
	if _, err := io.Copy(w, found.Body); err != nil && r.Context().Err() == nil {
		h.Log.WarnContext(r.Context(), "media answer broke off", "key", key, "error", err)
		panic(http.ErrAbortHandler) // the client must see that it did not get everything
	}
}

func request(r *http.Request, key string) Request {
	return Request{
		Key: key, Head: r.Method == http.MethodHead, Range: singleRange(r),
		IfNoneMatch: r.Header.Get("If-None-Match"), IfMatch: r.Header.Get("If-Match"),
		IfModifiedSince: date(r, "If-Modified-Since"), IfUnmodifiedSince: date(r, "If-Unmodified-Since"),
	}
}

// singleRange drops what S3 does not serve (several ranges) and ranges bound
// to a validator (If-Range): the whole object is a right answer to both.
func singleRange(r *http.Request) string {
	asked := r.Header.Get("Range")
	if strings.Contains(asked, ",") || r.Header.Get("If-Range") != "" {
		return ""
	}
	return asked
}

func date(r *http.Request, name string) time.Time {
	t, err := http.ParseTime(r.Header.Get(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

func setHeaders(header http.Header, o Object) {
	set := func(name, value string) {
		if value != "" {
			header.Set(name, value)
		}
	}
	set("Content-Type", o.ContentType)
	set("Cache-Control", o.CacheControl)
	set("ETag", o.ETag)
	set("Accept-Ranges", "bytes")
	set("X-Content-Type-Options", "nosniff")
	if !o.LastModified.IsZero() {
		header.Set("Last-Modified", o.LastModified.UTC().Format(http.TimeFormat))
	}
}

// originFailed answers for an object that did not come. A missing object is
// "denied", as S3 answers those who may not list: nothing can be tried out.
func (h *mediaHandler) originFailed(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNotModified):
		w.WriteHeader(http.StatusNotModified)
	case errors.Is(err, ErrNoObject):
		refuse(w, http.StatusForbidden, "AccessDenied", "Access denied")
	case errors.Is(err, ErrPrecondition):
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the preconditions did not hold.")
	case errors.Is(err, ErrRange):
		refuse(w, http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable.")
	case r.Context().Err() != nil:
		// The client went away; nobody reads an answer.
	default:
		h.Log.ErrorContext(r.Context(), "origin failed", "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "The origin does not answer. Please try again.")
	}
}
