package catalogdb

import (
	"context"

	"rounds/catalog"
)

// SetLocale keeps in which language a person reads. Idempotent;
// catalog.ErrNotFound when there is no such account.
func (s *Store) SetLocale(ctx context.Context, id catalog.AccountID, locale string) (err error) {
	defer wrap(&err, "set the language of %q", id)
	done, err := s.db.Exec(ctx, `
		update accounts set locale = $2, updated_at = now(), version = version + (locale <> $2)::int where id = $1`, id, locale)
	if err == nil && done.RowsAffected() == 0 {
		return catalog.ErrNotFound
	}
	return err
}
