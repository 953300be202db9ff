package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog"
)

var (
	idNames = regexp.MustCompile(`\{((?:[a-z_]+_)?id)\}`)
	idForm  = regexp.MustCompile(`^[0-9A-Za-z_-]{1,100}$`)
)

// withIDs refuses paths with an id that nothing can have, before anybody looks
// for it: there is nothing there.
func withIDs(api huma.API) {
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		for _, name := range idNames.FindAllStringSubmatch(ctx.Operation().Path, -1) {
			if !idForm.MatchString(ctx.Param(name[1])) {
				c := humagin.Unwrap(ctx)
				writeProblem(c.Writer, c.Request, catalog.ErrNotFound)
				return
			}
		}
		next(ctx)
	})
}

// headLikeGet answers HEAD to the API as GET, without the body (RFC 9110 section
// 9.3.2). A stream of events ends with its beginning.
func headLikeGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := strings.HasSuffix(r.URL.Path, "/"+catalog.Fallback) // has a HEAD of its own
		if r.Method != http.MethodHead || !strings.HasPrefix(r.URL.Path, "/v1/") || own {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		get := r.WithContext(ctx)
		get.Method = http.MethodGet
		next.ServeHTTP(&headWriter{ResponseWriter: w, cancel: cancel}, get)
	})
}

// headWriter lets the server leave the body out, which knows that it was asked
// for none, and ends what would go on after its beginning.
type headWriter struct {
	http.ResponseWriter
	cancel context.CancelFunc
}

// Flush implements http.Flusher.
func (w *headWriter) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // nobody waits for the rest
	w.cancel()
}

// Unwrap serves http.ResponseController.
func (w *headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
