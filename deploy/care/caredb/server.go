package caredb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/deploy/care"
)

// Store asks one database.
type Store struct{ db *pgxpool.Pool }

// New returns a store over a pool.
func New(db *pgxpool.Pool) *Store { return &Store{db: db} }

// wrap says what was asked when it failed.
func wrap(err *error, what string) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", what, *err)
	}
}

// Server asks what it is. Age is zero when no schema is there yet.
func (s *Store) Server(ctx context.Context) (f care.Server, err error) {
	defer wrap(&err, "ask the database what it is")
	conn, err := s.db.Acquire(ctx) // connecting is no part of the round trip
	if err != nil {
		return f, err
	}
	defer conn.Release()
	began := time.Now()
	if err := conn.QueryRow(ctx, `select clock_timestamp()`).Scan(&f.Now); err != nil {
		return f, err
	}
	f.RoundTrip = time.Since(began)
	var migrated, peopled bool
	err = conn.QueryRow(ctx, `
		select current_setting('server_version_num')::int, current_setting('rds.extensions', true) is not null, pg_is_in_recovery(),
			pg_database_size(current_database()), to_regclass('schema_version') is not null, to_regclass('accounts') is not null`).
		Scan(&f.Version, &f.Managed, &f.Standby, &f.Bytes, &migrated, &peopled)
	if err != nil || !migrated {
		return f, err
	}
	if err := conn.QueryRow(ctx, `select version from schema_version`).Scan(&f.Schema); err != nil || !peopled {
		return f, err
	}
	var age float64
	err = conn.QueryRow(ctx, `select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from accounts`).Scan(&age)
	f.Age = seconds(age)
	return f, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Connections are those of all clients, and how many there may be.
func (s *Store) Connections(ctx context.Context) (used, most int, err error) {
	defer wrap(&err, "count connections")
	err = s.db.QueryRow(ctx, `
		select (select count(*) from pg_stat_activity where backend_type = 'client backend'),
			current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`).Scan(&used, &most)
	return used, most, err
}

// Transactions looks for what holds others up, in all databases but for walsenders.
func (s *Store) Transactions(ctx context.Context) (t care.Transactions, err error) {
	defer wrap(&err, "look at transactions")
	var oldest float64
	err = s.db.QueryRow(ctx, `
		select coalesce(extract(epoch from max(now() - xact_start)), 0)::float8,
			coalesce((array_agg(state || ': ' || left(regexp_replace(query, '\s+', ' ', 'g'), 60) order by xact_start))[1], ''),
			count(*) filter (where wait_event_type = 'Lock' and now() - query_start > interval '10 seconds'),
			(select count(*) from pg_prepared_xacts)
		from pg_stat_activity where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()`).
		Scan(&oldest, &t.Query, &t.Waiting, &t.Prepared)
	t.Oldest = seconds(oldest)
	return t, err
}

// Vacuum finds the table with the most dead rows.
func (s *Store) Vacuum(ctx context.Context) (v care.Vacuum, err error) {
	defer wrap(&err, "look at vacuum")
	err = s.db.QueryRow(ctx, `
		select coalesce(t.relname, 'none'), coalesce(t.n_dead_tup, 0), coalesce(t.n_live_tup, 0), age(d.datfrozenxid)
		from pg_database d left join lateral (
			select relname, n_dead_tup, n_live_tup from pg_stat_user_tables order by n_dead_tup desc limit 1) t on true
		where d.datname = current_database()`).Scan(&v.Table, &v.Dead, &v.Live, &v.XIDs)
	return v, err
}

// Archiving asks how WAL leaves. How many segments wait is told to members of
// pg_monitor only.
func (s *Store) Archiving(ctx context.Context) (a care.Archiving, now time.Time, err error) {
	defer wrap(&err, "look at the archiving of WAL")
	var idle *bool
	var monitor bool
	err = s.db.QueryRow(ctx, `
		select now(), current_setting('archive_mode') <> 'off', current_setting('rds.extensions', true) is not null,
			last_archived_time, last_failed_time, coalesce(last_failed_wal, ''), coalesce(slot_name, ''), not active,
			case when pg_is_in_recovery() then 0 else coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0) end,
			pg_has_role('pg_monitor', 'usage')
		from pg_stat_archiver left join lateral (
			select slot_name, active, restart_lsn from pg_replication_slots order by restart_lsn limit 1) slot on true`).
		Scan(&now, &a.On, &a.Managed, &a.Last, &a.LastFailed, &a.FailedWAL, &a.Slot, &idle, &a.SlotBytes, &monitor)
	a.SlotIdle, a.Waiting = idle != nil && *idle, -1
	if err == nil && monitor {
		err = s.db.QueryRow(ctx, `select count(*) from pg_ls_archive_statusdir() where name like '%.ready'`).Scan(&a.Waiting)
	}
	return a, now, err
}

// Partitions looks at those of players' events: whether there is one for the day
// after now, and which are older than keep (and two days, for upkeep to come).
func (s *Store) Partitions(ctx context.Context, now time.Time, keep time.Duration) (p care.Partitions, err error) {
	defer wrap(&err, "look at partitions")
	name := func(at time.Time) string { return "qoe_events_" + at.UTC().Format("20060102") }
	rows, err := s.db.Query(ctx, `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = 'qoe_events'::regclass order by 1`)
	if err != nil {
		return p, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, n := range names {
		p.Tomorrow = p.Tomorrow || n == name(now.AddDate(0, 0, 1))
		if n < name(now.Add(-keep).AddDate(0, 0, -2)) {
			p.Overdue = append(p.Overdue, n)
		}
	}
	return p, err
}
