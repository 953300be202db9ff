package telemetry

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Answered is what became known of a request on its way.
type Answered struct {
	Route  string // a template: /v1/webinars/{id}; never the path
	Status int
	Code   string // of the problem that it was answered with
	ID     string // of the request
}

// Request begins the span of a request. When the sender is believed (one of our
// own proxies), it continues the trace in the headers; from anybody else a trace
// begins here, or strangers would decide what is kept. Whoever is behind us gets
// the span by the request's headers.
func (t *Tracer) Request(r *http.Request, believed bool) (ctx context.Context, end func(Answered)) {
	ctx = r.Context()
	if believed {
		ctx = format.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	for _, name := range []string{"Traceparent", "Tracestate", "Baggage"} {
		r.Header.Del(name)
	}
	ctx, s := t.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", r.Method)))
	if t.on {
		format.Inject(ctx, propagation.HeaderCarrier(r.Header))
	}
	return ctx, func(a Answered) {
		if s.IsRecording() {
			s.SetName(r.Method + " " + a.Route)
			s.SetAttributes(attribute.String("http.route", a.Route), attribute.Int("http.response.status_code", a.Status), attribute.String("request.id", a.ID))
			if a.Code != "" {
				s.SetAttributes(attribute.String("error.type", a.Code))
			}
			if a.Status >= http.StatusInternalServerError {
				s.SetStatus(codes.Error, a.Code)
			}
		}
		s.End()
	}
}
