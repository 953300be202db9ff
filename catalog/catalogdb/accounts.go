package catalogdb

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectAccount = `
	select id, email, name, roles, country, time_zone, speciality, locale, phone, certificate_name, council, council_number,
	       version, created_at, updated_at, disabled_at
	from accounts where true`

func scanAccount(row pgx.CollectableRow) (a identity.Account, err error) {
	err = row.Scan(&a.ID, &a.Email, &a.Name, &a.Roles, &a.Country, &a.TimeZone, &a.Speciality, &a.Locale, &a.Phone,
		&a.CertificateName, &a.Council, &a.CouncilNumber, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.DisabledAt)
	return a, err
}

func readAccount(ctx context.Context, q querier, where string, arg any) (identity.Account, error) {
	rows, err := q.Query(ctx, selectAccount+` and `+where, arg)
	if err != nil {
		return identity.Account{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanAccount)
}

// Account returns an account; catalog.ErrNotFound when there is none.
func (s *Store) Account(ctx context.Context, id catalog.AccountID) (a identity.Account, err error) {
	defer wrap(&err, "read account %q", id)
	return readAccount(ctx, s.db, `id = $1`, id)
}

// Accounts lists accounts, oldest first, as far as a filter lets them through.
func (s *Store) Accounts(ctx context.Context, f identity.AccountFilter, p catalog.PageRequest) (page catalog.Page[identity.Account], err error) {
	defer wrap(&err, "list accounts")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	c := conditions{}
	c.and("id > ?", after.ID)
	if f.Email != "" {
		c.and("email = ?", f.Email)
	}
	if f.Role != "" {
		c.and("? = any(roles)", f.Role)
	}
	if f.Role != "" && f.Role != identity.RoleDoctor {
		c.sql += ` and roles <> '{doctor}'` // few, and with an index of their own
	}
	if f.Disabled {
		c.sql += ` and disabled_at is not null` // few as well
	}
	c.args = append(c.args, p.Size()+1)
	rows, err := s.db.Query(ctx, selectAccount+c.sql+` order by id limit $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanAccount)
	return paged(items, err, p, func(a identity.Account) catalog.Cursor { return catalog.Cursor{ID: string(a.ID)} })
}

func insertAccount(ctx context.Context, tx pgx.Tx, email string, p identity.Profile, roles ...identity.Role) (identity.Account, error) {
	id := catalog.NewAccountID()
	_, err := tx.Exec(ctx, `
		insert into accounts (id, email, name, roles, country, time_zone, speciality, locale, phone, certificate_name, council, council_number)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, email, p.Name, roles, p.Country, p.TimeZone, p.Speciality, p.Locale, p.Phone, p.CertificateName, p.Council, p.CouncilNumber)
	if err != nil {
		return identity.Account{}, err
	}
	return readAccount(ctx, tx, `id = $1`, id)
}

// UpdateAccount reads an account, lets change alter its roles, profile, e-mail
// and DisabledAt, and stores it as its next version. catalog.ErrVersionMismatch
// when version is not nil and not the present one.
func (s *Store) UpdateAccount(ctx context.Context, id catalog.AccountID, version *int, change func(*identity.Account) error) (a identity.Account, err error) {
	defer wrap(&err, "update account %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if a, err = readAccount(ctx, tx, `id = $1 for update`, id); err != nil {
			return err
		}
		if version != nil && *version != a.Version {
			return catalog.ErrVersionMismatch
		}
		if err := change(&a); err != nil {
			return err
		}
		if err := writeAccount(ctx, tx, a); err != nil {
			return err
		}
		if a.DisabledAt != nil {
			if _, err := endSessions(ctx, tx, id, ""); err != nil {
				return err
			}
		}
		if a, err = readAccount(ctx, tx, `id = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, "account.update", "account", string(id), map[string]any{"roles": a.Roles, "disabled": a.DisabledAt != nil})
	})
	return a, err
}

func writeAccount(ctx context.Context, tx pgx.Tx, a identity.Account) error {
	taken, err := one[bool](ctx, tx, `select exists (select from accounts where email = $1 and id <> $2)`, a.Email, a.ID)
	if err != nil {
		return err
	}
	if taken {
		return errEmailTaken
	}
	_, err = tx.Exec(ctx, `
		update accounts set email = $2, name = $3, roles = $4, country = $5, time_zone = $6, speciality = $7, locale = $8, phone = $9,
		       certificate_name = $10, council = $11, council_number = $12, disabled_at = $13, version = version + 1, updated_at = now()
		where id = $1`,
		a.ID, a.Email, a.Name, a.Roles, a.Country, a.TimeZone, a.Speciality, a.Locale, a.Phone,
		a.CertificateName, a.Council, a.CouncilNumber, a.DisabledAt)
	return err
}

// AddPresenter returns the account of a presenter: the one that has the
// address, with the presenter's role added, or a new one. Idempotent.
func (s *Store) AddPresenter(ctx context.Context, email, name string) (a identity.Account, err error) {
	defer wrap(&err, "add presenter")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockEmail(ctx, tx, email); err != nil {
			return err
		}
		a, err = readAccount(ctx, tx, `email = $1`, email)
		if errors.Is(err, pgx.ErrNoRows) {
			a, err = insertAccount(ctx, tx, email, identity.Profile{Name: name, TimeZone: "UTC", Locale: "en"}, identity.RolePresenter)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update accounts set roles = roles || '{presenter}', version = version + 1, updated_at = now()
			where id = $1 and not 'presenter' = any(roles)`, a.ID)
		if err != nil {
			return err
		}
		if a, err = readAccount(ctx, tx, `id = $1`, a.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "presenter.add", "account", string(a.ID), nil)
	})
	return a, err
}

// lockEmail makes the transactions about one address wait for each other.
func lockEmail(ctx context.Context, tx pgx.Tx, email string) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('email:' || $1, 0))`, email)
	return err
}

// LoginRoles returns the roles of those accounts that exist and may sign in.
func (s *Store) LoginRoles(ctx context.Context, ids []catalog.AccountID) (roles map[catalog.AccountID][]identity.Role, err error) {
	defer wrap(&err, "read roles of %d accounts", len(ids))
	rows, err := s.db.Query(ctx, `select id, roles from accounts where id = any($1) and disabled_at is null`, ids)
	if err != nil {
		return nil, err
	}
	roles = make(map[catalog.AccountID][]identity.Role, len(ids))
	var id catalog.AccountID
	var its []identity.Role
	_, err = pgx.ForEachRow(rows, []any{&id, &its}, func() error {
		roles[id], its = its, nil
		return nil
	})
	return roles, err
}
