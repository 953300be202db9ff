package caredb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/deploy/care"
)

// Keep stores a report.
func (s *Store) Keep(ctx context.Context, r care.Report) (err error) {
	defer wrap(&err, "keep a report")
	_, err = s.db.Exec(ctx, `insert into care_runs (kind, host, done_at, light, report) values ($1, $2, $3, $4, $5)`, r.Kind, r.Host, r.At, r.Light, r)
	return err
}

// Last is the newest report of a kind; ok is false when there is none.
func (s *Store) Last(ctx context.Context, kind care.Kind) (r care.Report, ok bool, err error) {
	defer wrap(&err, "read the last report")
	err = s.db.QueryRow(ctx, `select report from care_runs where kind = $1 order by done_at desc limit 1`, kind).Scan(&r)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Lasts are the newest report of each kind, the newest of all first.
func (s *Store) Lasts(ctx context.Context) (reports []care.Report, err error) {
	defer wrap(&err, "read the last reports")
	rows, err := s.db.Query(ctx, `
		select report from (select distinct on (kind) done_at, report from care_runs where kind in ('daily', 'weekly') order by kind, done_at desc) last
		order by done_at desc`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[care.Report])
}

// Past is how the last reports went, the newest first.
func (s *Store) Past(ctx context.Context, most int) (past []care.Past, err error) {
	defer wrap(&err, "read how reports went")
	rows, err := s.db.Query(ctx, `
		select kind, host, done_at, light, array(select l->>'check' from jsonb_array_elements(report->'lines') l where l->>'light' = 'red')
		from care_runs where kind in ('daily', 'weekly') order by done_at desc limit $1`, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[care.Past])
}

// Note puts on record that something was done well.
func (s *Store) Note(ctx context.Context, kind care.RunKind, host string, figures map[string]float64) (err error) {
	defer wrap(&err, "put on record")
	text, err := json.Marshal(figures)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `insert into care_runs (kind, host, light, report) values ($1, $2, 'green', $3)`, kind, host, text)
	return err
}

// Done is the last time that something was done well; nil: never.
func (s *Store) Done(ctx context.Context, kind care.RunKind) (d *care.Done, now time.Time, err error) {
	defer wrap(&err, "read what is on record")
	var at *time.Time
	var figures map[string]float64
	err = s.db.QueryRow(ctx, `
		select now(), r.done_at, r.report from (values (1)) v left join lateral (
			select done_at, report from care_runs where kind = $1 order by done_at desc limit 1) r on true`, kind).Scan(&now, &at, &figures)
	if err != nil || at == nil {
		return nil, now, err
	}
	return &care.Done{At: *at, Figures: figures}, now, nil
}

// Forget removes what is older than age and returns how much.
func (s *Store) Forget(ctx context.Context, age time.Duration) (forgotten int64, err error) {
	defer wrap(&err, "forget old reports")
	tag, err := s.db.Exec(ctx, `delete from care_runs where done_at < now() - $1::interval`, age)
	return tag.RowsAffected(), err
}

// Admins are the addresses of administrators who can sign in, with their languages.
func (s *Store) Admins(ctx context.Context) (found []Admin, err error) {
	defer wrap(&err, "list administrators")
	rows, err := s.db.Query(ctx, `select id, email, name, coalesce(locale, '') from accounts where 'admin' = any(roles) and disabled_at is null order by id limit 50`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Admin])
}

// Admin is one who is told.
type Admin struct{ ID, Email, Name, Locale string }
