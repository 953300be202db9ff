package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// help lets act change the account of a person whom the caller may help, in one
// transaction that waits for others about her address. catalog.ErrNotFound, and
// the errors of identity.MayHelp.
func (s *Store) help(ctx context.Context, id catalog.AccountID, act func(tx pgx.Tx, p identity.Person) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select from accounts where id = $1 for update`, id); err != nil {
			return err
		}
		p, err := readPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := identity.MayHelp(identity.FromContext(ctx), p); err != nil {
			return err
		}
		return act(tx, p)
	})
}

// LookAt is Person, and writes down that somebody of support looked.
func (s *Store) LookAt(ctx context.Context, id catalog.AccountID) (p identity.Person, err error) {
	defer wrap(&err, "look at %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if p, err = readPerson(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "support.look", "account", string(id), nil)
	})
	return p, err
}

// SendCodeAgain mails a person a fresh sign-in code at her own address and
// returns that. A *catalog.RateLimitError as for codes that she asks for herself.
func (s *Store) SendCodeAgain(ctx context.Context, id catalog.AccountID, reason string, code identity.MintedCode) (email string, err error) {
	defer wrap(&err, "send a code to %q", id)
	err = s.help(ctx, id, func(tx pgx.Tx, p identity.Person) error {
		if p.DisabledAt != nil {
			return errDisabled
		}
		email = p.Email
		if err := allowCode(ctx, tx, email); err != nil {
			return err
		}
		pending := pendingCode{account: &p.ID, locale: p.Locale}
		if err := s.storeCode(ctx, tx, email, code, pending, catalog.MessageSignInCode, ""); err != nil {
			return err
		}
		return audit(ctx, tx, "support.send_code", "account", string(id), map[string]any{detailReason: reason, "code_id": code.ID})
	})
	return email, err
}

// errDisabled: a code would not let her in.
var errDisabled error = &catalog.ConflictError{Code: "account_disabled", Message: "This account is kept from signing in; an administrator can change that."}

// ReadOutCode stores a code that a supporter reads out on the phone. It is good
// with the person's own address, which is returned, and with no other account's.
// Errors: a *catalog.RateLimitError of identity.AllowReadOut.
func (s *Store) ReadOutCode(ctx context.Context, id catalog.AccountID, reason string, code identity.MintedCode) (email string, err error) {
	defer wrap(&err, "read out a code for %q", id)
	actor := identity.FromContext(ctx).Actor()
	err = s.help(ctx, id, func(tx pgx.Tx, p identity.Person) error {
		if p.DisabledAt != nil {
			return errDisabled
		}
		email = p.Email
		if err := lockEmail(ctx, tx, email); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('read out:' || $1, 0))`, actor); err != nil {
			return err
		}
		var by, of int
		err := tx.QueryRow(ctx, `
			select (select count(*) from one_time_codes where issued_by = $1 and issued_by <> '' and created_at > now() - interval '1 hour'),
				(select count(*) from one_time_codes where account_id = $2 and issued_by <> '' and created_at > now() - interval '1 hour')`, actor, id).Scan(&by, &of)
		if err != nil {
			return err
		}
		if err := identity.AllowReadOut(by, of); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into one_time_codes (id, email, account_id, code_mac, expires_at, issued_by) values ($1, $2, $3, $4, $5, $6)`,
			code.ID, email, id, code.MAC, code.ExpiresAt, actor)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "support.read_out_code", "account", string(id), map[string]any{detailReason: reason, "code_id": code.ID})
	})
	return email, err
}

// CorrectPerson changes name or address. A changed address tells the old and
// the new one by mail, and codes sent to the old one are void.
// A *catalog.ConflictError with email_taken when another account has it.
func (s *Store) CorrectPerson(ctx context.Context, id catalog.AccountID, c identity.Correction) (p identity.Person, err error) {
	defer wrap(&err, "correct %q", id)
	err = s.help(ctx, id, func(tx pgx.Tx, was identity.Person) error {
		detail := map[string]any{detailReason: c.Reason}
		if c.Name != nil && *c.Name != was.Name {
			if _, err := tx.Exec(ctx, `update accounts set name = $2, version = version + 1, updated_at = now() where id = $1`, id, *c.Name); err != nil {
				return err
			}
			detail["old_name"], detail["new_name"] = was.Name, *c.Name
		}
		if c.Email != nil && *c.Email != was.Email {
			if err := s.moveAddress(ctx, tx, was, *c.Email); err != nil {
				return err
			}
			detail["old_email"], detail["new_email"] = was.Email, *c.Email
		}
		if err := audit(ctx, tx, "support.correct", "account", string(id), detail); err != nil {
			return err
		}
		p, err = readPerson(ctx, tx, id)
		return err
	})
	return p, err
}

// moveAddress gives an account another address of its own.
func (s *Store) moveAddress(ctx context.Context, tx pgx.Tx, p identity.Person, email string) error {
	for _, address := range []string{min(p.Email, email), max(p.Email, email)} {
		if err := lockEmail(ctx, tx, address); err != nil {
			return err
		}
	}
	if err := addressFree(ctx, tx, p.ID, email); err != nil {
		return err
	}
	for _, sql := range []string{
		`delete from account_emails where account_id = $1 and email = $2`,
		`update one_time_codes set used_at = now() where account_id = $1 and used_at is null and email <> $2`,
		`update accounts set email = $2, version = version + 1, updated_at = now() where id = $1`,
	} {
		if _, err := tx.Exec(ctx, sql, p.ID, email); err != nil {
			return err
		}
	}
	return s.tell(ctx, tx, p, catalog.MessageAddressChanged, map[string]string{"name": p.Name, "old_email": p.Email, "new_email": email}, p.Email, email)
}

// addressFree is a conflict when an address is another account's.
func addressFree(ctx context.Context, tx pgx.Tx, id catalog.AccountID, email string) error {
	taken, err := one[bool](ctx, tx, `
		select exists (select from accounts where email = $2 and id <> $1) or exists (select from account_emails where email = $2 and account_id <> $1)`, id, email)
	if err == nil && taken {
		err = errEmailTaken
	}
	return err
}

// tell puts one message to each address into the outbox.
func (s *Store) tell(ctx context.Context, tx pgx.Tx, p identity.Person, kind catalog.MessageKind, values map[string]string, addresses ...string) error {
	for _, address := range addresses {
		if err := s.hooks.Send(ctx, tx, catalog.Message{Recipient: address, Kind: kind, Locale: p.Locale, Values: values}); err != nil {
			return err
		}
	}
	return nil
}

// LinkEmail gives a person a further address, which lets her in as her own
// does. Both are told. Idempotent. A *catalog.ConflictError with email_taken.
func (s *Store) LinkEmail(ctx context.Context, id catalog.AccountID, email, reason string) (p identity.Person, err error) {
	defer wrap(&err, "link an address to %q", id)
	err = s.help(ctx, id, func(tx pgx.Tx, was identity.Person) error {
		if err := lockEmail(ctx, tx, email); err != nil {
			return err
		}
		if was.Email == email {
			p = was
			return nil
		}
		if err := addressFree(ctx, tx, id, email); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into account_emails (email, account_id, added_by, signs_in) values ($1, $2, $3, true)
			on conflict (email) do update set signs_in = true`, email, id, identity.FromContext(ctx).Actor())
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, was, catalog.MessageAddressLinked, map[string]string{"name": was.Name, "email": was.Email, "added": email}, was.Email, email); err != nil {
			return err
		}
		if err := audit(ctx, tx, "support.link_email", "account", string(id), map[string]any{"email": email, detailReason: reason}); err != nil {
			return err
		}
		p, err = readPerson(ctx, tx, id)
		return err
	})
	return p, err
}

// UnlinkEmail takes a further address from a person; codes sent to it are void.
// catalog.ErrNotFound when she has none such.
func (s *Store) UnlinkEmail(ctx context.Context, id catalog.AccountID, email, reason string) (err error) {
	defer wrap(&err, "unlink an address from %q", id)
	return s.help(ctx, id, func(tx pgx.Tx, _ identity.Person) error {
		gone, err := tx.Exec(ctx, `delete from account_emails where account_id = $1 and email = $2`, id, email)
		if err != nil {
			return err
		}
		if gone.RowsAffected() == 0 {
			return pgx.ErrNoRows
		}
		if _, err := tx.Exec(ctx, `update one_time_codes set used_at = now() where account_id = $1 and email = $2 and used_at is null`, id, email); err != nil {
			return err
		}
		return audit(ctx, tx, "support.unlink_email", "account", string(id), map[string]any{"email": email, detailReason: reason})
	})
}
