package catalogdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// deliveriesOfOne is how many deliveries one endpoint has in hand at once, so that a
// slow one does not keep the others waiting.
const deliveriesOfOne = 4

// ClaimDeliveries takes up to most due deliveries in hand for life. Whoever
// else asks does not get them until then.
func (s *Store) ClaimDeliveries(ctx context.Context, most int, life time.Duration) (claimed []catalog.ClaimedDelivery, err error) {
	defer wrap(&err, "claim deliveries")
	claim := catalog.NewToken()
	rows, err := s.db.Query(ctx, `
		with due as (
		  select d.id from webhook_endpoints e, lateral (
		    select id, next_attempt_at from webhook_deliveries where endpoint_id = e.id and state = 'pending' and next_attempt_at <= now()
		      and (claimed_until is null or claimed_until < now())
		    order by next_attempt_at, event_seq limit greatest(0, $2 - (select count(*) from webhook_deliveries
		      where endpoint_id = e.id and state = 'pending' and claimed_until >= now())) for update skip locked) d
		  where e.deleted_at is null and e.disabled_at is null order by d.next_attempt_at limit $1)
		update webhook_deliveries d set claimed_until = now() + $3::interval, claim = $4, attempts = attempts + 1
		from due, events v, webhook_endpoints e where d.id = due.id and v.seq = d.event_seq and e.id = d.endpoint_id
		returning d.id, d.claim, d.attempts, v.id, v.type, v.at, v.data, e.id, e.url, e.sealed_secret, e.sealed_old_secret, e.old_secret_until`,
		most, deliveriesOfOne, life, claim)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (d catalog.ClaimedDelivery, err error) {
		err = row.Scan(&d.ID, &d.Claim, &d.Attempts, &d.Event.ID, &d.Event.Type, &d.Event.At, &d.Event.Data,
			&d.Endpoint.ID, &d.Endpoint.URL, &d.Endpoint.SealedSecret, &d.Endpoint.SealedOld, &d.Endpoint.OldUntil)
		return d, err
	})
}

// Delivered writes down that an endpoint has taken a delivery. What is not in
// the hand of that claim any more is left alone.
func (s *Store) Delivered(ctx context.Context, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt) (err error) {
	defer wrap(&err, "record delivery %q", d.ID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update webhook_deliveries set state = 'delivered', delivered_at = now(), claimed_until = null, claim = '', last_status = $3, last_error = ''
			where id = $1 and claim = $2`, d.ID, d.Claim, a.Status)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update webhook_endpoints set failing_since = null where id = $1 and failing_since is not null`, d.Endpoint.ID); err != nil {
			return err
		}
		return logAttempt(ctx, tx, d, a)
	})
}

