package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"rounds/catalog"
)

// Config says where spans go.
type Config struct {
	Endpoint string  // of OTLP over HTTP, http://host:4318; empty: the standard OTEL_EXPORTER_OTLP_… settings, else none
	Ratio    float64 // of traces that are kept, 0 to 1
	Service  string  // "rounds-serve"
	Version  string
	Log      *slog.Logger // is told, at most once a minute, that spans are not taken
}

// Tracer implements catalog.Tracer. It is safe for concurrent use.
type Tracer struct {
	tracer trace.Tracer
	close  func(context.Context) error
	on     bool
}

var _ catalog.Tracer = (*Tracer)(nil)

// format is W3C Trace Context.
var format propagation.TraceContext

// closeTimeout bounds the sending of what is left at the end.
const closeTimeout = 5 * time.Second

// New returns a Tracer, one that records nothing when no endpoint is set. It
// does not fail when nobody answers there. The caller closes it.
func New(ctx context.Context, c Config) (*Tracer, error) {
	if c.Endpoint == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return Off(), nil
	}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.namespace", "rounds"), attribute.String("service.name", c.Service), attribute.String("service.version", c.Version)))
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(atMostEvery(time.Minute, func(err error) {
		c.Log.WarnContext(ctx, "traces are not taken, spans are lost", "error", err)
	})))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithResource(about),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Ratio))),
	)
	return &Tracer{tracer: provider.Tracer("rounds"), close: provider.Shutdown, on: true}, nil
}

// atMostEvery passes on the first error of each stretch of time.
func atMostEvery(pause time.Duration, tell func(error)) func(error) {
	var mu sync.Mutex
	var last time.Time
	return func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= pause {
			last = now
			tell(err)
		}
	}
}

// Off returns a Tracer that records nothing.
func Off() *Tracer {
	return &Tracer{tracer: noop.NewTracerProvider().Tracer("rounds"), close: func(context.Context) error { return nil }}
}

// options are of the exporter; without an endpoint it reads its standard settings.
func (c Config) options() ([]otlptracehttp.Option, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("not an http address")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	return []otlptracehttp.Option{otlptracehttp.WithEndpointURL(u.String())}, nil
}

// On tells whether anything is recorded.
func (t *Tracer) On() bool { return t.on }

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return t.close(ctx)
}

// Begin implements catalog.Tracer.
func (t *Tracer) Begin(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, catalog.Span) {
	ctx, s := t.tracer.Start(ctx, name, trace.WithAttributes(values(attrs)...))
	return ctx, span{s}
}

// Aside implements catalog.Tracer.
func (t *Tracer) Aside(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, nil)
}

// Carry implements catalog.Tracer.
func (t *Tracer) Carry(ctx context.Context) string {
	carried := propagation.MapCarrier{}
	format.Inject(ctx, carried)
	return carried["traceparent"]
}

// Under implements catalog.Tracer.
func (t *Tracer) Under(ctx context.Context, carried string) context.Context {
	return format.Extract(ctx, propagation.MapCarrier{"traceparent": carried})
}

// TraceID names the trace that ctx belongs to, if that is kept.
func TraceID(ctx context.Context) string {
	if s := trace.SpanContextFromContext(ctx); s.IsSampled() {
		return s.TraceID().String()
	}
	return ""
}

// span implements catalog.Span.
type span struct{ trace.Span }

func (s span) Note(attrs ...slog.Attr) { s.SetAttributes(values(attrs)...) }

func (s span) End(err error) {
	if err != nil {
		kind := KindOf(err)
		s.SetAttributes(attribute.String("error.type", kind))
		s.SetStatus(codes.Error, kind)
	}
	s.Span.End()
}

// KindOf names what an error is without a word of its text, which may hold what
// must not leave the service.
func KindOf(err error) string {
	var state interface{ SQLState() string }
	var api interface{ ErrorCode() string }
	switch {
	case errors.As(err, &state):
		return "SQLSTATE " + state.SQLState()
	case errors.As(err, &api):
		return api.ErrorCode()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, catalog.ErrLeaseLost):
		return "lease_lost"
	case errors.Is(err, catalog.ErrNotFound):
		return "not_found"
	case errors.Is(err, catalog.ErrUnavailable):
		return "unavailable"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return reflect.TypeOf(err).String()
}

// values turns attributes into those of OpenTelemetry.
func values(attrs []slog.Attr) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindBool:
			list = append(list, attribute.Bool(a.Key, v.Bool()))
		case slog.KindInt64:
			list = append(list, attribute.Int64(a.Key, v.Int64()))
		case slog.KindFloat64:
			list = append(list, attribute.Float64(a.Key, v.Float64()))
		default:
			list = append(list, attribute.String(a.Key, v.String()))
		}
	}
	return list
}
