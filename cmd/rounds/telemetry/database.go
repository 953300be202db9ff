package telemetry

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Database records statements that belong to a span, and tells observe of every
// one: how long it took and, when it failed, what kind of error it was. It is
// our own and not a library's, for those begin a trace with every poll of a queue.
func (t *Tracer) Database(observe func(took time.Duration, failed string)) pgx.QueryTracer {
	return &databaseTracer{tracer: t.tracer, observe: observe}
}

type databaseTracer struct {
	tracer  trace.Tracer
	observe func(time.Duration, string)
}

var _ pgx.BatchTracer = (*databaseTracer)(nil)

type statementKey struct{}

// statement is one on its way; span is nil when nobody asked for it.
type statement struct {
	began time.Time
	span  trace.Span
}

// TraceQueryStart implements pgx.QueryTracer.
func (d *databaseTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return d.begin(ctx, q.SQL)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (d *databaseTracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryEndData) {
	d.end(ctx, q.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (d *databaseTracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	ctx = d.begin(ctx, "batch")
	if s, ok := ctx.Value(statementKey{}).(statement); ok && s.span != nil {
		s.span.SetAttributes(attribute.Int("db.operation.batch.size", b.Batch.Len()))
	}
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (d *databaseTracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (d *databaseTracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchEndData) {
	d.end(ctx, b.Err)
}

func (d *databaseTracer) begin(ctx context.Context, sql string) context.Context {
	s := statement{began: time.Now()}
	if trace.SpanFromContext(ctx).IsRecording() {
		text := oneLine(sql)
		ctx, s.span = d.tracer.Start(ctx, "sql "+nameOf(text), trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", text)))
	}
	return context.WithValue(ctx, statementKey{}, s)
}

func (d *databaseTracer) end(ctx context.Context, err error) {
	s, ok := ctx.Value(statementKey{}).(statement)
	if !ok {
		return
	}
	failed := ""
	if err != nil {
		failed = KindOf(err)
	}
	d.observe(time.Since(s.began), failed)
	if s.span == nil {
		return
	}
	if failed != "" {
		s.span.SetStatus(codes.Error, failed)
	}
	s.span.End()
}

// nameOf is the verb of a statement, or the name that a comment at its beginning
// gives it, as in River's: "-- name: JobInsertFastMany :many".
func nameOf(text string) string {
	words := strings.Fields(text)
	switch {
	case len(words) > 2 && words[0] == "--" && words[1] == "name:":
		return words[2]
	case len(words) > 0:
		return strings.ToLower(words[0])
	}
	return "nothing"
}

// longestSQL is how much of a statement is kept.
const longestSQL = 300

// oneLine is the beginning of a statement; its arguments are no part of it.
func oneLine(sql string) string {
	if len(sql) > 4*longestSQL {
		sql = sql[:4*longestSQL]
	}
	text := strings.Join(strings.Fields(sql), " ")
	return strings.ToValidUTF8(text[:min(len(text), longestSQL)], "")
}
