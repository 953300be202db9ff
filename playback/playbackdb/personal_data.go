package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// personalData says where data of a person ($1) lies in what was watched. The
// list of personal data in the docs names each table.
var personalData = []struct{ file, sql string }{
	{"watching", `select s.id, s.webinar_id, w.title, s.recording_id, s.device, s.started_at, s.ended_at, s.end_reason, s.last_beat_at, s.accepted_ms, s.refused_ms, s.viewer_code, s.merged_from
		from playback_sessions s join webinars w on w.id = s.webinar_id where s.account_id = $1 order by s.started_at`},
	{"coverage", `select c.origin_id, c.enrolment_id, c.webinar_id, c.recording_id, c.source, c.ranges::text as ranges_ms
		from coverage c join enrolments e on e.id = c.enrolment_id where e.account_id = $1 order by c.webinar_id, c.origin_id`},
	{"positions", `select p.webinar_id, p.recording_id, p.position_ms, p.device, p.updated_at from resume_positions p join enrolments e on e.id = p.enrolment_id where e.account_id = $1 order by p.webinar_id`},
	{"attendance", `select i.webinar_id, i.platform, a.email, a.name, a.joined_at, a.left_at, i.created_at as imported_at, i.retracted_at
		from attendance a join attendance_imports i on i.id = a.import_id join enrolments e on e.id = a.enrolment_id where e.account_id = $1 order by a.joined_at`},
	{"completions", `select c.enrolment_id, c.webinar_id, w.title, c.rule_version, c.recording_id, c.completed_at, c.waiver_id
		from completions c join enrolments e on e.id = c.enrolment_id join webinars w on w.id = c.webinar_id where e.account_id = $1 order by c.completed_at`},
	{"certificates", `select k.id, k.enrolment_id, e.program_id, k.issued_at from certificates k join enrolments e on e.id = k.enrolment_id where e.account_id = $1 order by k.id`},
	{"waivers", `select v.id, v.webinar_id, v.reason, v.created_at, v.revoked_at, v.revoke_reason from waivers v join enrolments e on e.id = v.enrolment_id where e.account_id = $1 order by v.created_at`},
	{"evidence", `select v.enrolment_id, v.number, v.record, encode(v.hash, 'hex') as hash from evidence v join enrolments e on e.id = v.enrolment_id
		where e.account_id = $1 or e.account_id in (select source_id from account_merges where target_id = $1) order by v.enrolment_id, v.number`},
	{"quality", `select q.session_id, q.webinar_id, q.at, q.country, q.device, q.browser, q.network, q.figures from qoe_views q join playback_sessions s on s.id = q.session_id
		where s.account_id = $1 order by q.at`},
	{"reports", `select id, at, webinar_id, session_id, position_ms, code, device, browser, done_at from play_reports where account_id = $1 order by id`},
	{"questions", `select q.id, q.at, q.webinar_id, w.title, q.recording_id, q.position_ms, q.text, q.answer, q.shared, q.answered_at, q.dismissed_at, q.withdrawn_at
		from questions q join webinars w on w.id = q.webinar_id where q.account_id = $1 order by q.id`},
}

// PersonalData calls each for every kind of data that is kept of what an account
// watched, with the name of a file and an array of JSON, all as of one moment.
func (s *Store) PersonalData(ctx context.Context, id catalog.AccountID, each func(file string, content []byte) error) (err error) {
	defer wrap(&err, "what %q has watched", id)
	return pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, d := range personalData {
			var content string
			if err := tx.QueryRow(ctx, `select coalesce(json_agg(row_to_json(t)), '[]')::text from (`+d.sql+`) t`, id).Scan(&content); err != nil {
				return err
			}
			if err := each(d.file, []byte(content)); err != nil {
				return err
			}
		}
		return nil
	})
}

// EraseWatched forgets what accounts have watched but for the webinars that they
// have completed: there sessions and coverage stay, as the record of credit
// names them, without anything that leads to a person. Evidence is not touched:
// it names accounts by their ids only. It is for the transaction that erases the
// accounts.
func (s *Store) EraseWatched(ctx context.Context, tx pgx.Tx, e identity.Erasure) (err error) {
	defer wrap(&err, "erase what was watched")
	for _, id := range e.Accounts {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.playback:' || $1, 0))`, id); err != nil {
			return err
		}
	}
	for _, sql := range eraseSteps {
		if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"accounts": e.Accounts, "addresses": e.Addresses}); err != nil {
			return err
		}
	}
	return nil
}

// notCertified selects rows r of webinars that an account has not completed.
const notCertified = `r.enrolment_id in (select id from enrolments where account_id = any(@accounts))
	and not exists (select from completions c where (c.enrolment_id, c.webinar_id) = (r.enrolment_id, r.webinar_id))`

// eraseSteps take accounts and their addresses. Sessions are locked first, as by
// all writers.
var eraseSteps = []string{
	`select from playback_sessions where account_id = any(@accounts) order by id for no key update`,
	`delete from qoe_views q using playback_sessions r where q.session_id = r.id and ` + notCertified,
	`delete from playback_sessions r where ` + notCertified,
	`update playback_sessions set login_id = '', viewer_code = '', access_hash = null, ended_at = coalesce(ended_at, clock_timestamp()) where account_id = any(@accounts)`,
	`delete from coverage r where ` + notCertified,
	`delete from coverage_union r where ` + notCertified,
	`delete from carried r where ` + notCertified,
	`delete from resume_positions r using enrolments e where e.id = r.enrolment_id and e.account_id = any(@accounts)`,
	`update attendance a set email = '', name = '' where a.enrolment_id in (select id from enrolments where account_id = any(@accounts)) or a.email = any(@addresses) and a.email <> ''`,
	`delete from key_fetches where account_id = any(@accounts)`,
	`delete from play_reports where account_id = any(@accounts)`,
	`delete from questions where account_id = any(@accounts)`,
}
