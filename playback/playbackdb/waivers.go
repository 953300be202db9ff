package playbackdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/evidence"
)

// Waive stores that a doctor need not complete a webinar. By and At are filled in.
// catalog.ErrNotFound when there is no such webinar, *catalog.FieldError when
// the account is not enrolled in its program, playback.ErrWaived when a waiver
// stands already.
func (s *Store) Waive(ctx context.Context, w playback.Waiver) (made playback.Waiver, err error) {
	defer wrap(&err, "waive %q", w.WebinarID)
	w.ID, w.By = playback.NewWaiverID(), actor(ctx)
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		enrolment, err := enrolmentIn(ctx, tx, w.WebinarID, w.AccountID)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `insert into waivers (id, enrolment_id, webinar_id, reason, created_by) values ($1, $2, $3, $4, $5) returning created_at`,
			w.ID, enrolment, w.WebinarID, w.Reason, w.By).Scan(&w.At)
		var taken *pgconn.PgError
		if errors.As(err, &taken) && taken.ConstraintName == "waivers_standing" {
			return playback.ErrWaived
		}
		if err != nil {
			return err
		}
		if err := audit(ctx, tx, "webinar.waive", "account", string(w.AccountID),
			map[string]any{"waiver_id": w.ID, "webinar_id": w.WebinarID, detailReason: w.Reason}); err != nil {
			return err
		}
		return recordWaiver(ctx, tx, evidence.Waived, w, w.By, w.Reason)
	})
	return w, err
}

// enrolmentIn finds an account's enrolment in the program of a webinar.
func enrolmentIn(ctx context.Context, q querier, webinar catalog.WebinarID, account catalog.AccountID) (string, error) {
	var enrolment *string
	err := q.QueryRow(ctx, `
		select e.id from webinars w
		join courses c on c.id = w.course_id and c.deleted_at is null
		join programs p on p.id = c.program_id and p.deleted_at is null
		left join enrolments e on e.program_id = p.id and e.account_id = $2 and e.withdrawn_at is null
		where w.id = $1 and w.deleted_at is null`, webinar, account).Scan(&enrolment)
	if err != nil {
		return "", err
	}
	if enrolment == nil {
		return "", &catalog.FieldError{Field: "account_id", Code: "not_enrolled", Message: "This account is not enrolled in the program of the webinar."}
	}
	return *enrolment, nil
}

// Waivers lists the waivers of a webinar, newest first, revoked ones included;
// of one account unless it is empty. catalog.ErrNotFound.
func (s *Store) Waivers(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, page catalog.PageRequest) (p catalog.Page[playback.Waiver], err error) {
	defer wrap(&err, "waivers of %q", webinar)
	after, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	var exists bool
	if err := s.db.QueryRow(ctx, `select true from webinars where id = $1 and deleted_at is null`, webinar).Scan(&exists); err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, selectWaivers+`
		where v.webinar_id = $1 and ($2 = '' or e.account_id = $2) and ($3 = '' or v.id < $3) order by v.id desc limit $4`,
		webinar, account, after.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, scanWaiver); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = catalog.Cursor{ID: string(p.Items[len(p.Items)-1].ID)}.String()
	}
	return p, err
}

const selectWaivers = `
	select v.id, v.webinar_id, e.account_id, v.reason, v.created_by, v.created_at, v.revoked_at, v.revoked_by, v.revoke_reason
	from waivers v join enrolments e on e.id = v.enrolment_id`

func scanWaiver(row pgx.CollectableRow) (w playback.Waiver, err error) {
	var revoked playback.Revocation
	var at *time.Time
	err = row.Scan(&w.ID, &w.WebinarID, &w.AccountID, &w.Reason, &w.By, &w.At, &at, &revoked.By, &revoked.Reason)
	if at != nil {
		revoked.At = *at
		w.Revoked = &revoked
	}
	return w, err
}

// RevokeWaiver takes a waiver back; it stays as a record. Idempotent: the first
// reason stands. catalog.ErrNotFound when there is no such waiver.
func (s *Store) RevokeWaiver(ctx context.Context, id playback.WaiverID, reason string) (err error) {
	defer wrap(&err, "revoke waiver %q", id)
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectWaivers+` where v.id = $1 for no key update of v`, id)
		if err != nil {
			return err
		}
		w, err := pgx.CollectExactlyOneRow(rows, scanWaiver)
		if err != nil || w.Revoked != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update waivers set revoked_at = now(), revoked_by = $2, revoke_reason = $3 where id = $1`, id, actor(ctx), reason); err != nil {
			return err
		}
		if err := audit(ctx, tx, "webinar.revoke_waiver", "account", string(w.AccountID),
			map[string]any{"waiver_id": id, "webinar_id": w.WebinarID, detailReason: reason}); err != nil {
			return err
		}
		return recordWaiver(ctx, tx, evidence.WaiverRevoked, w, actor(ctx), reason)
	})
}
