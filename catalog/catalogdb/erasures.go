package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectErasure = `
	select r.id, r.account_id, a.name, a.email, r.note, r.state, r.created_at, r.decided_at, r.reason
	from erasure_requests r join accounts a on a.id = r.account_id where `

// AskErasure keeps a person's wish to be forgotten. While one is open it is
// the one that is returned.
func (s *Store) AskErasure(ctx context.Context, id catalog.AccountID, note string) (r identity.ErasureRequest, err error) {
	defer wrap(&err, "ask for erasure of %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into erasure_requests (id, account_id, note) values ($1, $2, $3) on conflict (account_id) where state = 'open' do nothing`,
			catalog.NewID("ers"), id, note)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectErasure+`r.account_id = $1 and r.state = 'open'`, id)
		if err != nil {
			return err
		}
		r, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[identity.ErasureRequest])
		return err
	})
	return r, err
}

// WithdrawErasure takes a person's open request back. catalog.ErrNotFound when
// there is none.
func (s *Store) WithdrawErasure(ctx context.Context, id catalog.AccountID) (err error) {
	defer wrap(&err, "withdraw erasure of %q", id)
	done, err := s.db.Exec(ctx, `update erasure_requests set state = 'withdrawn', decided_at = now(), note = '' where account_id = $1 and state = 'open'`, id)
	if err == nil && done.RowsAffected() == 0 {
		err = catalog.ErrNotFound
	}
	return err
}

// Erasures lists requests, the oldest first; of one account and in one state
// when these are not empty.
func (s *Store) Erasures(ctx context.Context, account catalog.AccountID, state identity.ErasureState, p catalog.PageRequest) (page catalog.Page[identity.ErasureRequest], err error) {
	defer wrap(&err, "list erasure requests")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectErasure+`($1 = '' or r.account_id = $1) and ($2 = '' or r.state = $2) and r.id > $3 order by r.id limit $4`,
		account, state, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.ErasureRequest])
	return paged(items, err, p, func(r identity.ErasureRequest) catalog.Cursor { return catalog.Cursor{ID: r.ID} })
}

// RefuseErasure ends an open request with a reason that the person is told.
// catalog.ErrNotFound when there is no such request that is open.
func (s *Store) RefuseErasure(ctx context.Context, request, reason string) (err error) {
	defer wrap(&err, "refuse erasure %q", request)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		id, err := one[catalog.AccountID](ctx, tx, `
			update erasure_requests set state = 'refused', decided_at = now(), decided_by = $2, reason = $3 where id = $1 and state = 'open' returning account_id`,
			request, identity.FromContext(ctx).Actor(), reason)
		if err != nil {
			return err
		}
		p, err := readPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, p, catalog.MessageErasureRefused, map[string]string{"name": p.Name, "note": reason}, p.Email); err != nil {
			return err
		}
		return audit(ctx, tx, "account.refuse_erasure", "account", string(id), map[string]any{detailReason: reason})
	})
}

// Erase replaces what names a person and all accounts that became part of hers,
// for ever. What is certified stays, under her account's id; the rest of what was
// watched goes. A last mail tells her. catalog.ErrNotFound, identity.ErrErased,
// and identity.ErrMerged when it is to be done to the account that it is part of.
func (s *Store) Erase(ctx context.Context, id catalog.AccountID, reason string) (err error) {
	defer wrap(&err, "erase %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select from accounts where id = $1 or merged_into = $1 order by id for update`, id); err != nil {
			return err
		}
		p, err := readPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case p.ErasedAt != nil:
			return identity.ErrErased
		case p.MergedInto != "":
			return identity.ErrMerged
		}
		e, err := whatToErase(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.hooks.EraseWatched(ctx, tx, e); err != nil {
			return err
		}
		for _, sql := range eraseSteps {
			if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"accounts": e.Accounts, "addresses": e.Addresses}); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, p, catalog.MessageDataErased, map[string]string{"name": p.Name}, p.Email); err != nil {
			return err
		}
		return audit(ctx, tx, "account.erase", "account", string(id), map[string]any{detailReason: reason})
	})
}

// whatToErase finds the accounts, those that became part of them, and all addresses.
func whatToErase(ctx context.Context, tx pgx.Tx, id catalog.AccountID) (e identity.Erasure, err error) {
	err = tx.QueryRow(ctx, `
		with recursive them as (select $1::text as id union select a.id from accounts a join them on a.merged_into = them.id)
		select array(select id from them), array(
			select email from accounts where id in (select id from them) union select email from account_emails where account_id in (select id from them))`, id).
		Scan(&e.Accounts, &e.Addresses)
	return e, err
}

// eraseSteps forget accounts and addresses everywhere but where people watched.
// The list of personal data in the docs names each table.
var eraseSteps = []string{
	`delete from phone_codes where account_id = any(@accounts)`,
	`delete from one_time_codes where account_id = any(@accounts) or email = any(@addresses)`,
	`delete from messages where recipient = any(@addresses) or recipient = any(@accounts)`,
	`delete from undeliverable where channel = 'email' and address = any(@addresses) or address in (select phone from accounts where id = any(@accounts) and phone <> '')`,
	`update invitations set email = null where email = any(@addresses) or used_by = any(@accounts)`,
	`delete from spot_requests where email = any(@addresses)`,
	`delete from account_emails where account_id = any(@accounts) or email = any(@addresses)`,
	`delete from sign_ins where account_id = any(@accounts)`,
	`delete from sessions where account_id = any(@accounts)`,
	`delete from account_import_rows where email = any(@addresses) or account_id = any(@accounts)`,
	`delete from passkeys where account_id = any(@accounts)`,
	`delete from calendar_feeds where account_id = any(@accounts)`,
	`delete from attendance_names where account_id = any(@accounts)`,
	`delete from attendance_claims where account_id = any(@accounts)`,
	`delete from program_sponsors where account_id = any(@accounts)`,
	`delete from idempotency_keys where actor = any(@accounts)`,
	`update enrolments set withdraw_reason = '' where account_id = any(@accounts)`,
	`update account_merges set reason = '' where source_id = any(@accounts)`,
	`update erasure_requests set state = case state when 'open' then 'done' else state end, decided_at = coalesce(decided_at, now()), note = '', reason = '' where account_id = any(@accounts)`,
	`update audit_log set detail = detail - '{email,name,old_email,new_email,old_name,new_name,reason}'::text[] where object_type = 'account' and (object_id = any(@accounts) or object_id = any(@addresses))`,
	`update accounts set email = id || '@erased.invalid', name = '` + identity.ErasedName + `', roles = '{doctor}', country = '', time_zone = 'UTC', speciality = '', locale = 'en', phone = '',
		certificate_name = '', council = '', council_number = '', message_channel = 'email', phone_confirmed = '', codes_by_phone = false, disabled_at = coalesce(disabled_at, now()), erased_at = now(), version = version + 1, updated_at = now()
		where id = any(@accounts)`,
}
