package catalogdb

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// tellOutcome writes to those who wait for a recording how an attempt at it
// ended, in the transaction that ends it. Each of them gets one message an
// attempt: an attempt that has lost its lease never comes here.
func (s *Store) tellOutcome(ctx context.Context, tx pgx.Tx, a catalog.Attempt, kind catalog.MessageKind, note string) error {
	people, err := waitingFor(ctx, tx, a.RecordingID)
	if err != nil || len(people) == 0 {
		return err
	}
	about, err := outcomeValues(ctx, tx, a.RecordingID)
	if err != nil {
		return err
	}
	for _, person := range people {
		values := maps.Clone(about)
		values["name"], values["note"] = person.Name, note
		err := s.hooks.Send(ctx, tx, catalog.Message{
			Recipient: person.Email, Kind: kind, Locale: person.Locale, Values: values,
			Idempotency: fmt.Sprintf("%s:%s:%d:%s", kind, a.RecordingID, a.FencingToken, person.ID),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// waitingFor are the presenters of the recording's webinar and whoever uploaded
// it; when there is nobody of that kind, the administrators.
func waitingFor(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) ([]identity.Account, error) {
	makers, err := addressees(ctx, tx, `exists (select from recordings r where r.id = $1 and (a.id = r.created_by
		or exists (select from webinar_presenters wp where wp.webinar_id = r.webinar_id and wp.account_id = a.id)))`, id)
	if err != nil || len(makers) > 0 {
		return makers, err
	}
	return addressees(ctx, tx, `'admin' = any(a.roles)`)
}

// addressees are the accounts (a) in use for which the condition holds.
func addressees(ctx context.Context, tx pgx.Tx, condition string, args ...any) ([]identity.Account, error) {
	rows, err := tx.Query(ctx, `select a.id, a.name, a.email, a.locale from accounts a where a.disabled_at is null and `+condition+` order by a.id`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a identity.Account, err error) {
		err = row.Scan(&a.ID, &a.Name, &a.Email, &a.Locale)
		return a, err
	})
}

// outcomeValues are what a message tells of the recording.
func outcomeValues(ctx context.Context, tx pgx.Tx, id catalog.RecordingID) (map[string]string, error) {
	var title, filename, webinar string
	var published bool
	err := tx.QueryRow(ctx, `
		select w.title, r.filename, w.id, coalesce(w.current_recording_id = r.id, false)
		from recordings r join webinars w on w.id = r.webinar_id where r.id = $1`, id).Scan(&title, &filename, &webinar, &published)
	values := map[string]string{"title": title, "filename": filename, "webinar_id": webinar, "published": ""}
	if published {
		values["published"] = "yes"
	}
	return values, err
}

// warningsOf is what a presenter should know about an accepted recording.
func warningsOf(p catalog.Publication) string {
	sentences := make([]string, len(p.Warnings))
	for i, w := range p.Warnings {
		sentences[i] = w.Message
	}
	return strings.Join(sentences, "\n")
}
