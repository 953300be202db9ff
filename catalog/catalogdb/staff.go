package catalogdb

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// StaffByEmail returns the account of somebody whose address another institution
// has verified. Only staff comes in this way: who has a role beside the doctor's,
// or gets one, granted to everybody of her domain, for which an account is made if
// need be. answered names what the institution's word was the answer to.
// catalog.ErrForbidden for anybody else, for disabled accounts, and when it was
// answered before.
func (s *Store) StaffByEmail(ctx context.Context, answered, email, name string, granted identity.Role) (a identity.Account, err error) {
	defer wrap(&err, "find staff")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := answerOnce(ctx, tx, []byte(answered)); err != nil {
			return errors.Join(catalog.ErrForbidden, err)
		}
		if err := lockEmail(ctx, tx, email); err != nil {
			return err
		}
		a, err = readAccount(ctx, tx, `email = $1`, email)
		switch {
		case errors.Is(err, pgx.ErrNoRows) && granted != "":
			if a, err = insertAccount(ctx, tx, email, identity.Profile{Name: nameOr(name, email), TimeZone: "UTC", Locale: "en"}, granted); err != nil {
				return err
			}
			return audit(ctx, tx, "account.single_sign_on", "account", string(a.ID), map[string]any{"role": granted})
		case errors.Is(err, pgx.ErrNoRows):
			return catalog.ErrForbidden
		case err != nil:
			return err
		case a.DisabledAt != nil:
			return catalog.ErrForbidden
		case granted != "" && !slices.Contains(a.Roles, granted):
			return s.grant(ctx, tx, &a, granted)
		case !slices.ContainsFunc(a.Roles, func(r identity.Role) bool { return r != identity.RoleDoctor }):
			return catalog.ErrForbidden
		}
		return nil
	})
	return a, err
}

func (s *Store) grant(ctx context.Context, tx pgx.Tx, a *identity.Account, role identity.Role) error {
	a.Roles = append(a.Roles, role)
	_, err := tx.Exec(ctx, `update accounts set roles = $2, version = version + 1, updated_at = now() where id = $1`, a.ID, a.Roles)
	if err != nil {
		return err
	}
	return audit(ctx, tx, "account.single_sign_on", "account", string(a.ID), map[string]any{"role": role})
}

func nameOr(name, email string) string {
	if clean, err := catalog.CleanLine("name", name, 200, true); err == nil {
		return clean
	}
	return email
}
