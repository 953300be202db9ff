package catalogdb

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

const selectMessage = `
	select id, recipient, kind, channel, handed_to,
	       case when sent_at is not null then 'sent' when given_up_at is not null then 'given_up' else 'waiting' end as state,
	       outcome, attempts, last_error, template_version, provider_id, created_at,
	       case when sent_at is null and given_up_at is null then next_attempt_at end, sent_at, given_up_at,
	       given_up_at is not null and sealed_content is not null, receipt, receipt_at, receipt_detail
	from messages where true`

// Messages lists what was put into the outbox, newest first.
func (s *Store) Messages(ctx context.Context, f catalog.MessageFilter, p catalog.PageRequest) (page catalog.Page[catalog.SentMessage], err error) {
	defer wrap(&err, "list messages")
	before, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if before.ID == "" {
		before.ID = "~" // after every id
	}
	rows, err := s.db.Query(ctx, selectMessage+` and id < $1 and ($2 = '' or recipient = $2) and ($3 = '' or kind = $3)
		and ($4 = '' or ($4 = 'sent') = (sent_at is not null) and ($4 = 'given_up') = (given_up_at is not null))
		order by id desc limit $5`, before.ID, f.Recipient, f.Kind, f.State, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.SentMessage])
	return paged(items, err, p, func(m catalog.SentMessage) catalog.Cursor { return catalog.Cursor{ID: m.ID} })
}

// SendAgain puts a message that was given up back into the outbox, as fresh as
// a new one. A *catalog.ConflictError when it waits, was sent, or nothing is
// left of what it said; catalog.ErrNotFound when there is none.
func (s *Store) SendAgain(ctx context.Context, id string) (m catalog.SentMessage, err error) {
	defer wrap(&err, "send message %q again", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if m, err = readMessage(ctx, tx, id); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update messages set given_up_at = null, outcome = '', last_error = '', claimed_until = null, next_attempt_at = now(),
			expires_at = now() + interval '14 days' where id = $1 and given_up_at is not null and sealed_content is not null`, id)
		if err == nil && tag.RowsAffected() == 0 {
			return &catalog.ConflictError{Code: "not_given_up", Message: "This message waits, was sent, or its content is gone; codes are not kept."}
		}
		if err != nil {
			return err
		}
		if m, err = readMessage(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "message.send_again", "message", id, nil)
	})
	return m, err
}

func readMessage(ctx context.Context, q querier, id string) (catalog.SentMessage, error) {
	rows, err := q.Query(ctx, selectMessage+` and id = $1`, id)
	if err != nil {
		return catalog.SentMessage{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.SentMessage])
}

// Undeliverable lists addresses that take no messages, in their order; of one
// address when it is not empty.
func (s *Store) Undeliverable(ctx context.Context, address string, p catalog.PageRequest) (page catalog.Page[catalog.Undeliverable], err error) {
	defer wrap(&err, "list undeliverable addresses")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	channel, last, _ := strings.Cut(after.ID, ":")
	rows, err := s.db.Query(ctx, `select channel, address, reason, detail, message_id, noted_at from undeliverable
		where (channel, address) > ($1, $2) and ($3 = '' or address = $3) order by channel, address limit $4`, channel, last, address, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Undeliverable])
	return paged(items, err, p, func(u catalog.Undeliverable) catalog.Cursor {
		return catalog.Cursor{ID: string(u.Channel) + ":" + u.Address}
	})
}

// NoteUndeliverable notes what a mail service told of addresses; noting the
// same again changes nothing. The message is found by the id that the service
// gave it.
func (s *Store) NoteUndeliverable(ctx context.Context, providerID string, notes []catalog.Undeliverable) (err error) {
	defer wrap(&err, "note undeliverable addresses")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		message, err := one[string](ctx, tx, `select id from messages where provider_id = $1 and provider_id <> '' order by id limit 1`, providerID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		for _, n := range notes {
			if err := noteUndeliverable(ctx, tx, message, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func noteUndeliverable(ctx context.Context, tx pgx.Tx, message string, n catalog.Undeliverable) error {
	tag, err := tx.Exec(ctx, `
		insert into undeliverable (channel, address, reason, detail, message_id) values ($1, $2, $3, $4, $5)
		on conflict (channel, address) do nothing`, n.Channel, n.Address, n.Reason, n.Detail, message)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return audit(ctx, tx, "address.undeliverable", "address", n.Address, map[string]any{"channel": n.Channel, "why": n.Reason})
}

// LiftUndeliverable lets messages go to an address again. catalog.ErrNotFound
// when nothing was noted of it.
func (s *Store) LiftUndeliverable(ctx context.Context, channel catalog.Channel, address string) (err error) {
	defer wrap(&err, "lift an undeliverable address")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from undeliverable where channel = $1 and address = $2`, channel, address)
		if err == nil && tag.RowsAffected() == 0 {
			err = catalog.ErrNotFound
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, "address.deliverable", "address", address, map[string]any{"channel": channel})
	})
}
