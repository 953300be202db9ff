package playbackdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/playback"
	"rounds/playback/qoe"
)

// Rolling up works on so many sessions at a time, and looks back so far behind
// the last time: events are written a second after they came, and one that is
// counted already is not counted again.
const (
	rollSessions = 500
	rollOverlap  = 15 * time.Minute
)

// RollUpQuality adds the events that came since the last time to the views of
// their sessions and returns how many sessions it looked at. name is the upkeep
// that it is done as, which knows when that was. Idempotent.
func (s *Store) RollUpQuality(ctx context.Context, name string) (sessions int, err error) {
	defer wrap(&err, "roll up quality")
	var since time.Time
	if err := s.db.QueryRow(ctx, `select coalesce(max(done_at), 'epoch') from upkeep where name = $1`, name).Scan(&since); err != nil {
		return 0, err
	}
	rows, err := s.db.Query(ctx, `
		select session_id, n, kind, at_ms, detail, received_at from qoe_events where received_at >= $1 order by session_id, n`, since.Add(-rollOverlap))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	roll := roller{store: s, events: map[string][]storedEvent{}}
	var session string
	var e storedEvent
	_, err = pgx.ForEachRow(rows, []any{&session, &e.N, &e.Kind, &e.AtMS, &e.Detail, &e.received}, func() error {
		if err := roll.add(ctx, session, e); err != nil {
			return err
		}
		e.Detail = qoe.Detail{}
		return nil
	})
	if err == nil {
		err = roll.flush(ctx)
	}
	return roll.done, err
}

// storedEvent is an event with when it came.
type storedEvent struct {
	qoe.Event
	received time.Time
}

// roller collects whole sessions.
type roller struct {
	store  *Store
	events map[string][]storedEvent
	done   int
}

func (r *roller) add(ctx context.Context, session string, e storedEvent) error {
	if _, known := r.events[session]; !known && len(r.events) == rollSessions {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	r.events[session] = append(r.events[session], e)
	return nil
}

// storedView is a view with the numbers of its events.
type storedView struct {
	view qoe.View
	seen playback.Ranges
}

func (r *roller) flush(ctx context.Context) error {
	if len(r.events) == 0 {
		return nil
	}
	err := pgx.BeginFunc(ctx, r.store.db, func(tx pgx.Tx) error {
		views, err := lockViews(ctx, tx, r.events)
		if err != nil {
			return err
		}
		return writeViews(ctx, tx, r.events, views)
	})
	r.done += len(r.events)
	clear(r.events)
	return err
}

func lockViews(ctx context.Context, tx pgx.Tx, events map[string][]storedEvent) (map[string]storedView, error) {
	ids := make([]string, 0, len(events))
	for id := range events {
		ids = append(ids, id)
	}
	rows, err := tx.Query(ctx, `select session_id, figures, seen::text from qoe_views where session_id = any($1) order by session_id for update`, ids)
	if err != nil {
		return nil, err
	}
	views := map[string]storedView{}
	var id string
	var v storedView
	_, err = pgx.ForEachRow(rows, []any{&id, &v.view, rangesColumn{&v.seen}}, func() error {
		views[id] = v
		v.view = qoe.View{}
		return nil
	})
	return views, err
}

// writeViews folds what was not seen before. Sessions that there are not, and
// those that nobody has asked to play, leave no view.
func writeViews(ctx context.Context, tx pgx.Tx, events map[string][]storedEvent, views map[string]storedView) error {
	var ids, devices, browsers, networks, seen []string
	var at []time.Time
	var figures []qoe.View
	var startup []*int64
	var stalled []int64
	var exited, failed []bool
	for id, fresh := range events {
		v := views[id]
		for _, e := range fresh {
			if n := int64(e.N); !v.seen.Contains(n) {
				v.seen = v.seen.Union(playback.NewRanges(playback.Range{From: n, To: n + 1}))
				v.view = qoe.Fold(v.view, e.Event)
			}
		}
		ids, at, figures, seen = append(ids, id), append(at, fresh[0].received), append(figures, v.view), append(seen, formatRanges(v.seen))
		devices, browsers, networks = append(devices, v.view.Device), append(browsers, v.view.Browser), append(networks, network(v.view))
		startup, stalled = append(startup, v.view.StartupMS), append(stalled, v.view.StalledMS)
		exited, failed = append(exited, v.view.Exited()), append(failed, v.view.Failed())
	}
	_, err := tx.Exec(ctx, `
		insert into qoe_views as v (session_id, webinar_id, at, country, device, browser, network, seen, figures, startup_ms, stalled_ms, exited, failed)
		select s.id, s.webinar_id, u.at, a.country, u.device, u.browser, u.network, u.seen::int4multirange, u.figures, u.startup, u.stalled, u.exited, u.failed
		from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[], $9::bigint[], $10::bool[], $11::bool[])
			as u(id, at, device, browser, network, seen, figures, startup, stalled, exited, failed)
		join playback_sessions s on s.id = u.id join accounts a on a.id = s.account_id
		order by s.id
		on conflict (session_id) do update set device = excluded.device, browser = excluded.browser, network = excluded.network, seen = excluded.seen,
			figures = excluded.figures, startup_ms = excluded.startup_ms, stalled_ms = excluded.stalled_ms, exited = excluded.exited, failed = excluded.failed`,
		ids, at, devices, browsers, networks, seen, figures, startup, stalled, exited, failed)
	return err
}

// network is what figures are grouped by: how fast the line is, where the
// browser tells it, else what it is.
func network(v qoe.View) string {
	if v.Network != "" {
		return v.Network
	}
	return v.Link
}

// DropQuality forgets the single events of days that began longer than age ago
// and returns how many days that were. What they came to is kept.
func (s *Store) DropQuality(ctx context.Context, age time.Duration, now time.Time) (days int, err error) {
	defer wrap(&err, "drop events of players")
	rows, err := s.db.Query(ctx, `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = 'qoe_events'::regclass and c.relname < $1 order by 1`, partitionName(now.Add(-age)))
	if err != nil {
		return 0, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range names {
		if err == nil {
			err = s.dropPartition(ctx, name)
		}
		if err == nil {
			days++
		}
	}
	return days, err
}

// dropPartition gives up when it would have to wait for long, since everybody
// who writes would wait behind it.
func (s *Store) dropPartition(ctx context.Context, name string) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local lock_timeout = '2s'`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, fmt.Sprintf(`drop table %s`, pgx.Identifier{name}.Sanitize()))
		return err
	})
}
