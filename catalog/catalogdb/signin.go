package catalogdb

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// pendingCode is what a row of one_time_codes leads to.
type pendingCode struct {
	identity.OneTimeCode
	account      *catalog.AccountID
	invitation   *catalog.InvitationID
	registration *identity.Registration
	locale       string            // of whoever reads the mail
	program      catalog.ProgramID // that she comes into; empty: none
}

// letsIn tells whether anybody was sent the code.
func (c pendingCode) letsIn() bool { return c.account != nil || c.registration != nil }

// RequestCode sends a fresh one-time code to an address, if anybody with that
// address may sign in or is about to register. It does the same work for
// addresses that nobody has, so that the answer and its time do not tell them
// apart. A *catalog.RateLimitError says that too many were asked for.
func (s *Store) RequestCode(ctx context.Context, email string, code identity.MintedCode) (err error) {
	defer wrap(&err, "request a code")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := allowCode(ctx, tx, email); err != nil {
			return err
		}
		pending, err := whoAsks(ctx, tx, email)
		if err != nil {
			return err
		}
		return s.storeCode(ctx, tx, email, code, pending, catalog.MessageSignInCode, "")
	})
}

// Register keeps what a doctor told about herself until she proves her
// address, and sends the one-time code that does. An address that has an
// account gets a code that signs in and joins the program instead; the caller
// cannot tell. Errors: those of identity.Invitation.Usable as
// *catalog.FieldError, and *catalog.RateLimitError.
func (s *Store) Register(ctx context.Context, invitation []byte, email string, r identity.Registration, code identity.MintedCode) (err error) {
	defer wrap(&err, "register")
	return s.inTx(ctx, func(tx pgx.Tx) error {
		inv, program, err := readInvitation(ctx, tx, invitation)
		if err != nil {
			return err
		}
		if err := inv.Usable(email, time.Now()); err != nil {
			return err
		}
		if err := allowCode(ctx, tx, email); err != nil {
			return err
		}
		pending, err := whoAsks(ctx, tx, email)
		if err != nil {
			return err
		}
		kind := catalog.MessageRegisterCode
		pending.invitation, pending.registration, pending.program = &inv.ID, &r, inv.ProgramID
		if pending.account != nil {
			kind, pending.registration = catalog.MessageJoinCode, nil
		}
		return s.storeCode(ctx, tx, email, code, pending, kind, program)
	})
}

// allowCode takes the lock on the address and counts the last hour's codes.
func allowCode(ctx context.Context, tx pgx.Tx, email string) error {
	if err := lockEmail(ctx, tx, email); err != nil {
		return err
	}
	var sent int
	var oldest time.Time
	err := tx.QueryRow(ctx, `
		select count(*), coalesce(min(created_at), now()) from
		  (select created_at from one_time_codes where email = $1 and created_at > now() - interval '1 hour'
		   order by created_at desc limit $2) c`, email, identity.CodesPerHour).Scan(&sent, &oldest)
	if err != nil {
		return err
	}
	return identity.AllowCode(sent, oldest, time.Now())
}

// letsIn selects the account that an address lets into: its owner's, or the one
// that support has linked it to.
const letsIn = `id = coalesce((select id from accounts where email = $1), (select account_id from account_emails where email = $1 and signs_in))`

// whoAsks finds the account of an address or, failing that, the registration
// that waits for its code: of the last day, or one that a moderator approved. An
// account that was approved for an event joins it with the code.
func whoAsks(ctx context.Context, tx pgx.Tx, email string) (c pendingCode, err error) {
	account, err := readAccount(ctx, tx, letsIn, email)
	if err == nil && account.DisabledAt == nil {
		c.account, c.locale = &account.ID, account.Locale
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return c, err
	}
	known := err == nil
	if c.invitation, c.registration, err = approvedRequest(ctx, tx, email); err != nil || known {
		c.registration = nil
		return c, err
	}
	if c.registration != nil {
		return c, nil
	}
	err = tx.QueryRow(ctx, `
		select invitation_id, registration from one_time_codes
		where email = $1 and registration is not null and used_at is null and created_at > now() - interval '1 day'
		order by created_at desc limit 1`, email).Scan(&c.invitation, &c.registration)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return c, err
}

// storeCode writes the code down and, when it lets somebody in, sends it.
func (s *Store) storeCode(ctx context.Context, tx pgx.Tx, email string, code identity.MintedCode, c pendingCode, kind catalog.MessageKind, program string) error {
	mac, locale, asker := code.MAC, c.locale, identity.AskerOf(ctx)
	if who := identity.FromContext(ctx); who.Admin() || who.Has(identity.RoleSupport) { // sent for somebody who is elsewhere
		asker = identity.Asker{}
	}
	if !c.letsIn() {
		mac = nil
	}
	_, err := tx.Exec(ctx, `
		insert into one_time_codes (id, email, account_id, invitation_id, registration, code_mac, expires_at, browser, network)
		values ($1, $2, $3, $4, $5, coalesce($6, ''::bytea), $7, $8, $9)`,
		code.ID, email, c.account, c.invitation, c.registration, mac, code.ExpiresAt, asker.BrowserHash(), asker.Network)
	if err != nil || !c.letsIn() {
		return err
	}
	if c.registration != nil {
		locale = c.registration.Profile.Locale
	}
	return s.hooks.Send(ctx, tx, catalog.Message{
		Recipient: email, Kind: kind, Locale: locale, Program: c.program, Idempotency: code.ID,
		Values: map[string]string{
			"code": code.Digits, catalog.ValueProgram: program,
			"minutes": strconv.Itoa(int(identity.CodeLife / time.Minute)),
		},
	})
}

