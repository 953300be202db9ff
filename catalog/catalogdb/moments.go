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
// Columns: at, kind, title, address, device, by, reason, detail.
const momentsQuery = `
	with addresses as materialized (
		select email from accounts where id = $1 union select email from account_emails where account_id = $1),
	told as (
		(select created_at as at, 'invited' as kind, program_id as program, coalesce(email, '') as address, '' as device, created_by as actor, '' as reason, '' as detail
			from invitations where used_by = $1 or email in (select email from addresses) order by created_at desc limit $2)
		union all (select created_at, 'registered', '', email, '', '', '', '' from accounts where id = $1)
		union all (select disabled_at, 'blocked', '', '', '', '', '', 'the account may not sign in' from accounts where id = $1 and disabled_at is not null)
		union all (select created_at, 'enrolled', program_id, '', '', '', '', case via when 'admin' then 'by an administrator' when 'spot' then 'at an event' else 'by an invitation' end
			from enrolments where account_id = $1)
		union all (select withdrawn_at, 'blocked', program_id, '', '', '', withdraw_reason, '' from enrolments where account_id = $1 and withdrawn_at is not null)
		union all (select at, 'consent', '', '', '', recorded_by, '', purpose || ', text ' || text_version || ': ' || case when granted then 'granted' else 'withdrawn' end
			from consents where account_id = $1 order by at desc limit $2)
		union all (select c.created_at, case when c.issued_by = '' then 'code_asked' else 'code_read_out' end, '', c.email, '', c.issued_by, '', case when c.used_at is null then '' else 'it is used up' end
			from one_time_codes c where (c.account_id = $1 or c.email in (select email from addresses))
				and not exists (select from audit_log l where (l.object_type, l.object_id, l.action) = ('account', $1, 'support.send_code') and l.detail->>'code_id' = c.id)
			order by c.created_at desc limit $2)
		union all (select created_at, 'code_wrong', '', email, '', '', '', tries || case tries when 1 then ' wrong try' else ' wrong tries' end || case when tries >= $3 then ', so that the code is void' else '' end
			from one_time_codes where (account_id = $1 or email in (select email from addresses)) and tries > 0 order by created_at desc limit $2)
		union all (select coalesce(sent_at, given_up_at), case when sent_at is null or receipt = 'failed' then 'message_failed' else 'message_sent' end, '',
				case channel when 'email' then recipient else handed_to end, '', '', '',
				replace(kind, '_', ' ') || case channel when 'sms' then ' by SMS' when 'whatsapp' then ' by WhatsApp' else '' end
					|| case receipt when 'delivered' then ', it arrived' when 'read' then ', it was read' when 'failed' then ', it was sent and did not arrive' else '' end
					|| case when receipt_detail <> '' then ' – ' || receipt_detail when given_up_at is not null and last_error <> '' then ' – ' || last_error else '' end
			from messages where recipient in (select email from addresses) and coalesce(sent_at, given_up_at) is not null order by id desc limit $2)
		union all (select noted_at, 'bounced', '', address, '', '', '', case when reason = 'complaint' then 'its owner complained' when channel = 'email' then 'mail comes back' else 'messages do not arrive' end || case detail when '' then '' else ' – ' || detail end
			from undeliverable where channel = 'email' and address in (select email from addresses)
				or channel <> 'email' and address = (select phone_confirmed from accounts where id = $1))
		union all (select at, 'signed_in', '', '', device, '', '', ''
			from sign_ins where account_id = $1 order by at desc limit $2)
		union all (select at, case action when 'support.send_code' then 'code_asked' when 'keys.bulk' then 'blocked' else 'corrected' end, '', '', '', actor, coalesce(detail->>'reason', ''),
				concat_ws(', ', case action when 'support.send_code' then 'it was sent again' when 'keys.bulk' then 'more recordings were opened than is allowed'
						when 'account.update' then 'by an administrator' when 'support.link_email' then detail->>'email' || ' was linked' when 'support.unlink_email' then detail->>'email' || ' was taken off' end,
					'the name was ' || (detail->>'old_name') || ' and is ' || (detail->>'new_name'), 'the address was ' || (detail->>'old_email') || ' and is ' || (detail->>'new_email'))
			from audit_log where object_type = 'account' and object_id = $1
				and action in ('support.send_code', 'support.correct', 'support.link_email', 'support.unlink_email', 'account.update', 'keys.bulk') order by id desc limit $2)
		union all (select merged_at, 'merged', '', '', '', merged_by, reason, source_id from account_merges where target_id = $1)
		union all (select created_at, 'erasure', '', '', '', '', note, '' from erasure_requests where account_id = $1))
	select t.at, t.kind, coalesce(p.title, ''), t.address, t.device,
		coalesce(a.name, 'the token ' || k.name, nullif(t.actor, '')), t.reason, t.detail
	from told t left join programs p on p.id = t.program
	left join accounts a on a.id = t.actor left join api_tokens k on k.id = t.actor
	order by t.at desc`

// Moments tells what happened to an account outside of playing, the newest
// first; what she did herself is by nobody.
func (s *Store) Moments(ctx context.Context, id catalog.AccountID) (moments []identity.Moment, err error) {
	defer wrap(&err, "moments of %q", id)
	rows, err := s.db.Query(ctx, momentsQuery, id, maxMoments, identity.CodeTries)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m identity.Moment, err error) {
		var by *string
		err = row.Scan(&m.At, &m.Kind, &m.Title, &m.Address, &m.Device, &by, &m.Reason, &m.Detail)
		if by != nil {
			m.By = *by
		}
		if m.Kind == identity.MomentSignedIn {
			m.Device = identity.DeviceName(m.Device)
		}
		return m, err
	})
}
