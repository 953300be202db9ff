package main

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
)

// doctor is somebody who is signed in and watches.
type doctor struct {
	cookie  string // of the login
	session string // playback session
	seq     int64  // of the last beat
}

// webinar and recording that everybody watches, and its program.
const (
	program    = "prg_bench"
	course     = "crs_bench"
	webinar    = "web_bench"
	recording  = "rec_bench"
	token      = "0123456789abcdefghjkmnpqrs"
	durationMS = 20 * 24 * 3600 * 1000 // longer than any run
	beatMS     = 10_000
)

// seed makes the doctors, each signed in and watching since a month ago: what
// the clock allows is no limit here.
func (b *bench) seed(ctx context.Context) error {
	if err := seedWatching(ctx, b.db, b.options.doctors); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(b.cluster.URL("rounds"))
	if err != nil {
		return err
	}
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	quick, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer quick.Close()
	manager := logins.New(logins.Config{DB: quick})
	b.doctors = make([]doctor, b.options.doctors)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range b.doctors {
		group.Go(func() error {
			n := strconv.Itoa(i + 1)
			cookie, err := manager.Start(ctx, identity.Login{AccountID: catalog.AccountID("acc_" + n), Remembered: true})
			if err == nil {
				b.doctors[i] = doctor{cookie: cookie.Value, session: "pbs_" + n}
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	_, err = b.db.Exec(context.WithoutCancel(ctx), `vacuum (analyze)`)
	return err
}

// seedWatching fills a database with one webinar and doctors who watch it.
func seedWatching(ctx context.Context, db *pgxpool.Pool, doctors int) error {
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`insert into programs (id, title) values ($1, 'Cardiology')`, []any{program}},
		{`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 1, 90, 'union', 2)`, []any{program}},
		{`insert into courses (id, program_id, title) values ($1, $2, 'Heart failure')`, []any{course, program}},
		{`insert into webinars (id, course_id, title) values ($1, $2, 'Beta blockers')`, []any{webinar, course}},
		{`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, published_at)
			values ($1, $2, 'talk.mp4', 1000, 8388608, 'ready', $3, $4, now())`, []any{recording, webinar, durationMS, token}},
		{`update webinars set current_recording_id = $1`, []any{recording}},
		{`insert into accounts (id, email, name) select 'acc_' || n, n || '@example.org', 'Doctor' from generate_series(1, $1::int) n`, []any{doctors}},
		{`insert into enrolments (id, program_id, account_id, via) select 'enr_' || n, $2, 'acc_' || n, 'admin' from generate_series(1, $1::int) n`, []any{doctors, program}},
		{`insert into playback_sessions (id, enrolment_id, account_id, webinar_id, recording_id, started_at, speed_limit)
			select 'pbs_' || n, 'enr_' || n, 'acc_' || n, $2, $3, now() - interval '30 days', 200 from generate_series(1, $1::int) n`, []any{doctors, webinar, recording}},
	} {
		if _, err := db.Exec(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	return nil
}
