package catalogdb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectEndpoint = `
	select id, url, description, event_types, sealed_secret, sealed_old_secret, old_secret_until, version, created_by, created_at, updated_at,
	       failing_since, disabled_at, disabled_reason
	from webhook_endpoints where deleted_at is null`

func readEndpoint(ctx context.Context, q querier, id, lock string) (catalog.WebhookEndpoint, error) {
	rows, err := q.Query(ctx, selectEndpoint+` and id = $1`+lock, id)
	if err != nil {
		return catalog.WebhookEndpoint{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.WebhookEndpoint])
}

// CreateEndpoint stores an endpoint; its id and sealed secret are given. Events
// from then on are sent there.
func (s *Store) CreateEndpoint(ctx context.Context, e catalog.WebhookEndpoint) (made catalog.WebhookEndpoint, err error) {
	defer wrap(&err, "create webhook endpoint")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into webhook_endpoints (id, url, description, event_types, sealed_secret, created_by) values ($1, $2, $3, $4, $5, $6)`,
			e.ID, e.URL, e.Description, notNil(e.EventTypes), e.SealedSecret, identity.FromContext(ctx).Actor())
		if err != nil {
			return err
		}
		if made, err = readEndpoint(ctx, tx, e.ID, ""); err != nil {
			return err
		}
		return audit(ctx, tx, "webhook_endpoint.create", "webhook_endpoint", e.ID, map[string]any{"url": e.URL, "event_types": notNil(e.EventTypes)})
	})
	return made, err
}

func notNil[T any](s []T) []T { return append([]T{}, s...) }

// Endpoint returns an endpoint; catalog.ErrNotFound when there is none.
func (s *Store) Endpoint(ctx context.Context, id string) (e catalog.WebhookEndpoint, err error) {
	defer wrap(&err, "read webhook endpoint %q", id)
	return readEndpoint(ctx, s.db, id, "")
}

// Endpoints lists them, oldest first.
func (s *Store) Endpoints(ctx context.Context, p catalog.PageRequest) (page catalog.Page[catalog.WebhookEndpoint], err error) {
	defer wrap(&err, "list webhook endpoints")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectEndpoint+` and id > $1 order by id limit $2`, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.WebhookEndpoint])
	return paged(items, err, p, func(e catalog.WebhookEndpoint) catalog.Cursor { return catalog.Cursor{ID: e.ID} })
}

// UpdateEndpoint reads an endpoint, lets change alter it and stores it as its
// next version; one that is switched on again begins without a past.
// catalog.ErrVersionMismatch when version is not nil and not the present one.
func (s *Store) UpdateEndpoint(ctx context.Context, id string, version *int, change func(*catalog.WebhookEndpoint) error) (e catalog.WebhookEndpoint, err error) {
	defer wrap(&err, "update webhook endpoint %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		was, err := readEndpoint(ctx, tx, id, ` for update`)
		if err != nil {
			return err
		}
		if version != nil && *version != was.Version {
			return catalog.ErrVersionMismatch
		}
		e = was
		if err := change(&e); err != nil {
			return err
		}
		if was.DisabledAt != nil && e.DisabledAt == nil {
			e.FailingSince, e.DisabledReason = nil, ""
		}
		_, err = tx.Exec(ctx, `
			update webhook_endpoints set url = $2, description = $3, event_types = $4, sealed_secret = $5, sealed_old_secret = $6, old_secret_until = $7,
			       failing_since = $8, disabled_at = $9, disabled_reason = $10, version = version + 1, updated_at = now() where id = $1`,
			id, e.URL, e.Description, notNil(e.EventTypes), e.SealedSecret, e.SealedOld, e.OldUntil, e.FailingSince, e.DisabledAt, e.DisabledReason)
		if err != nil {
			return err
		}
		if e, err = readEndpoint(ctx, tx, id, ""); err != nil {
			return err
		}
		return audit(ctx, tx, "webhook_endpoint.update", "webhook_endpoint", id, map[string]any{
			"url": e.URL, "event_types": e.EventTypes, "disabled": e.DisabledAt != nil, "secret_rotated": !slices.Equal(was.SealedSecret, e.SealedSecret),
		})
	})
	return e, err
}

// DeleteEndpoint ends an endpoint; nothing is sent there any more.
// catalog.ErrNotFound when there is none.
func (s *Store) DeleteEndpoint(ctx context.Context, id string, version *int) (err error) {
	defer wrap(&err, "delete webhook endpoint %q", id)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		e, err := readEndpoint(ctx, tx, id, ` for update`)
		if err != nil {
			return err
		}
		if version != nil && *version != e.Version {
			return catalog.ErrVersionMismatch
		}
		if _, err := tx.Exec(ctx, `update webhook_endpoints set deleted_at = now(), sealed_secret = '', sealed_old_secret = null where id = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, "webhook_endpoint.delete", "webhook_endpoint", id, nil)
	})
}

// ReplayEvent sends one event to an endpoint again, whether it was sent before
// or not. catalog.ErrNotFound when there is no such endpoint or event.
func (s *Store) ReplayEvent(ctx context.Context, endpoint, event string) (err error) {
	defer wrap(&err, "replay %q", event)
	_, err = s.replay(ctx, endpoint, `select e.seq from events e where e.id = $2`, map[string]any{"event_id": event}, event)
	if errors.Is(err, errNothingReplayed) {
		return catalog.ErrNotFound
	}
	return err
}

// ReplaySince sends the events since a time again that the endpoint wants:
// those that it has not taken, or all. It returns how many.
func (s *Store) ReplaySince(ctx context.Context, endpoint string, since time.Time, delivered bool) (count int, err error) {
	defer wrap(&err, "replay since %s", since)
	count, err = s.replay(ctx, endpoint, `
		select e.seq from events e join webhook_endpoints w on w.id = $1
		left join webhook_deliveries d on (d.endpoint_id, d.event_seq) = (w.id, e.seq)
		where e.at >= $2 and (w.event_types = '{}' or e.type = any(w.event_types)) and ($3 or d.state is distinct from 'delivered')`,
		map[string]any{"since": since.UTC(), "delivered": delivered}, since, delivered)
	if errors.Is(err, errNothingReplayed) {
		err = nil
	}
	return count, err
}

var errNothingReplayed = errors.New("no such events")

// replay makes deliveries of the events that which selects due at once; $1 is
// the endpoint.
func (s *Store) replay(ctx context.Context, endpoint, which string, detail map[string]any, args ...any) (count int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		e, err := readEndpoint(ctx, tx, endpoint, "")
		if err != nil {
			return err
		}
		if e.DisabledAt != nil {
			return &catalog.ConflictError{Code: "endpoint_disabled", Message: "This endpoint is switched off. Switch it on first."}
		}
		tag, err := tx.Exec(ctx, `
			insert into webhook_deliveries as d (endpoint_id, event_seq) select $1, seq from (`+which+`) as wanted(seq) order by seq
			on conflict (endpoint_id, event_seq) do update set state = 'pending', attempts = 0, next_attempt_at = now(), delivered_at = null
			where d.claimed_until is null or d.claimed_until < now()`, append([]any{endpoint}, args...)...)
		if err != nil {
			return err
		}
		if count = int(tag.RowsAffected()); count == 0 {
			return errNothingReplayed
		}
		detail["count"] = count
		return audit(ctx, tx, "webhook_endpoint.replay", "webhook_endpoint", endpoint, detail)
	})
	return count, err
}
