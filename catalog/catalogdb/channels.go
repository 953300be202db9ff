package catalogdb

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// readerColumns are those that scanReader reads, of accounts.
const readerColumns = `message_channel, phone, phone <> '' and phone_confirmed = phone, codes_by_phone, country, time_zone, locale`

func scanReader(row pgx.Row) (r catalog.Reader, err error) {
	err = row.Scan(&r.Channel, &r.Phone, &r.Confirmed, &r.Codes, &r.Country, &r.TimeZone, &r.Locale)
	return r, err
}

// Reader returns what is known of a person as a reader of messages.
// catalog.ErrNotFound when there is no such account.
func (s *Store) Reader(ctx context.Context, id catalog.AccountID) (r catalog.Reader, err error) {
	defer wrap(&err, "read how to reach %q", id)
	return scanReader(s.db.QueryRow(ctx, `select `+readerColumns+` from accounts where id = $1`, id))
}

// PreferChannel says by which channel a person gets all messages; whoever says
// so vouches for her number. catalog.ErrNotFound when there is no such account.
func (s *Store) PreferChannel(ctx context.Context, id catalog.AccountID, channel catalog.Channel) (r catalog.Reader, err error) {
	defer wrap(&err, "prefer a channel for %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err = scanReader(tx.QueryRow(ctx, `
			update accounts set message_channel = $2, phone_confirmed = case when $2 = 'email' then phone_confirmed else phone end, codes_by_phone = $2 <> 'email',
				updated_at = now(), version = version + 1 where id = $1 returning `+readerColumns, id, channel))
		if err != nil {
			return err
		}
		return audit(ctx, tx, "account.channel", "account", string(id), map[string]any{"channel": channel})
	})
	return r, err
}

// ChooseChannel is a person's own choice; codes says that sign-in codes go the
// same way. A phone must have been confirmed: else a *catalog.FieldError.
func (s *Store) ChooseChannel(ctx context.Context, id catalog.AccountID, channel catalog.Channel, codes bool) (r catalog.Reader, err error) {
	defer wrap(&err, "choose a channel for %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := scanReader(tx.QueryRow(ctx, `select `+readerColumns+` from accounts where id = $1 for update`, id))
		if err != nil {
			return err
		}
		if channel != catalog.ChannelEmail && !before.Confirmed {
			return identity.ErrPhoneUnconfirmed
		}
		r, err = s.setChannel(ctx, tx, id, catalog.Destination{Channel: channel, Address: before.Phone}, codes)
		return err
	})
	return r, err
}

// setChannel writes a person's choice down. She is told of it by mail when it is
// a phone: somebody else at her computer could have made it.
func (s *Store) setChannel(ctx context.Context, tx pgx.Tx, id catalog.AccountID, to catalog.Destination, codes bool) (r catalog.Reader, err error) {
	codes = codes && to.Channel != catalog.ChannelEmail
	r, err = scanReader(tx.QueryRow(ctx, `
		update accounts set message_channel = $2, phone = $3, phone_confirmed = case when $2 = 'email' then phone_confirmed else $3 end, codes_by_phone = $4,
			updated_at = now(), version = version + 1 where id = $1 returning `+readerColumns, id, to.Channel, to.Address, codes))
	if err != nil {
		return r, err
	}
	if err := audit(ctx, tx, "account.channel", "account", string(id), map[string]any{"channel": to.Channel, "codes": codes}); err != nil || to.Channel == catalog.ChannelEmail {
		return r, err
	}
	p, err := readPerson(ctx, tx, id)
	if err != nil {
		return r, err
	}
	values := map[string]string{"name": p.Name, "ending": to.Address[max(0, len(to.Address)-3):], "codes": ""}
	if codes {
		values["codes"] = "yes"
	}
	return r, s.tell(ctx, tx, p, catalog.MessagePhoneChosen, values, p.Email)
}

// AskPhoneCode sends a code to a number that is to be confirmed, as it was
// chosen. A *catalog.RateLimitError when the account or the number has had enough.
func (s *Store) AskPhoneCode(ctx context.Context, id catalog.AccountID, to catalog.Destination, codes bool, code identity.MintedCode) (err error) {
	defer wrap(&err, "send a code to a phone of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		email, err := one[string](ctx, tx, `select email from accounts where id = $1 for update`, id)
		if err != nil {
			return err
		}
		if err := allowPhoneCode(ctx, tx, id, to.Address); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into phone_codes (id, account_id, phone, channel, codes, code_mac, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			code.ID, id, to.Address, to.Channel, codes, code.MAC, code.ExpiresAt)
		if err != nil {
			return err
		}
		return s.hooks.Send(ctx, tx, catalog.Message{
			Recipient: email, Kind: catalog.MessagePhoneCode, Only: to, Idempotency: code.ID, Expires: code.ExpiresAt,
			Values: map[string]string{"code": code.Digits, "minutes": strconv.Itoa(int(identity.CodeLife / time.Minute))},
		})
	})
}

// allowPhoneCode counts what an account asked for and what a number was sent,
// whoever asked: each costs money, and its owner may not have asked.
func allowPhoneCode(ctx context.Context, tx pgx.Tx, id catalog.AccountID, phone string) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds phone ' || $1, 0))`, phone); err != nil {
		return err
	}
	var had identity.PhoneCodesHad
	err := tx.QueryRow(ctx, `
		select count(*) filter (where account_id = $1 and created_at > now() - interval '1 hour'), count(*) filter (where account_id = $1), count(*) filter (where phone = $2)
		from phone_codes where (account_id = $1 or phone = $2) and created_at > now() - interval '1 day'`, id, phone).Scan(&had.Hour, &had.Day, &had.Phone)
	if err != nil {
		return err
	}
	return had.Allow()
}

// ConfirmPhone takes a try of a code that was sent to a phone of the account.
// match decides about those that were sent and not used, newest first; its error
// is returned and counts as a try. With the right one the number is the account's
// and messages go there as it was chosen.
func (s *Store) ConfirmPhone(ctx context.Context, id catalog.AccountID, match func([]identity.OneTimeCode) (identity.OneTimeCode, error)) (r catalog.Reader, err error) {
	defer wrap(&err, "confirm a phone of %q", id)
	var refused error
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := one[bool](ctx, tx, `select true from accounts where id = $1 for update`, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select id, code_mac, tries, expires_at from phone_codes
			where account_id = $1 and used_at is null and created_at > now() - interval '1 hour' order by created_at desc, id desc`, id)
		if err != nil {
			return err
		}
		sent, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.OneTimeCode])
		if err != nil {
			return err
		}
		var hit identity.OneTimeCode
		if hit, refused = match(sent); refused != nil {
			_, err := tx.Exec(ctx, `update phone_codes set tries = tries + 1 where account_id = $1 and used_at is null and expires_at > now()`, id)
			return err
		}
		var to catalog.Destination
		var codes bool
		if err := tx.QueryRow(ctx, `select channel, phone, codes from phone_codes where id = $1`, hit.ID).Scan(&to.Channel, &to.Address, &codes); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update phone_codes set used_at = now() where account_id = $1 and used_at is null`, id); err != nil {
			return err
		}
		r, err = s.setChannel(ctx, tx, id, to, codes)
		return err
	})
	return r, errors.Join(refused, err)
}
