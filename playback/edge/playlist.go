package edge

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxPlaylist bounds what is held in memory: a day of 6-second segments is one
// megabyte.
const maxPlaylist = 8 << 20

// servePlaylist answers a whole playlist, gzip-encoded when the client asks.
// Ranges of playlists are not served: no player asks for them.
func (h *mediaHandler) servePlaylist(w http.ResponseWriter, r *http.Request, key string) {
	asked := request(r, key)
	asked.Range, asked.Head = "", false
	asked.IfNoneMatch = strings.ReplaceAll(asked.IfNoneMatch, "-gzip\"", "\"")
	found, err := h.Origin.Open(r.Context(), asked)
	if err != nil {
		h.originFailed(w, r, err)
		return
	}
	defer found.Body.Close() //nolint:errcheck // read only
	content, err := io.ReadAll(io.LimitReader(found.Body, maxPlaylist))
	if err != nil {
		h.originFailed(w, r, fmt.Errorf("read playlist: %w", err))
		return
	}
	setHeaders(w.Header(), found)
	w.Header().Del("Accept-Ranges")
	writePlaylist(w, r, content, found.ETag)
}

func writePlaylist(w http.ResponseWriter, r *http.Request, content []byte, etag string) {
	w.Header().Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		var packed bytes.Buffer
		packer := gzip.NewWriter(&packed)
		_, _ = packer.Write(content) // a buffer does not fail
		_ = packer.Close()
		content = packed.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
		if etag != "" {
			w.Header().Set("ETag", strings.TrimSuffix(etag, `"`)+`-gzip"`)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the client may be gone
	}
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110 section 12.5.3).
func acceptsGzip(header string) bool {
	for _, part := range strings.Split(header, ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		if c := strings.ToLower(strings.TrimSpace(coding)); c != "gzip" && c != "*" {
			continue
		}
		weight, given := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !given || err == nil && q > 0
	}
	return false
}
