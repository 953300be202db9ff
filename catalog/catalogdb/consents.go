package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxConsents bounds what is told of one account.
const maxConsents = 500

// Consents lists what an account has decided, the newest first: the first of a
// purpose is in force.
func (s *Store) Consents(ctx context.Context, id catalog.AccountID) (list []identity.RecordedConsent, err error) {
	defer wrap(&err, "consents of %q", id)
	rows, err := s.db.Query(ctx, `select purpose, text_version, granted, at, recorded_by from consents where account_id = $1 order by at desc, purpose limit $2`, id, maxConsents)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c identity.RecordedConsent, err error) {
		err = row.Scan(&c.Purpose, &c.TextVersion, &c.Granted, &c.At, &c.By)
		return c, err
	})
}

// Decide records a decision of the account itself. What was decided before stays
// on record; the same decision again is none.
func (s *Store) Decide(ctx context.Context, id catalog.AccountID, c identity.Consent) (err error) {
	defer wrap(&err, "record consent of %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `
			insert into consents (account_id, purpose, text_version, granted, at) select $1, $2, $3, $4, clock_timestamp()
			where not exists (select from (select text_version, granted from consents where account_id = $1 and purpose = $2 order by at desc limit 1) c
				where (c.text_version, c.granted) = ($3, $4))`, id, c.Purpose, c.TextVersion, c.Granted)
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, "account.consent", "account", string(id), map[string]any{"purpose": c.Purpose, "text_version": c.TextVersion, "granted": c.Granted})
	})
}
