package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxMoments bounds what is told of one kind of source: the newest.
const maxMoments = 200

// momentsQuery reads what happened to an account ($1), by all its addresses.
// Columns: at, kind, title, address, device, by, whether that is a token, reason, detail as detailOf reads it.
const momentsQuery = `
	with addresses as materialized (
		select email from accounts where id = $1 union select email from account_emails where account_id = $1),
	told as (
		(select created_at as at, 'invited' as kind, program_id as program, coalesce(email, '') as address, '' as device, created_by as actor, '' as reason, '{}'::text[] as detail
			from invitations where used_by = $1 or email in (select email from addresses) order by created_at desc limit $2)
		union all (select created_at, 'registered', '', email, '', '', '', '{}' from accounts where id = $1)
		union all (select disabled_at, 'blocked', '', '', '', '', '', '{disabled}' from accounts where id = $1 and disabled_at is not null)
		union all (select created_at, 'enrolled', program_id, '', '', '', '', array['via', via]
			from enrolments where account_id = $1)
		union all (select withdrawn_at, 'blocked', program_id, '', '', '', withdraw_reason, '{}' from enrolments where account_id = $1 and withdrawn_at is not null)
		union all (select at, 'consent', '', '', '', recorded_by, '', array['consent', purpose, text_version, granted::text]
			from consents where account_id = $1 order by at desc limit $2)
		union all (select c.created_at, case when c.issued_by = '' then 'code_asked' else 'code_read_out' end, '', c.email, '', c.issued_by, '', case when c.used_at is null then '{}' else '{used}'::text[] end
			from one_time_codes c where (c.account_id = $1 or c.email in (select email from addresses))
				and not exists (select from audit_log l where (l.object_type, l.object_id, l.action) = ('account', $1, 'support.send_code') and l.detail->>'code_id' = c.id)
			order by c.created_at desc limit $2)
		union all (select created_at, 'code_wrong', '', email, '', '', '', array['tries', tries::text]
			from one_time_codes where (account_id = $1 or email in (select email from addresses)) and tries > 0 order by created_at desc limit $2)
		union all (select coalesce(sent_at, given_up_at), case when sent_at is null or receipt = 'failed' then 'message_failed' else 'message_sent' end, '',
				case channel when 'email' then recipient else handed_to end, '', '', '',
				array['message', kind, channel, coalesce(receipt, ''), case when receipt_detail <> '' then receipt_detail when given_up_at is not null then last_error else '' end]
			from messages where recipient in (select email from addresses) and coalesce(sent_at, given_up_at) is not null order by id desc limit $2)
		union all (select noted_at, 'bounced', '', address, '', '', '', array['bounce', reason, channel, detail]
			from undeliverable where channel = 'email' and address in (select email from addresses)
				or channel <> 'email' and address = (select phone_confirmed from accounts where id = $1))
		union all (select at, 'signed_in', '', '', device, '', '', '{}'
			from sign_ins where account_id = $1 order by at desc limit $2)
		union all (select at, case action when 'support.send_code' then 'code_asked' when 'keys.bulk' then 'blocked' else 'corrected' end, '', '', '', actor, coalesce(detail->>'reason', ''),
				array['act', action, coalesce(detail->>'email', ''), coalesce(detail->>'old_name', ''), coalesce(detail->>'new_name', ''), coalesce(detail->>'old_email', ''), coalesce(detail->>'new_email', '')]
			from audit_log where object_type = 'account' and object_id = $1
				and action in ('support.send_code', 'support.correct', 'support.link_email', 'support.unlink_email', 'account.update', 'keys.bulk') order by id desc limit $2)
		union all (select merged_at, 'merged', '', '', '', merged_by, reason, array[source_id] from account_merges where target_id = $1)
		union all (select created_at, 'erasure', '', '', '', '', note, '{}' from erasure_requests where account_id = $1))
	select t.at, t.kind, coalesce(p.title, ''), t.address, t.device,
		coalesce(a.name, k.name, t.actor), k.name is not null, t.reason, t.detail
	from told t left join programs p on p.id = t.program
	left join accounts a on a.id = t.actor left join api_tokens k on k.id = t.actor
	order by t.at desc`

// Moments tells what happened to an account outside of playing, the newest
// first; what she did herself is by nobody.
func (s *Store) Moments(ctx context.Context, id catalog.AccountID) (moments []identity.Moment, err error) {
	defer wrap(&err, "moments of %q", id)
	rows, err := s.db.Query(ctx, momentsQuery, id, maxMoments)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m identity.Moment, err error) {
		var detail []string
		err = row.Scan(&m.At, &m.Kind, &m.Title, &m.Address, &m.Device, &m.By, &m.Token, &m.Reason, &detail)
		m.Detail = detailOf(detail)
		if m.Kind == identity.MomentSignedIn {
			m.Device = identity.DeviceName(m.Device)
		}
		return m, err
	})
}
