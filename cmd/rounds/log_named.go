package main

import (
	"context"
	"log/slog"

	"rounds/catalog"
	"rounds/cmd/rounds/telemetry"
)

// named adds to each line what its context knows of: the request, the job and
// the recording that it is about, and the trace that shows the rest.
type named struct{ slog.Handler }

// Handle implements slog.Handler.
func (n named) Handle(ctx context.Context, r slog.Record) error {
	attrs := catalog.LogAttrs(ctx)
	trace := telemetry.TraceID(ctx)
	if len(attrs) == 0 && trace == "" {
		return n.Handler.Handle(ctx, r)
	}
	said := map[string]bool{} // by the line itself, or closer to it
	r.Attrs(func(a slog.Attr) bool {
		said[a.Key] = true
		return true
	})
	r = r.Clone()
	for i := len(attrs) - 1; i >= 0; i-- {
		if a := attrs[i]; !said[a.Key] {
			said[a.Key] = true
			r.AddAttrs(a)
		}
	}
	if trace != "" {
		r.AddAttrs(slog.String("trace_id", trace))
	}
	return n.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (n named) WithAttrs(attrs []slog.Attr) slog.Handler { return named{n.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (n named) WithGroup(name string) slog.Handler { return named{n.Handler.WithGroup(name)} }
