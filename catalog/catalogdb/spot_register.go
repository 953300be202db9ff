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

// RegisterOnSpot registers with an event code. Whom the window admits gets a
// personal invitation, which holds a place, and the one-time code that redeems
// it, as with Register. When a moderator decides, she waits and no code is sent.
// Errors: identity.ErrInvitationInvalid, the identity.ErrEvent… values, and
// *catalog.RateLimitError.
func (s *Store) RegisterOnSpot(ctx context.Context, in identity.OnSpot, code identity.MintedCode) (waiting bool, err error) {
	defer wrap(&err, "register at an event")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockEmail(ctx, tx, in.Email); err != nil {
			return err
		}
		w, err := readSpotWindow(ctx, tx, true, `w.code_hash = $1`, in.Code)
		if errors.Is(err, pgx.ErrNoRows) {
			return identity.ErrInvitationInvalid
		}
		if err != nil {
			return err
		}
		if err := w.Open(time.Now(), in.Registration.Profile.TimeZone); err != nil {
			return err
		}
		place, err := s.place(ctx, tx, w, in)
		if err != nil {
			return err
		}
		if waiting = place == nil; waiting {
			return nil
		}
		return s.sendSpotCode(ctx, tx, *place, in, code)
	})
	return waiting, err
}

// place returns the invitation of whom the window admits; nil for whom waits.
func (s *Store) place(ctx context.Context, tx pgx.Tx, w identity.SpotWindow, in identity.OnSpot) (*identity.Invitation, error) {
	held, err := placeOf(ctx, tx, w.ID, in.Email)
	if err != nil {
		return nil, err
	}
	number := in.Number(w.ID)
	switch w.Admission {
	case identity.AdmitByDomain:
		if !slices.Contains(w.Domains, identity.DomainOf(in.Email)) {
			return nil, identity.ErrEventDomain
		}
	case identity.AdmitByNumber:
		if err := freeNumber(ctx, tx, w.ID, number, in.Email); err != nil {
			return nil, err
		}
	case identity.AdmitByApproval:
		if held == nil {
			return nil, wait(ctx, tx, w, in)
		}
	}
	if held != nil {
		return held, nil
	}
	fresh, err := takePlace(ctx, tx, w, in.Email, identity.SpotCodeLife)
	if err != nil {
		return nil, err
	}
	if w.Admission == identity.AdmitByNumber {
		_, err = tx.Exec(ctx, `update spot_numbers set invitation_id = $3 where window_id = $1 and number_mac = $2`, w.ID, number, fresh.ID)
	}
	return &identity.Invitation{ID: fresh.ID, ProgramID: w.ProgramID, Program: w.Program, Email: in.Email}, err
}

// freeNumber tells whether a number is on the list and nobody else holds a
// place by it.
func freeNumber(ctx context.Context, tx pgx.Tx, window string, number []byte, email string) error {
	free, err := one[bool](ctx, tx, `
		select exists (
		  select from spot_numbers n left join invitations i on i.id = n.invitation_id and (i.used_at is not null or i.expires_at > now())
		  where n.window_id = $1 and n.number_mac = $2 and (i.id is null or i.email = $3))`, window, number, email)
	if err == nil && !free {
		err = identity.ErrEventNumber
	}
	return err
}

// wait puts a doctor into the moderators' queue, or keeps her there with what
// she tells now.
func wait(ctx context.Context, tx pgx.Tx, w identity.SpotWindow, in identity.OnSpot) error {
	state, err := one[identity.RequestState](ctx, tx, `
		update spot_requests set registration = case state when 'refused' then null else $3::jsonb end,
		       state = case state when 'refused' then state else 'waiting' end
		where window_id = $1 and email = $2 returning state`, w.ID, in.Email, in.Registration)
	switch {
	case err == nil && state == identity.RequestRefused:
		return identity.ErrEventRefused
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	case w.Admitted >= w.Cap || w.Waiting >= w.MostWaiting():
		return identity.ErrEventFull
	}
	_, err = tx.Exec(ctx, `insert into spot_requests (id, window_id, email, registration) values ($1, $2, $3, $4)`,
		catalog.NewID("req"), w.ID, in.Email, in.Registration)
	return err
}

// sendSpotCode sends the one-time code that redeems a place. Whose place is
// redeemed already gets a code that signs in: the caller cannot tell.
func (s *Store) sendSpotCode(ctx context.Context, tx pgx.Tx, place identity.Invitation, in identity.OnSpot, code identity.MintedCode) error {
	if err := allowCode(ctx, tx, in.Email); err != nil {
		return err
	}
	pending, err := whoAsks(ctx, tx, in.Email)
	if err != nil {
		return err
	}
	kind := catalog.MessageRegisterCode
	pending.invitation, pending.registration, pending.program = &place.ID, &in.Registration, place.ProgramID
	if pending.account != nil {
		kind, pending.registration = catalog.MessageJoinCode, nil
	}
	return s.storeCode(ctx, tx, in.Email, code, pending, kind, place.Program)
}
