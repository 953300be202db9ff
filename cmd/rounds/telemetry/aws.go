package telemetry

import (
	"context"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Call is one request to AWS or what stands for it, a repetition being a new one.
type Call struct {
	Service, Operation string
	Status             int // of HTTP; 0 when none came
	Took               time.Duration
	Err                error
}

// AWS records calls that belong to a span, and tells observe of every one. It
// is for the APIOptions of an AWS client. Signing a URL is no call. Keys of
// objects are not recorded: they hold the random part that protects them.
func (t *Tracer) AWS(observe func(Call)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("rounds telemetry",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				c := Call{Service: awsmiddleware.GetServiceID(ctx), Operation: awsmiddleware.GetOperationName(ctx)}
				var s trace.Span
				if trace.SpanFromContext(ctx).IsRecording() {
					ctx, s = t.tracer.Start(ctx, c.Service+" "+c.Operation, trace.WithSpanKind(trace.SpanKindClient),
						trace.WithAttributes(attribute.String("rpc.system", "aws-api"), attribute.String("rpc.service", c.Service), attribute.String("rpc.method", c.Operation)))
				}
				began := time.Now()
				out, metadata, err := next.HandleDeserialize(ctx, in)
				c.Took, c.Err = time.Since(began), err
				if answer, ok := out.RawResponse.(*smithyhttp.Response); ok && answer != nil {
					c.Status = answer.StatusCode
				}
				observe(c)
				if s != nil {
					endCall(s, c)
				}
				return out, metadata, err
			}), middleware.Before)
	}
}

func endCall(s trace.Span, c Call) {
	s.SetAttributes(attribute.Int("http.response.status_code", c.Status))
	if c.Err != nil {
		s.SetStatus(codes.Error, KindOf(c.Err))
	}
	s.End()
}
