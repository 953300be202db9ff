package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"rounds/catalog"
	"rounds/cmd/rounds/telemetry"
)

// collector counts what is sent to it.
func collector(t *testing.T) (address string, batches *atomic.Int32) {
	t.Helper()
	batches = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { batches.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, batches
}

func tracer(t *testing.T, c telemetry.Config) *telemetry.Tracer {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	tracer, err := telemetry.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

// TestNothingIsRecordedUnlessWanted: without an address, and for the share of
// traces that is not kept, nothing is sent.
func TestNothingIsRecordedUnlessWanted(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	address, batches := collector(t)
	for name, test := range map[string]struct {
		config telemetry.Config
		sent   int32
	}{
		"no address":   {telemetry.Config{Ratio: 1}, 0},
		"none is kept": {telemetry.Config{Endpoint: address, Ratio: 0}, 0},
		"all are kept": {telemetry.Config{Endpoint: address, Ratio: 1}, 1},
	} {
		batches.Store(0)
		tr := tracer(t, test.config)
		ctx, span := tr.Begin(t.Context(), "work")
		_, inner := tr.Begin(ctx, "part")
		inner.End(nil)
		span.End(errors.New("some text"))
		if err := tr.Close(t.Context()); err != nil || batches.Load() != test.sent {
			t.Errorf("%s: %d batches, %v", name, batches.Load(), err)
		}
		if kept := telemetry.TraceID(ctx) != ""; kept != (test.sent > 0) {
			t.Errorf("%s: the log would name the trace %q", name, telemetry.TraceID(ctx))
		}
	}
	if _, err := telemetry.New(t.Context(), telemetry.Config{Endpoint: "collector:4318"}); err == nil {
		t.Error("an address that is none is taken")
	}
}

// TestStrangersContinueNoTrace: only one of our own proxies is believed, and what
// is behind us gets our span in place of what came.
func TestStrangersContinueNoTrace(t *testing.T) {
	t.Parallel()
	address, _ := collector(t)
	tr := tracer(t, telemetry.Config{Endpoint: address, Ratio: 1})
	const given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, believed := range []bool{true, false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Traceparent", given)
		r.Header.Set("Baggage", "address=doctor@example.org")
		ctx, end := tr.Request(r, believed)
		end(telemetry.Answered{Route: "/", Status: 200})
		if continued := strings.Contains(tr.Carry(ctx), "0af7651916cd43dd8448eb211c80319c"); continued != believed {
			t.Errorf("believed %v: %s", believed, tr.Carry(ctx))
		}
		if r.Header.Get("Traceparent") != tr.Carry(ctx) || r.Header.Get("Baggage") != "" {
			t.Errorf("handed on: %v", r.Header)
		}
	}
	if ctx := tr.Under(t.Context(), "nonsense"); tr.Carry(ctx) != "" {
		t.Error("nonsense is a trace")
	}
	ctx := tr.Under(t.Context(), given)
	if tr.Carry(ctx) != given || tr.Carry(tr.Aside(ctx)) != "" {
		t.Errorf("carried %q, aside %q", tr.Carry(ctx), tr.Carry(tr.Aside(ctx)))
	}
	if err := tr.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestACollectorThatIsAwayCostsNothing: work goes on, and the end does not wait.
func TestACollectorThatIsAwayCostsNothing(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tr := tracer(t, telemetry.Config{Endpoint: gone.URL, Ratio: 1})
	_, span := tr.Begin(t.Context(), "work")
	span.End(nil)
	began := time.Now()
	_ = tr.Close(t.Context()) // what it says is of the collector
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the end waited for %v", took)
	}
}

// TestKindsHoldNoText: what leaves the service of an error is its kind.
func TestKindsHoldNoText(t *testing.T) {
	t.Parallel()
	secret := "duplicate key (email)=(doctor@example.org)"
	for _, test := range []struct {
		err  error
		want string
	}{
		{&pgconn.PgError{Code: "23505", Message: secret}, "SQLSTATE 23505"},
		{fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "timeout"},
		{fmt.Errorf("%s: %w", secret, catalog.ErrLeaseLost), "lease_lost"},
		{fmt.Errorf("%s: %w", secret, errors.New(secret)), "*errors.errorString"},
	} {
		if got := telemetry.KindOf(test.err); got != test.want {
			t.Errorf("%v is %q", test.err, got)
		}
	}
}
