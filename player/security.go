package player

import (
	"net/http"
	"strings"
)

// maxForm bounds what a page's form may send.
const maxForm = 1 << 20

// secure adds the headers every page carries, refuses forms that another site
// sent, and bounds their size.
func (s *site) secure(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(s.BaseURL); err != nil {
		s.log.Warn("base URL is not an origin", "base_url", s.BaseURL, "error", err)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.showError(w, r, http.StatusForbidden, "error.cross_site")
	}))
	guarded := protection.Handler(next)
	policy := contentPolicy(s.UploadOrigin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: that turns a form's Origin into "null", which old browsers are checked by.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store") // pages are personal; assets set their own
		r.Body = http.MaxBytesReader(w, r.Body, formLimit(r.URL.Path))
		guarded.ServeHTTP(w, r)
	})
}

// formLimit is how much a form may send, by its path.
func formLimit(path string) int64 {
	switch {
	case strings.HasSuffix(path, "/materials"):
		return maxMaterialForm
	case strings.HasSuffix(path, "/captions"):
		return maxCaptionForm
	case strings.HasSuffix(path, "/attendance"), path == "/admin/people/import":
		return maxReportForm
	default:
		return maxForm
	}
}

// contentPolicy is the Content-Security-Policy (W3C CSP Level 3). hls.js plays
// through blob: URLs; uploads go to the storage's origin, and presenters watch them
// from there; everything else is ours.
func contentPolicy(uploadOrigin string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"font-src 'self'",
		strings.TrimSpace("connect-src 'self' " + uploadOrigin),
		strings.TrimSpace("media-src 'self' blob: " + uploadOrigin),
		"worker-src 'self' blob:",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"object-src 'none'",
	}, "; ")
}
