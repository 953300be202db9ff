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

// Waive stores that a doctor need not complete a webinar, and the completion
// that it makes. By, At and Credited are filled in.
// catalog.ErrNotFound when there is no such webinar, *catalog.FieldError when
// the account is not enrolled in its program, playback.ErrWaived when a waiver
// stands already.
func (s *Store) Waive(ctx context.Context, w playback.Waiver) (made playback.Waiver, err error) {
	defer wrap(&err, "waive %q", w.WebinarID)
	w.ID, w.By = playback.NewWaiverID(), actor(ctx)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
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
		completed, err := complete(ctx, tx, w.WebinarID, "", w.AccountID)
		if err != nil {
			return err
		}
		w.Credited = len(completed) > 0
		waived := Change{Kind: evidence.Waived, Enrolment: enrolment, Webinar: w.WebinarID, Subject: string(w.ID), By: w.By, Reason: w.Reason}
		return RecordEvidence(ctx, tx, append([]Change{waived}, completed...)...)
	})
	return w, err
}

// enrolmentIn finds an account's enrolment in the program of a webinar.
func enrolmentIn(ctx context.Context, q querier, webinar catalog.WebinarID, account catalog.AccountID) (catalog.EnrolmentID, error) {
	var enrolment *catalog.EnrolmentID
	err := q.QueryRow(ctx, `
		select e.id from webinars w
		join courses c on c.id = w.course_id and c.deleted_at is null
		join programs p on p.id = c.program_id and p.deleted_at is null and p.rehearsal_of is null
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
	select v.id, v.webinar_id, e.account_id, v.reason, v.created_by, v.created_at, v.revoked_at, v.revoked_by, v.revoke_reason,
		exists (select from completions done where done.waiver_id = v.id)
	from waivers v join enrolments e on e.id = v.enrolment_id`

func scanWaiver(row pgx.CollectableRow) (w playback.Waiver, err error) {
	var revoked playback.Revocation
	var at *time.Time
	err = row.Scan(&w.ID, &w.WebinarID, &w.AccountID, &w.Reason, &w.By, &w.At, &at, &revoked.By, &revoked.Reason, &w.Credited)
	if at != nil {
		revoked.At = *at
		w.Revoked = &revoked
	}
	return w, err
}

// RevokeWaiver takes a waiver back; it stays as a record. The completion by it
// stands, unless it is to be taken back too: then what was watched decides anew.
// Idempotent: the first reason stands; a completion can be taken back later.
// catalog.ErrNotFound when there is no such waiver.
func (s *Store) RevokeWaiver(ctx context.Context, r playback.Revoking) (err error) {
	defer wrap(&err, "revoke waiver %q", r.ID)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectWaivers+` where v.id = $1 for no key update of v`, r.ID)
		if err != nil {
			return err
		}
		w, err := pgx.CollectExactlyOneRow(rows, scanWaiver)
		if err != nil {
			return err
		}
		changes, err := revoke(ctx, tx, w, r)
		if err != nil {
			return err
		}
		if r.TakeBack {
			taken, err := takeBack(ctx, tx, w, r)
			if err != nil {
				return err
			}
			changes = append(changes, taken...)
		}
		return RecordEvidence(ctx, tx, changes...)
	})
}

// revoke ends a waiver that stands.
func revoke(ctx context.Context, tx pgx.Tx, w playback.Waiver, r playback.Revoking) ([]Change, error) {
	if w.Revoked != nil {
		return nil, nil
	}
	change := Change{Kind: evidence.WaiverRevoked, Webinar: w.WebinarID, Subject: string(w.ID), By: actor(ctx), Reason: r.Reason}
	err := tx.QueryRow(ctx, `
		update waivers set revoked_at = now(), revoked_by = $2, revoke_reason = $3 where id = $1 returning enrolment_id`,
		w.ID, change.By, r.Reason).Scan(&change.Enrolment)
	if err != nil {
		return nil, err
	}
	return []Change{change}, audit(ctx, tx, "webinar.revoke_waiver", "account", string(w.AccountID),
		map[string]any{"waiver_id": w.ID, "webinar_id": w.WebinarID, detailReason: r.Reason, "credit": creditAfter(w, r)})
}

// creditAfter words for the audit log what becomes of the completion.
func creditAfter(w playback.Waiver, r playback.Revoking) string {
	switch {
	case !w.Credited:
		return "none"
	case r.TakeBack:
		return "taken back"
	default:
		return "stands"
	}
}

// takeBack removes the completion by a waiver, and judges anew what was watched.
func takeBack(ctx context.Context, tx pgx.Tx, w playback.Waiver, r playback.Revoking) ([]Change, error) {
	change := Change{Kind: evidence.TakenBack, Webinar: w.WebinarID, Subject: string(w.ID), By: actor(ctx), Reason: r.Reason}
	err := tx.QueryRow(ctx, `delete from completions where waiver_id = $1 returning enrolment_id`, w.ID).Scan(&change.Enrolment)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = audit(ctx, tx, "webinar.take_back_credit", "account", string(w.AccountID),
		map[string]any{"waiver_id": w.ID, "webinar_id": w.WebinarID, detailReason: r.Reason})
	if err != nil {
		return nil, err
	}
	again, err := complete(ctx, tx, w.WebinarID, "", w.AccountID)
	return append([]Change{change}, again...), err
}
