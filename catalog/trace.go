package catalog

import (
	"context"
	"log/slog"
)

// Tracer records what belongs together over processes: a request, the job that
// it put into a queue, the programs which that started. Whoever does work takes
// one, and knows nothing of where spans go; [Untraced] records nothing.
//
// Names and values of spans leave the service for other systems. They may hold
// ids of ours, counts and kinds; never an address, a name or a code of a person,
// a key, a token, a URL or a path.
type Tracer interface {
	// Begin begins a span below the one in ctx, and returns ctx with it.
	Begin(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, Span)
	// Aside takes ctx out of its span, for what is repeated as long as something
	// lasts: each renewal of a lease in a span of its own would bury the rest.
	Aside(ctx context.Context) context.Context
	// Carry spells the span of ctx for another process (W3C Trace Context, header
	// traceparent); empty when there is none.
	Carry(ctx context.Context) string
	// Under puts ctx below a span that Carry spelled; text that it did not spell
	// changes nothing.
	Under(ctx context.Context, carried string) context.Context
}

// Span is work that is going on.
type Span interface {
	// Note adds what became known of it.
	Note(attrs ...slog.Attr)
	// End ends it, well unless err says why not. Of err only a kind is kept: its
	// text may hold anything.
	End(err error)
}

// Untraced is a Tracer that records nothing.
type Untraced struct{}

// Begin implements Tracer.
func (Untraced) Begin(ctx context.Context, _ string, _ ...slog.Attr) (context.Context, Span) {
	return ctx, untraced{}
}

// Aside implements Tracer.
func (Untraced) Aside(ctx context.Context) context.Context { return ctx }

// Carry implements Tracer.
func (Untraced) Carry(context.Context) string { return "" }

// Under implements Tracer.
func (Untraced) Under(ctx context.Context, _ string) context.Context { return ctx }

type untraced struct{}

func (untraced) Note(...slog.Attr) {}
func (untraced) End(error)         {}

// Traced is t, or Untraced when there is none.
func Traced(t Tracer) Tracer {
	if t == nil {
		return Untraced{}
	}
	return t
}

type logAttrsKey struct{}

// WithLogAttrs makes every line that is logged with the returned context name
// these too: the request, the job, the recording that it is about.
func WithLogAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	known := LogAttrs(ctx)
	return context.WithValue(ctx, logAttrsKey{}, append(known[:len(known):len(known)], attrs...))
}

// LogAttrs are what WithLogAttrs has put into ctx.
func LogAttrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(logAttrsKey{}).([]slog.Attr)
	return attrs
}
