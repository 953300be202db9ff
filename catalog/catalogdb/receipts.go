package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// NoteReceipts writes down what a service told of messages that it took; the
// same again, or what is older news, changes nothing, and so do messages that we
// do not know. A message of which nobody knew whether it was taken was. A number
// that nothing arrives at is noted as NoteUndeliverable has it.
func (s *Store) NoteReceipts(ctx context.Context, receipts []catalog.Receipt) (err error) {
	defer wrap(&err, "note receipts")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		for _, r := range receipts {
			if err := noteReceipt(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func noteReceipt(ctx context.Context, tx pgx.Tx, r catalog.Receipt) error {
	var id, address string
	var known catalog.ReceiptState
	rows, err := tx.Query(ctx, `
		select id, handed_to, receipt from messages
		where id = (select id from messages where channel = $3 and (provider_id = $1 and provider_id <> '' or id = $2) order by provider_id = $1 desc limit 1)
		for no key update`, r.ProviderID, r.MessageID, r.Channel)
	if err != nil {
		return err
	}
	if _, err := pgx.ForEachRow(rows, []any{&id, &address, &known}, func() error { return nil }); err != nil || id == "" || !r.State.Supersedes(known) {
		return err
	}
	_, err = tx.Exec(ctx, `
		update messages set receipt = $2, receipt_at = $3, receipt_detail = $4, provider_id = $5,
			sent_at = case when outcome = 'unsure' then coalesce(sent_at, $3) else sent_at end, given_up_at = case when outcome = 'unsure' then null else given_up_at end,
			sealed_content = case when outcome = 'unsure' then null else sealed_content end, outcome = case when outcome = 'unsure' then '' else outcome end
		where id = $1`, id, r.State, r.At, r.Detail, r.ProviderID)
	if err != nil || !r.DeadNumber || address == "" {
		return err
	}
	return noteUndeliverable(ctx, tx, id, catalog.Undeliverable{Channel: r.Channel, Address: address, Reason: "bounce", Detail: r.Detail})
}
