package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// BeginHandover stores a fresh handover with its browser's secret. The error is
// that of identity.AllowHandover; networks that are trusted are not counted.
func (s *Store) BeginHandover(ctx context.Context, h identity.Handover, secret string) (err error) {
	defer wrap(&err, "begin a handover")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := allowHandover(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into handovers (id, secret_hash, number, numbers, network, device, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			h.ID, identity.HandoverSecretHash(secret), h.Number, h.Numbers, h.Network, h.Device, h.CreatedAt, h.ExpiresAt)
		return err
	})
}

func allowHandover(ctx context.Context, tx pgx.Tx) error {
	asker := identity.AskerOf(ctx)
	if asker.Trusted || asker.Network == "" {
		return nil
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('handovers ' || $1, 0))`, asker.Network); err != nil {
		return err
	}
	var begun int
	var oldest time.Time
	err := tx.QueryRow(ctx, `select count(*), coalesce(min(created_at), now()) from handovers where network = $1 and created_at > now() - $2::interval`,
		asker.Network, identity.HandoverWindow).Scan(&begun, &oldest)
	if err != nil {
		return err
	}
	return identity.AllowHandover(begun, oldest, time.Now())
}

// Handover reads one that can still be decided about; catalog.ErrNotFound when
// there is none. Only a device that is its owner's alone may see it: on a shared
// computer the error is catalog.ErrForbidden.
func (s *Store) Handover(ctx context.Context, id string) (h identity.Handover, err error) {
	defer wrap(&err, "read handover %q", id)
	if err := ownDevice(ctx, s.db); err != nil {
		return h, err
	}
	h, _, err = readHandover(ctx, s.db, id, "")
	if err == nil && (h.State != identity.HandoverWaiting || !time.Now().Before(h.ExpiresAt)) {
		err = catalog.ErrNotFound
	}
	return h, err
}

// DecideHandover keeps what the owner of an account says on the phone; a
// confirmation is audited. Errors: those of identity.Handover.Decide, of which a
// wrong number is kept, catalog.ErrNotFound, and catalog.ErrForbidden on a shared computer.
func (s *Store) DecideHandover(ctx context.Context, account catalog.AccountID, id string, confirm bool, number int) (err error) {
	defer wrap(&err, "decide about handover %q", id)
	var refused error
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := ownDevice(ctx, tx); err != nil {
			return err
		}
		h, _, err := readHandover(ctx, tx, id, "for update")
		if err != nil {
			return err
		}
		state, err := h.Decide(confirm, number, time.Now())
		if refused = err; state == h.State {
			return nil
		}
		if _, err := tx.Exec(ctx, `update handovers set state = $2, account_id = $3 where id = $1`, id, state, account); err != nil {
			return err
		}
		return audit(ctx, tx, "handover."+string(state), "account", string(account), map[string]any{"device": h.Device, "network": h.Network})
	})
	return errors.Join(refused, err)
}

// ownDevice refuses who asks from a computer that others use too.
func ownDevice(ctx context.Context, q querier) error {
	var shared bool
	err := q.QueryRow(ctx, `select coalesce(bool_or(shared), false) from sessions where login_id = $1 and account_id = $2`,
		identity.FromContext(ctx).LoginID, identity.FromContext(ctx).AccountID).Scan(&shared)
	if err == nil && shared {
		err = catalog.ErrForbidden
	}
	return err
}

// UseHandover takes a confirmed handover, once, and returns whom it lets in.
// Errors: those of identity.Handover.Use; a handover that nobody began is over.
func (s *Store) UseHandover(ctx context.Context, id, secret string) (a identity.Account, err error) {
	defer wrap(&err, "use handover %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		h, stored, err := readHandover(ctx, tx, id, "for update")
		if errors.Is(err, catalog.ErrNotFound) {
			return identity.ErrHandoverOver
		}
		if err != nil {
			return err
		}
		state, err := h.Use(stored, identity.HandoverSecretHash(secret), time.Now())
		if err != nil {
			return err
		}
		if a, err = readAccount(ctx, tx, `id = $1`, h.AccountID); err != nil {
			return err
		}
		if a.DisabledAt != nil || !identity.Rememberable(a.Roles) {
			return identity.ErrHandoverOver
		}
		_, err = tx.Exec(ctx, `update handovers set state = $2 where id = $1`, id, state)
		return err
	})
	return a, err
}

func readHandover(ctx context.Context, q querier, id, lock string) (h identity.Handover, secret []byte, err error) {
	err = q.QueryRow(ctx, `
		select id, number, numbers, network, device, state, coalesce(account_id, ''), created_at, expires_at, secret_hash from handovers where id = $1 `+lock, id).
		Scan(&h.ID, &h.Number, &h.Numbers, &h.Network, &h.Device, &h.State, &h.AccountID, &h.CreatedAt, &h.ExpiresAt, &secret)
	if errors.Is(err, pgx.ErrNoRows) {
		err = catalog.ErrNotFound
	}
	return h, secret, err
}
