package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// personalData says where data of a person ($1, and as addresses) lies. The list
// of personal data in the docs names each table.
var personalData = []struct{ file, sql string }{
	{"account", `select id, email, name, roles, country, time_zone, speciality, locale, phone, certificate_name, council, council_number, message_channel, phone_confirmed, codes_by_phone,
		created_at, updated_at, disabled_at from accounts where id = $1`},
	{"addresses", `select email, signs_in, added_at from account_emails where account_id = $1 order by added_at`},
	{"consents", `select purpose, text_version, granted, at, recorded_by from consents where account_id = $1 order by at`},
	{"enrolments", `select e.id, e.program_id, p.title, e.via, e.created_at, e.withdrawn_at, e.withdraw_reason, e.merged_from
		from enrolments e join programs p on p.id = e.program_id where e.account_id = $1 order by e.created_at`},
	{"invitations", `select i.id, i.program_id, i.email, i.via, i.created_at, i.expires_at, i.used_at from invitations i
		where i.used_by = $1 or i.email in (` + addressesOf + `) order by i.created_at`},
	{"event_requests", `select id, window_id, email, registration, state, reason, created_at, decided_at from spot_requests where email in (` + addressesOf + `) order by created_at`},
	{"messages", `select id, channel, recipient, kind, handed_to, created_at, sent_at, given_up_at, last_error, receipt, receipt_at from messages where recipient in (` + addressesOf + `) order by created_at`},
	{"undeliverable", `select channel, address, reason, detail, noted_at from undeliverable where address in (` + addressesOf + `) or address in (select phone from accounts where id = $1 and phone <> '')`},
	{"codes", `select email, tries, created_at, expires_at, used_at, issued_by, network from one_time_codes where account_id = $1 or email in (` + addressesOf + `) order by created_at`},
	{"phone_codes", `select phone, channel, tries, created_at, expires_at, used_at from phone_codes where account_id = $1 order by created_at`},
	{"sign_ins", `select at, device from sign_ins where account_id = $1 order by at`},
	{"sessions", `select login_id, device, remembered, created_at, last_used_at, expiry from sessions where account_id = $1 order by created_at`},
	{"calendar_feed", `select created_at from calendar_feeds where account_id = $1`},
	{"passkeys", `select name, created_at, last_used_at from passkeys where account_id = $1 order by created_at`},
	{"lists_of_people", `select import_id, line, email, profile, outcome from account_import_rows where account_id = $1 or email in (` + addressesOf + `) order by import_id, line`},
	{"merged_accounts", `select source_id, merged_at, reason from account_merges where target_id = $1 order by merged_at`},
	{"erasure_requests", `select note, state, created_at, decided_at, reason from erasure_requests where account_id = $1 order by created_at`},
	{"names_in_reports", `select program_id, name, added_at from attendance_names where account_id = $1 order by added_at`},
	{"attendance_claims", `select webinar_id, email, name, note, state, created_at, decided_at, reason from attendance_claims where account_id = $1 order by created_at`},
	{"changes", `select at, actor, action, detail from audit_log where object_type = 'account' and object_id = $1 order by id`},
	{"acts", `select at, action, object_type, object_id, detail from audit_log where actor = $1 order by id`},
}

const addressesOf = `select email from accounts where id = $1 union select email from account_emails where account_id = $1`

// PersonalData implements catalogapi.PersonalData for what is kept outside of
// playing, all as of one moment. That it was given out is audited.
func (s *Store) PersonalData(ctx context.Context, id catalog.AccountID, each func(file string, content []byte) error) (err error) {
	defer wrap(&err, "personal data of %q", id)
	if err := noteExport(ctx, s, id); err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, d := range personalData {
			content, err := one[string](ctx, tx, `select coalesce(json_agg(row_to_json(t)), '[]')::text from (`+d.sql+`) t`, id)
			if err != nil {
				return err
			}
			if err := each(d.file, []byte(content)); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteExport writes down that somebody's data was given out; catalog.ErrNotFound.
func noteExport(ctx context.Context, s *Store, id catalog.AccountID) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readAccount(ctx, tx, `id = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, "account.export", "account", string(id), map[string]any{"own": identity.FromContext(ctx).AccountID == id})
	})
}
