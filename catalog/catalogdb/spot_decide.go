package catalogdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectSpotRequest = `
	select id, window_id, email, coalesce(registration, '{}'), state, reason, created_at, decided_at, decided_by from spot_requests where true`

func scanSpotRequest(row pgx.CollectableRow) (r identity.SpotRequest, err error) {
	err = row.Scan(&r.ID, &r.WindowID, &r.Email, &r.Registration, &r.State, &r.Reason, &r.CreatedAt, &r.DecidedAt, &r.DecidedBy)
	return r, err
}

// SpotRequests lists the requests to a window, oldest first, in one state when
// that is not empty.
func (s *Store) SpotRequests(ctx context.Context, window string, state identity.RequestState, p catalog.PageRequest) (page catalog.Page[identity.SpotRequest], err error) {
	defer wrap(&err, "list requests to %q", window)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectSpotRequest+` and window_id = $1 and ($2 = '' or state = $2) and id > $3 order by id limit $4`,
		window, state, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanSpotRequest)
	return paged(items, err, p, func(r identity.SpotRequest) catalog.Cursor { return catalog.Cursor{ID: r.ID} })
}

var errDecided error = &catalog.ConflictError{Code: "request_decided", Message: "This request was decided already."}

// DecideRequest approves a request, which mints the doctor's invitation and
// mails it, or refuses it. may is asked about the window first; its error is
// returned. Errors: catalog.ErrNotFound; a *catalog.ConflictError with
// request_decided, or event_full. Deciding the same again changes nothing.
func (s *Store) DecideRequest(ctx context.Context, id string, may func(identity.SpotWindow) error, d identity.Decision) (r identity.SpotRequest, err error) {
	defer wrap(&err, "decide about request %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		window, err := one[string](ctx, tx, `select window_id from spot_requests where id = $1`, id)
		if err != nil {
			return err
		}
		w, err := readSpotWindow(ctx, tx, true, `w.id = $1`, window)
		if err != nil {
			return err
		}
		if err := may(w); err != nil {
			return err
		}
		if r, err = readSpotRequest(ctx, tx, id); err != nil {
			return err
		}
		want := identity.RequestRefused
		if d.Approve {
			want = identity.RequestApproved
		}
		if r.State != identity.RequestWaiting {
			if r.State == want {
				return nil
			}
			return errDecided
		}
		if err := s.decide(ctx, tx, w, r, d); err != nil {
			return err
		}
		if r, err = readSpotRequest(ctx, tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, "spot_request."+string(want), "spot_request", id,
			map[string]any{"window_id": w.ID, "email": r.Email, detailReason: d.Reason})
	})
	return r, err
}

func readSpotRequest(ctx context.Context, tx pgx.Tx, id string) (r identity.SpotRequest, err error) {
	rows, err := tx.Query(ctx, selectSpotRequest+` and id = $1 for update`, id)
	if err != nil {
		return r, err
	}
	return pgx.CollectExactlyOneRow(rows, scanSpotRequest)
}

// decide writes the decision down and tells the doctor. The registration of
// whom is refused is not kept.
func (s *Store) decide(ctx context.Context, tx pgx.Tx, w identity.SpotWindow, r identity.SpotRequest, d identity.Decision) error {
	actor, message := identity.FromContext(ctx).Actor(), catalog.Message{
		Recipient: r.Email, Locale: r.Registration.Profile.Locale, Idempotency: r.ID + " decided " + catalog.NewID("dec"),
		Kind: catalog.MessageEventRefused, Program: w.ProgramID, Values: map[string]string{"program": w.Program, "event": w.Title, "reason": d.Reason},
	}
	if !d.Approve {
		_, err := tx.Exec(ctx, `update spot_requests set state = 'refused', reason = $2, registration = null, decided_by = $3, decided_at = now() where id = $1`,
			r.ID, d.Reason, actor)
		if err != nil {
			return err
		}
		return s.hooks.Send(ctx, tx, message)
	}
	fresh, err := takePlace(ctx, tx, w, r.Email, identity.SpotApprovedLife)
	if errors.Is(err, identity.ErrEventFull) {
		return &catalog.ConflictError{Code: "event_full", Message: "All places of this event are taken. Raise its number of places first."}
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update spot_requests set state = 'approved', reason = '', invitation_id = $2, decided_by = $3, decided_at = now() where id = $1`,
		r.ID, fresh.ID, actor)
	if err != nil {
		return err
	}
	message.Kind = catalog.MessageEventAdmitted
	message.Values = map[string]string{"program": w.Program, "event": w.Title, "code": fresh.Code, "link": d.SignIn}
	return s.hooks.Send(ctx, tx, message)
}

// approvedRequest finds what an admitted doctor told who has not signed in
// since; nothing when there is none.
func approvedRequest(ctx context.Context, tx pgx.Tx, email string) (invitation *catalog.InvitationID, registration *identity.Registration, err error) {
	err = tx.QueryRow(ctx, `
		select r.invitation_id, r.registration from spot_requests r join invitations i on i.id = r.invitation_id
		where r.email = $1 and r.state = 'approved' and r.registration is not null and i.used_at is null and i.expires_at > now()
		order by r.decided_at desc limit 1`, email).Scan(&invitation, &registration)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return invitation, registration, err
}