// Undelivered writes down that an endpoint has not taken a delivery and plans
// the next attempt, not before asked; after the last one it is dead. An
// endpoint that has failed for too long, or says that it is gone, is switched
// off, and administrators get a mail.
func (s *Store) Undelivered(ctx context.Context, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt, asked time.Duration, gone bool) (err error) {
	defer wrap(&err, "record delivery %q", d.ID)
	pause, again := catalog.RetryPause(d.Attempts, asked)
	pause += time.Duration(rand.Float64() * 0.1 * float64(pause)) //nolint:gosec // G404: it spreads retries, nothing hangs on it
	state := catalog.DeliveryPending
	if !again {
		state = catalog.DeliveryDead
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update webhook_deliveries set state = $3, next_attempt_at = now() + $4::interval, claimed_until = null, claim = '',
			last_status = $5, last_error = $6 where id = $1 and claim = $2`, d.ID, d.Claim, state, pause, a.Status, a.Error)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if err := logAttempt(ctx, tx, d, a); err != nil {
			return err
		}
		return s.endpointFailed(ctx, tx, d, a, gone)
	})
}

func logAttempt(ctx context.Context, tx pgx.Tx, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt) error {
	_, err := tx.Exec(ctx, `insert into webhook_attempts (delivery_id, took_ms, status, error, answer) values ($1, $2, $3, $4, $5)`,
		d.ID, a.TookMS, a.Status, a.Error, a.Answer)
	return err
}

// endpointFailed notes since when an endpoint fails, and switches it off after
// too long.
func (s *Store) endpointFailed(ctx context.Context, tx pgx.Tx, d catalog.ClaimedDelivery, a catalog.DeliveryAttempt, gone bool) error {
	var since time.Time
	var patient bool
	err := tx.QueryRow(ctx, `update webhook_endpoints set failing_since = coalesce(failing_since, now()) where id = $1
		returning failing_since, disabled_at is not null or failing_since > now() - $2::interval`, d.Endpoint.ID, catalog.EndpointPatience).Scan(&since, &patient)
	if err != nil || patient && !gone {
		return err
	}
	reason := a.Error
	tag, err := tx.Exec(ctx, `update webhook_endpoints set disabled_at = now(), disabled_reason = $2, version = version + 1, updated_at = now()
		where id = $1 and disabled_at is null`, d.Endpoint.ID, reason)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if err := audit(ctx, tx, "webhook_endpoint.disable", "webhook_endpoint", d.Endpoint.ID, map[string]any{"error": reason, "failing_since": since.UTC()}); err != nil {
		return err
	}
	admins, err := addressees(ctx, tx, `'admin' = any(a.roles)`)
	if err != nil {
		return err
	}
	for _, admin := range admins {
		err := s.hooks.Send(ctx, tx, catalog.Message{
			Recipient: admin.Email, Kind: catalog.MessageWebhookDisabled, Locale: admin.Locale, Times: map[string]time.Time{"failing_since": since},
			Values:      map[string]string{"name": admin.Name, "url": d.Endpoint.URL, "reason": reason},
			Idempotency: fmt.Sprintf("webhook_disabled:%s:%s:%s", d.Endpoint.ID, d.Claim, admin.ID),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const selectDelivery = `
	select d.id, d.endpoint_id, v.id, v.type, v.at, v.data, d.state, d.attempts, d.next_attempt_at, d.delivered_at, d.last_status, d.last_error
	from webhook_deliveries d join events v on v.seq = d.event_seq`

func scanDelivery(row pgx.CollectableRow) (d catalog.Delivery, err error) {
	err = row.Scan(&d.ID, &d.EndpointID, &d.Event.ID, &d.Event.Type, &d.Event.At, &d.Event.Data, &d.State, &d.Attempts, &d.NextAttemptAt,
		&d.DeliveredAt, &d.LastStatus, &d.LastError)
	return d, err
}

// Deliveries lists deliveries, of the newest event first.
func (s *Store) Deliveries(ctx context.Context, f catalog.DeliveryFilter, p catalog.PageRequest) (page catalog.Page[catalog.Delivery], err error) {
	defer wrap(&err, "list deliveries")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectDelivery+`
		where ($1 = '' or (d.event_seq, d.id) < (select event_seq, id from webhook_deliveries where id = $1))
		  and ($2 = '' or d.endpoint_id = $2) and ($3 = '' or d.state = $3) and ($4 = '' or v.id = $4)
		order by d.event_seq desc, d.id desc limit $5`, after.ID, f.EndpointID, f.State, f.EventID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanDelivery)
	return paged(items, err, p, func(d catalog.Delivery) catalog.Cursor { return catalog.Cursor{ID: d.ID} })
}

// Delivery returns a delivery with its log, newest attempt first;
// catalog.ErrNotFound when there is none.
func (s *Store) Delivery(ctx context.Context, id string) (d catalog.Delivery, log []catalog.DeliveryAttempt, err error) {
	defer wrap(&err, "read delivery %q", id)
	rows, err := s.db.Query(ctx, selectDelivery+` where d.id = $1`, id)
	if err != nil {
		return d, nil, err
	}
	if d, err = pgx.CollectExactlyOneRow(rows, scanDelivery); err != nil {
		return d, nil, err
	}
	if rows, err = s.db.Query(ctx, `select at, took_ms, status, error, answer from webhook_attempts where delivery_id = $1 order by at desc limit 100`, id); err != nil {
		return d, nil, err
	}
	log, err = pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.DeliveryAttempt])
	return d, log, err
}
