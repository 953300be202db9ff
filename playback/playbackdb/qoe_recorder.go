package playbackdb

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/playback/qoe"
)

// Limits of what is kept of players' events.
const (
	eventsWaiting    = 20_000      // beyond it they are dropped: the database has something better to do
	eventsFlush      = time.Second // how long they wait to be written together
	eventsBatch      = 2000
	eventsPerSession = 600 // an hour and process; a player in real trouble tells some dozens
	eventsSessions   = 100_000
)

// EventRecorder writes what players notice, beside the beats that bring it: in
// a transaction of its own, a second later, and not at all when the database
// has enough to do. A beat never waits for it and never fails by it. What a
// process has not yet written goes with it.
type EventRecorder struct {
	db      *pgxpool.Pool
	queue   chan rawEvent
	dropped atomic.Int64
	day     string // the last partition that was made

	mu      sync.Mutex
	told    map[catalog.PlaybackSessionID]int
	toldEnd time.Time
}

type rawEvent struct {
	session catalog.PlaybackSessionID
	qoe.Event
}

// NewEventRecorder returns a recorder over db, which the caller closes after
// Run has ended.
func NewEventRecorder(db *pgxpool.Pool) *EventRecorder {
	return &EventRecorder{db: db, queue: make(chan rawEvent, eventsWaiting), told: map[catalog.PlaybackSessionID]int{}}
}

// Record takes events of a session that sent a beat. It returns at once.
func (r *EventRecorder) Record(session catalog.PlaybackSessionID, events []qoe.Event) {
	take := r.admit(session, len(events), time.Now())
	r.dropped.Add(int64(len(events) - take))
	for _, e := range events[:take] {
		select {
		case r.queue <- rawEvent{session, e}:
		default:
			r.dropped.Add(1)
		}
	}
}

// Dropped is how many events were not kept since the start.
func (r *EventRecorder) Dropped() int64 { return r.dropped.Load() }

// admit tells how many of n events a session may still tell in this hour.
func (r *EventRecorder) admit(session catalog.PlaybackSessionID, n int, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.After(r.toldEnd) || len(r.told) > eventsSessions {
		r.told, r.toldEnd = map[catalog.PlaybackSessionID]int{}, now.Add(time.Hour)
	}
	n = min(n, eventsPerSession-r.told[session])
	r.told[session] += n
	return n
}

// Run writes until ctx ends, then what is left. It logs nothing: failed is
// called for what could not be written, and the events are dropped.
func (r *EventRecorder) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(eventsFlush)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.Flush(context.WithoutCancel(ctx), failed)
			return
		case <-tick.C:
			r.Flush(ctx, failed)
		}
	}
}

// Flush writes what waits now. One at a time.
func (r *EventRecorder) Flush(ctx context.Context, failed func(error)) {
	for {
		batch := r.take()
		if len(batch) == 0 {
			return
		}
		if err := r.write(ctx, batch, time.Now().UTC()); err != nil {
			r.dropped.Add(int64(len(batch)))
			failed(fmt.Errorf("write %d events of players: %w", len(batch), err))
		}
	}
}

func (r *EventRecorder) take() []rawEvent {
	var batch []rawEvent
	for len(batch) < eventsBatch {
		select {
		case e := <-r.queue:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

func (r *EventRecorder) write(ctx context.Context, batch []rawEvent, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.makePartition(ctx, now); err != nil {
		return err
	}
	if err := r.keepReports(ctx, batch, now); err != nil {
		return err
	}
	_, err := r.db.CopyFrom(ctx, pgx.Identifier{"qoe_events"}, []string{"received_at", "session_id", "n", "kind", "at_ms", "detail"},
		pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			e := batch[i]
			return []any{now, string(e.session), e.N, string(e.Kind), e.AtMS, e.Detail}, nil
		}))
	return err
}

// partitionName is the partition of the day that a moment lies in.
func partitionName(at time.Time) string { return "qoe_events_" + at.UTC().Format("20060102") }

// makePartition makes the partition of today, once a process and day.
func (r *EventRecorder) makePartition(ctx context.Context, now time.Time) error {
	name := partitionName(now)
	if name == r.day {
		return nil
	}
	err := makePartition(ctx, r.db, now)
	if err == nil {
		r.day = name
	}
	return err
}

// MakePartitions makes the partitions of today and tomorrow, so that nobody has to
// wait at midnight. It is idempotent.
func (s *Store) MakePartitions(ctx context.Context, now time.Time) (err error) {
	defer wrap(&err, "make partitions of events")
	for _, at := range []time.Time{now, now.Add(24 * time.Hour)} {
		var there bool
		if err := s.db.QueryRow(ctx, `select to_regclass($1) is not null`, partitionName(at)).Scan(&there); err != nil {
			return err
		}
		if there {
			continue
		}
		if err := makePartition(ctx, s.db, at); err != nil {
			return err
		}
	}
	return nil
}

// makePartition makes that of one day. The lock keeps two processes from making it
// at the same moment, which PostgreSQL answers with an error also for "if not
// exists". It gives up when it would have to wait for long, as dropPartition does.
func makePartition(ctx context.Context, db *pgxpool.Pool, at time.Time) error {
	day := at.UTC().Truncate(24 * time.Hour)
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.qoe.partition', 0)), set_config('lock_timeout', '2s', true)`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, fmt.Sprintf(`create table if not exists %s partition of qoe_events for values from ('%s') to ('%s')`,
			pgx.Identifier{partitionName(at)}.Sanitize(), day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339)))
		return err
	})
}
