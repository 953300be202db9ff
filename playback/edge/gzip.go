package edge

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// maxPlaylist bounds what is held in memory to be compressed: a day of 6-second
// segments is under a megabyte.
const maxPlaylist = 4 << 20

var errPlaylistSize = errors.New("playlist is too large to be compressed")

var compressors = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// writeGzip compresses a playlist (Apple HLS authoring specification 10.1). Its
// tag becomes a weak one, because the bytes differ from the object's.
func writeGzip(w http.ResponseWriter, r *http.Request, object *Object) error {
	compressed, err := compress(object.Body)
	if err != nil {
		xmlError(w, r, http.StatusBadGateway, "OriginError", "The origin did not answer")
		return err
	}
	h := w.Header()
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(compressed)))
	h.Del("Accept-Ranges")
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("ETag", "W/"+tag)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	_, err = w.Write(compressed)
	return err
}

func compress(body io.Reader) ([]byte, error) {
	var out bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&out)
	n, err := io.Copy(z, io.LimitReader(body, maxPlaylist+1))
	if err != nil {
		return nil, err
	}
	if n > maxPlaylist {
		return nil, errPlaylistSize
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3).
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(coding, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "*" {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(quality), "q=")
		value, err := strconv.ParseFloat(q, 64)
		return !found || err != nil || value > 0
	}
	return false
}
