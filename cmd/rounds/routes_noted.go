package main

import (
	"cmp"
	"log/slog"
	"regexp"
)

var ginParameter = regexp.MustCompile(`[:*](\w+)`)

// noteRoute leaves the template of a request's route for its span, and counts
// what came of tries to sign in. Pages call the API inside the process: what they
// ask for is a span below their own.
func (s *server) noteRoute(c *ginContext) {
	ctx := c.Request.Context()
	route := ginParameter.ReplaceAllString(c.FullPath(), "{$1}")
	note, _ := ctx.Value(requestNoteKey{}).(*requestNote)
	switch {
	case note == nil: // in tests of the bare API
		c.Next()
		return
	case note.route == "":
		note.route = cmp.Or(route, "pages")
		c.Next()
		if route == "" && c.Request.Pattern != "" {
			note.route = c.Request.Pattern
		}
	default:
		inner, span := s.trace.Begin(ctx, "api "+c.Request.Method+" "+route)
		c.Request = c.Request.WithContext(inner)
		note.code = ""
		c.Next()
		span.Note(slog.Int("http.response.status_code", c.Writer.Status()))
		span.End(nil)
	}
	s.metrics.signIn(c.Request.Method+" "+route, c.Writer.Status(), note.code)
}
