package telemetry

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestErrorsAreToldOnceInAWhile: a collector that is away is no line for each batch.
func TestErrorsAreToldOnceInAWhile(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]int{time.Hour: 1, 0: 3} {
		told := 0
		tell := atMostEvery(pause, func(error) { told++ })
		for range 3 {
			tell(errors.New("away"))
		}
		if told != want {
			t.Errorf("with a pause of %v: told %d times, want %d", pause, told, want)
		}
	}
}

// TestEachStatementIsObserved, whether there are traces or not.
func TestEachStatementIsObserved(t *testing.T) {
	t.Parallel()
	var failed []string
	d := Off().Database(func(took time.Duration, kind string) {
		if took < 0 {
			t.Errorf("took %v", took)
		}
		failed = append(failed, kind)
	})
	for _, err := range []error{nil, pgx.ErrNoRows} {
		ctx := d.TraceQueryStart(t.Context(), nil, pgx.TraceQueryStartData{SQL: "select 1"})
		d.TraceQueryEnd(ctx, nil, pgx.TraceQueryEndData{Err: err})
	}
	batches, ok := d.(pgx.BatchTracer)
	if !ok {
		t.Fatal("batches are not seen")
	}
	ctx := batches.TraceBatchStart(t.Context(), nil, pgx.TraceBatchStartData{Batch: &pgx.Batch{}})
	batches.TraceBatchEnd(ctx, nil, pgx.TraceBatchEndData{})
	if len(failed) != 3 || failed[0] != "" || failed[1] == "" || failed[2] != "" {
		t.Errorf("observed %q", failed)
	}
}
