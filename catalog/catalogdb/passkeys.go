package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxPasskeys is how many one account can have.
const maxPasskeys = 20

// Passkeys lists the passkeys of an account, oldest first.
func (s *Store) Passkeys(ctx context.Context, account catalog.AccountID) (keys []identity.Passkey, err error) {
	defer wrap(&err, "list passkeys of %q", account)
	rows, err := s.db.Query(ctx, `select id, account_id, name, credential_id, data, created_at, last_used_at from passkeys where account_id = $1 order by id`, account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p identity.Passkey, err error) {
		err = row.Scan(&p.ID, &p.AccountID, &p.Name, &p.CredentialID, &p.Data, &p.CreatedAt, &p.LastUsedAt)
		return p, err
	})
}

// AddPasskey stores a fresh passkey. Errors: identity.ErrPasskeyInvalid when its
// challenge was answered before or the device is registered, a
// *catalog.ConflictError with too_many_passkeys.
func (s *Store) AddPasskey(ctx context.Context, p identity.Passkey) (made identity.Passkey, err error) {
	defer wrap(&err, "add a passkey")
	p.ID = catalog.NewID("pky")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := answerOnce(ctx, tx, p.Challenge); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			insert into passkeys (id, account_id, credential_id, name, data)
			select $1, $2, $3, $4, $5 where (select count(*) from passkeys where account_id = $2) < $6
			on conflict (credential_id) do nothing returning created_at`,
			p.ID, p.AccountID, p.CredentialID, p.Name, p.Data, maxPasskeys).Scan(&p.CreatedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return &catalog.ConflictError{Code: "too_many_passkeys", Message: "This passkey is registered already, or your account has too many. Remove one first."}
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "passkey.add", "account", string(p.AccountID), map[string]any{"passkey_id": p.ID, "name": p.Name})
	})
	return p, err
}

// UsePasskey notes that a passkey has let somebody in and returns the account.
// identity.ErrPasskeyInvalid when its challenge was answered before, or the
// account may not sign in.
func (s *Store) UsePasskey(ctx context.Context, p identity.Passkey) (a identity.Account, err error) {
	defer wrap(&err, "use a passkey")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := answerOnce(ctx, tx, p.Challenge); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update passkeys set data = $2, last_used_at = now() where id = $1`, p.ID, p.Data)
		if err != nil {
			return err
		}
		a, err = readAccount(ctx, tx, `id = $1`, p.AccountID)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && (a.DisabledAt != nil || tag.RowsAffected() == 0) {
			return identity.ErrPasskeyInvalid
		}
		return err
	})
	return a, err
}

// RemovePasskey removes a passkey of an account; catalog.ErrNotFound when it has no such.
func (s *Store) RemovePasskey(ctx context.Context, account catalog.AccountID, id string) (err error) {
	defer wrap(&err, "remove passkey %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from passkeys where account_id = $1 and id = $2`, account, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "passkey.remove", "account", string(account), map[string]any{"passkey_id": id})
	})
}

// answerOnce refuses a challenge that was answered before.
func answerOnce(ctx context.Context, tx pgx.Tx, challenge []byte) error {
	tag, err := tx.Exec(ctx, `insert into answered_challenges (challenge) values ($1) on conflict do nothing`, challenge)
	if err == nil && tag.RowsAffected() == 0 {
		err = identity.ErrPasskeyInvalid
	}
	return err
}
