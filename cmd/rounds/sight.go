package main

import (
	"context"
	"fmt"
	"log/slog"

	smithy "github.com/aws/smithy-go/middleware"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"rounds/cmd/rounds/telemetry"
)

// traceConfig says where traces go.
type traceConfig struct {
	OTLPEndpoint string  `name:"otlp-endpoint" env:"ROUNDS_OTLP_ENDPOINT" help:"Where traces are sent: OTLP over HTTP, e.g. http://127.0.0.1:4318. Empty: the standard OTEL_EXPORTER_OTLP_ENDPOINT; without either there are none."`
	TraceRatio   float64 `name:"trace-ratio" env:"ROUNDS_TRACE_RATIO" default:"0.05" help:"Share of traces that are kept, 0 to 1; what continues a trace keeps to what its beginning decided."`
}

// sight is what makes a process visible: its figures and its traces.
type sight struct {
	registry *prometheus.Registry
	trace    *telemetry.Tracer
}

// sight begins to look at a process that does one part of the service. The
// caller closes it.
func (c traceConfig) sight(ctx context.Context, part string, log *slog.Logger) (*sight, error) {
	if c.TraceRatio < 0 || c.TraceRatio > 1 {
		return nil, fmt.Errorf("ROUNDS_TRACE_RATIO: %g is not between 0 and 1", c.TraceRatio)
	}
	tracer, err := telemetry.New(ctx, telemetry.Config{
		Endpoint: c.OTLPEndpoint, Ratio: c.TraceRatio, Service: "rounds-" + part, Version: readBuildInfo().Release, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_OTLP_ENDPOINT: %w", err)
	}
	return &sight{registry: newRegistry(), trace: tracer}, nil
}

func (s *sight) close(ctx context.Context, log *slog.Logger) {
	if err := s.trace.Close(ctx); err != nil {
		log.WarnContext(ctx, "the last spans were not sent", "error", err)
	}
}

// database has statements seen, and then the pool.
func (s *sight) database(c *pgxpool.Config) {
	c.ConnConfig.Tracer = s.trace.Database(newStatementMetrics(s.registry).observe)
}

// storage has calls of S3 seen.
func (s *sight) storage() func(*smithy.Stack) error {
	return s.trace.AWS(newStorageMetrics(s.registry).observe)
}