// SignIn takes a try of a one-time code. match decides about the codes that
// were sent to the address and not used, newest first; its error is returned
// and counts as a try. With the right code the account is returned: made from
// the registration if it is new, enrolled if an invitation came with it, which
// is consumed by this. An invitation that somebody else consumed meanwhile is
// identity.ErrInvitationUsed, and nothing has happened.
func (s *Store) SignIn(ctx context.Context, email string, match func([]identity.OneTimeCode) (identity.OneTimeCode, error)) (a identity.Account, err error) {
	defer wrap(&err, "sign in")
	var refused error
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		sent, err := sentCodes(ctx, tx, email)
		if err != nil {
			return err
		}
		var hit pendingCode
		if hit, refused = pick(sent, match); refused != nil {
			return countTry(ctx, tx, sent)
		}
		if _, err := tx.Exec(ctx, `update one_time_codes set used_at = now() where email = $1 and used_at is null`, email); err != nil {
			return err
		}
		a, err = s.admit(ctx, tx, email, hit)
		return err
	})
	return a, errors.Join(refused, err)
}

// sentCodes are the codes that a try can hit: those that this browser asked
// for, or this network, or that support issued to be entered anywhere. So nobody
// elsewhere can enter a code that was wheedled out of its owner, nor use up the
// tries of somebody else's.
func sentCodes(ctx context.Context, tx pgx.Tx, email string) ([]pendingCode, error) {
	if err := lockEmail(ctx, tx, email); err != nil {
		return nil, err
	}
	asker := identity.AskerOf(ctx)
	rows, err := tx.Query(ctx, `
		select id, code_mac, tries, expires_at, account_id, invitation_id, registration from one_time_codes
		where email = $1 and used_at is null and created_at > now() - interval '1 hour'
		  and (browser = $2 or network = $3 or browser is null and network = '')
		order by created_at desc, id desc limit 20`, email, asker.BrowserHash(), asker.Network)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c pendingCode, err error) {
		err = row.Scan(&c.ID, &c.MAC, &c.Tries, &c.ExpiresAt, &c.account, &c.invitation, &c.registration)
		return c, err
	})
}

func pick(sent []pendingCode, match func([]identity.OneTimeCode) (identity.OneTimeCode, error)) (pendingCode, error) {
	codes := make([]identity.OneTimeCode, len(sent))
	for i, c := range sent {
		codes[i] = c.OneTimeCode
	}
	hit, err := match(codes)
	if err != nil {
		return pendingCode{}, err
	}
	for _, c := range sent {
		if c.ID == hit.ID && c.letsIn() {
			return c, nil
		}
	}
	return pendingCode{}, identity.ErrCodeInvalid
}

// countTry counts against every code that the try could have hit.
func countTry(ctx context.Context, tx pgx.Tx, sent []pendingCode) error {
	ids := make([]string, len(sent))
	for i, c := range sent {
		ids[i] = c.ID
	}
	_, err := tx.Exec(ctx, `update one_time_codes set tries = tries + 1 where id = any($1) and expires_at > now()`, ids)
	return err
}

// admit turns the right code into an account that takes part.
func (s *Store) admit(ctx context.Context, tx pgx.Tx, email string, c pendingCode) (a identity.Account, err error) {
	a, err = readAccount(ctx, tx, letsIn, email)
	if err == nil && c.account != nil && *c.account != a.ID {
		return a, identity.ErrCodeInvalid // the address has moved to another account since
	}
	if errors.Is(err, pgx.ErrNoRows) && c.registration != nil {
		a, err = register(ctx, tx, email, *c.registration)
	}
	if errors.Is(err, pgx.ErrNoRows) || err == nil && a.DisabledAt != nil {
		return a, identity.ErrCodeInvalid
	}
	if err != nil || c.invitation == nil {
		return a, err
	}
	_, err = redeem(ctx, tx, `id = $1`, *c.invitation, a)
	return a, err
}

func register(ctx context.Context, tx pgx.Tx, email string, r identity.Registration) (identity.Account, error) {
	a, err := insertAccount(ctx, tx, email, r.Profile, identity.RoleDoctor)
	if err != nil {
		return a, err
	}
	for _, c := range r.Consents {
		_, err := tx.Exec(ctx, `insert into consents (account_id, purpose, text_version, granted) values ($1, $2, $3, $4)`,
			a.ID, c.Purpose, c.TextVersion, c.Granted)
		if err != nil {
			return a, err
		}
	}
	if err := tellEvent(ctx, tx, catalog.EventAccountRegistered, map[string]any{"account_id": a.ID}, string(a.ID)); err != nil {
		return a, err
	}
	return a, audit(ctx, tx, "account.register", "account", string(a.ID), nil)
}
