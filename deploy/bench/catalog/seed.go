package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	accounts = 100_000
	programs = 10
	courses  = 100 // ten a program
	webinars = 1000
	cues     = 300 // a webinar, of an hour
)

// words are what titles and captions are made of: few are common, many are rare.
const words = `(select string_agg((array['heart','failure','valve','rhythm','dose','trial','risk','stroke','lung','renal'])[1 + (random() * 9)::int] ||
	case when random() < 0.3 then (1000 * random() * random())::int::text else '' end, ' ') from generate_series(1, %d) where g is not null)`

// seed fills the database; coverage is how many rows of it.
func seed(ctx context.Context, db *pgxpool.Pool, coverage int) error {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	perDoctor := max(1, coverage/accounts)
	for _, sql := range []string{
		`set synchronous_commit = off`,
		`select setseed(0.5)`,
		`insert into programs (id, title) select 'prg_' || g, 'Certificate ' || ` + fmt.Sprintf(words, 2) + ` from generate_series(1, ` + fmt.Sprint(programs) + `) g`,
		`insert into program_rules (program_id, version, threshold_percent, counts, max_rate) select id, 1, 90, 'union', 2 from programs`,
		`insert into courses (id, program_id, title, position) select 'crs_' || g, 'prg_' || 1 + g % 10, ` + fmt.Sprintf(words, 3) + `, g from generate_series(1, ` + fmt.Sprint(courses) + `) g`,
		`insert into webinars (id, course_id, title, position) select 'web_' || g, 'crs_' || 1 + g % 100, ` + fmt.Sprintf(words, 5) + `, g from generate_series(1, ` + fmt.Sprint(webinars) + `) g`,
		`insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, published_at)
			select 'rec_' || g, 'web_' || g, 'x', 1, 1, 'ready', 3600000, now() from generate_series(1, ` + fmt.Sprint(webinars) + `) g`,
		`update webinars set current_recording_id = 'rec_' || substr(id, 5)`,
		`set session_replication_role = replica`, // what follows is right by itself
		`insert into accounts (id, email, name, roles, country) select 'acc_' || g, 'doctor' || g || '@hospital.org', 'Dr ' || (array['Ana','Bo','Cy','Di','Ed'])[1 + g % 5] || ' ' || md5(g::text),
			case when g % 500 = 0 then '{doctor,presenter}'::text[] else '{doctor}' end, 'PT' from generate_series(1, ` + fmt.Sprint(accounts) + `) g`,
		`insert into enrolments (id, program_id, account_id, via) select 'enr_' || g, 'prg_' || 1 + g % 10, 'acc_' || g, 'invitation' from generate_series(1, ` + fmt.Sprint(accounts) + `) g`,
		`insert into webinar_presenters select 'web_' || g, 'acc_' || 500 * (1 + g % 200) from generate_series(1, ` + fmt.Sprint(webinars) + `) g`,
		`insert into invitations (id, program_id, code_hash) select 'inv_' || g, 'prg_' || 1 + g % 10, g::text::bytea from generate_series(1, ` + fmt.Sprint(accounts) + `) g`,
		`insert into audit_log (actor, action, object_type, object_id) select 'tok_1', 'account.update', 'account', 'acc_' || 1 + g % 100000 from generate_series(1, 500000) g`,
		fmt.Sprintf(`insert into coverage (origin_id, enrolment_id, webinar_id, recording_id, source, ranges)
			select 'pbs_' || g || '_' || n, 'enr_' || g, 'web_' || 1 + (g + n * 7) %% 1000, 'rec_' || 1 + (g + n * 7) %% 1000, 'replay', '{[0,1800000)}'
			from generate_series(1, %d) g, generate_series(1, %d) n`, accounts, perDoctor),
		fmt.Sprintf(`insert into coverage_union (enrolment_id, webinar_id, recording_id, source, ranges)
			select 'enr_' || g, 'web_' || w, 'rec_' || w, 'replay', '{[0,1800000)}'
			from generate_series(1, %d) g, generate_series(1, 10) n, lateral (select ((g %% 10) + n * 10 * 9 + 900 * (n %% 2)) %% 1000 + 1 as w) x on conflict do nothing`, accounts),
		`set session_replication_role = origin`,
		fmt.Sprintf(`insert into captions (recording_id, lang, webvtt, cues, ends_ms)
			select 'rec_' || g, 'en', 'WEBVTT' || (select string_agg(E'\n\n' || to_char(make_interval(secs => c * 12), 'HH24:MI:SS') || '.000 --> ' || to_char(make_interval(secs => c * 12 + 10), 'HH24:MI:SS') || E'.000\n' || %s, '')
				from generate_series(1, %d) c), %d, 3600000 from generate_series(1, %d) g`, fmt.Sprintf(words, 8), cues, cues, webinars),
	} {
		began := time.Now()
		if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%.80s: %w", sql, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			fmt.Printf("filled %.60s… in %v\n", sql, took.Round(time.Second))
		}
	}
	_, err = db.Exec(ctx, `vacuum (analyze)`)
	return err
}
