package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// lockVersion locks a row of a versioned table for the transaction.
// pgx.ErrNoRows when it is not there, catalog.ErrVersionMismatch when want is
// not nil and not its version.
func lockVersion(ctx context.Context, tx pgx.Tx, table, id string, want *int) error {
	var version int
	err := tx.QueryRow(ctx, `select version from `+table+` where id = $1 and deleted_at is null for update`, id).Scan(&version)
	if err == nil && want != nil && *want != version {
		return catalog.ErrVersionMismatch
	}
	return err
}

// softDelete hides a row of a versioned table, and with it everything that is
// read through it.
func (s *Store) softDelete(ctx context.Context, kind, table, id string, version *int) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockVersion(ctx, tx, table, id, version); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update `+table+` set deleted_at = now(), version = version + 1, updated_at = now() where id = $1`, id)
		if err != nil {
			return err
		}
		return audit(ctx, tx, kind+".delete", kind, id, nil)
	})
}
