package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// maxSessions bounds what is listed of one account; older ones end by themselves.
const maxSessions = 100

// Sessions lists the login sessions of an account, the last used first.
func (s *Store) Sessions(ctx context.Context, account catalog.AccountID) (sessions []identity.Session, err error) {
	defer wrap(&err, "list sessions of %q", account)
	rows, err := s.db.Query(ctx, `
		select login_id, device, remembered, shared, created_at, last_used_at, expiry from sessions
		where account_id = $1 and expiry > now() order by last_used_at desc, login_id limit $2`, account, maxSessions)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[identity.Session])
}

// EndSession ends one session of an account: whoever carries it is nobody
// within five seconds. catalog.ErrNotFound when the account has no such session.
func (s *Store) EndSession(ctx context.Context, account catalog.AccountID, id string) (err error) {
	defer wrap(&err, "end session %q", id)
	tag, err := s.db.Exec(ctx, `delete from sessions where account_id = $1 and login_id = $2`, account, id)
	if err == nil && tag.RowsAffected() == 0 {
		err = catalog.ErrNotFound
	}
	return err
}

// EndSessions ends all sessions of an account but the one called except, and
// tells how many. It is audited. catalog.ErrNotFound when there is no such account.
func (s *Store) EndSessions(ctx context.Context, account catalog.AccountID, except string) (ended int, err error) {
	defer wrap(&err, "end sessions of %q", account)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readAccount(ctx, tx, `id = $1`, account); err != nil {
			return err
		}
		ended, err = endSessions(ctx, tx, account, except)
		return err
	})
	return ended, err
}

func endSessions(ctx context.Context, tx pgx.Tx, account catalog.AccountID, except string) (int, error) {
	tag, err := tx.Exec(ctx, `delete from sessions where account_id = $1 and login_id <> $2`, account, except)
	if err != nil {
		return 0, err
	}
	ended := int(tag.RowsAffected())
	return ended, audit(ctx, tx, "account.end_sessions", "account", string(account), map[string]any{"ended": ended})
}
