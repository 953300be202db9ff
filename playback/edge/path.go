package edge

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// plainPath tells whether a path is spelled in the only way our keys are:
// letters, digits, "_", "-", "." and "/", no empty, "." or ".." element, nothing
// percent-encoded. Everything else cannot be a key of ours, so refusing it
// costs nothing and leaves no second spelling of a path to think about.
func plainPath(u *url.URL) bool {
	if u.RawPath != "" || u.EscapedPath() != u.Path {
		return false
	}
	for i := range len(u.Path) {
		if !plainByte(u.Path[i]) {
			return false
		}
	}
	for _, element := range strings.Split(u.Path[1:], "/") {
		if element == "" || element == "." || element == ".." {
			return false
		}
	}
	return true
}

func plainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("/_-.", c) >= 0
}

// xmlError answers as S3 and CloudFront do. Refusals are never cached.
func xmlError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	body := `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
	h := w.Header()
	h.Set("Content-Type", "text/xml")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(body)) // the viewer may be gone
	}
}
