package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectSpotWindow = `
	select w.id, w.program_id, p.title, w.title, w.admission, w.domains, w.moderator_ids, w.cap, w.opens_at, w.closes_at, w.version, w.created_at,
	       (select count(*) from invitations i where i.window_id = w.id and (i.used_at is not null or i.expires_at > now())),
	       (select count(*) from spot_requests r where r.window_id = w.id and r.state = 'waiting')
	from spot_windows w join programs p on p.id = w.program_id
	where p.deleted_at is null`

func scanSpotWindow(row pgx.CollectableRow) (w identity.SpotWindow, err error) {
	err = row.Scan(&w.ID, &w.ProgramID, &w.Program, &w.Title, &w.Admission, &w.Domains, &w.Moderators, &w.Cap, &w.OpensAt, &w.ClosesAt,
		&w.Version, &w.CreatedAt, &w.Admitted, &w.Waiting)
	return w, err
}

// readSpotWindow reads a window and locks it when it is to be changed: whoever
// takes a place does, so that the counted places stay true until the end of tx.
func readSpotWindow(ctx context.Context, q querier, lock bool, where string, arg any) (w identity.SpotWindow, err error) {
	if lock { // before the counts are taken
		if _, err := one[string](ctx, q, `select id from spot_windows w where `+where+` for no key update`, arg); err != nil {
			return w, err
		}
	}
	rows, err := q.Query(ctx, selectSpotWindow+` and `+where, arg)
	if err != nil {
		return w, err
	}
	return pgx.CollectExactlyOneRow(rows, scanSpotWindow)
}

// CreateSpotWindow stores a window with the hash of its event code and, for
// admission by number, the HMACs of the numbers on its list. Errors:
// catalog.ErrNotFound without the program, a *catalog.FieldError on
// moderator_ids for an account that is no moderator.
func (s *Store) CreateSpotWindow(ctx context.Context, w identity.SpotWindow, code []byte, numbers [][]byte) (made identity.SpotWindow, err error) {
	defer wrap(&err, "open registration for %q", w.ProgramID)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readProgram(ctx, tx, nil, w.ProgramID); err != nil {
			return err
		}
		if err := areModerators(ctx, tx, w.Moderators); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into spot_windows (id, program_id, title, code_hash, admission, domains, moderator_ids, cap, opens_at, closes_at, created_by)
			values ($1, $2, $3, $4, $5, coalesce($6, '{}'::text[]), coalesce($7, '{}'::text[]), $8, $9, $10, $11)`,
			w.ID, w.ProgramID, w.Title, code, w.Admission, w.Domains, w.Moderators, w.Cap, w.OpensAt, w.ClosesAt, identity.FromContext(ctx).Actor())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into spot_numbers (window_id, number_mac) select distinct $1, unnest($2::bytea[])`, w.ID, numbers)
		if err != nil {
			return err
		}
		if made, err = readSpotWindow(ctx, tx, false, `w.id = $1`, w.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "spot_window.create", "spot_window", w.ID, map[string]any{
			"program": w.ProgramID, "admission": w.Admission, "cap": w.Cap, "numbers": len(numbers), "opens_at": w.OpensAt, "closes_at": w.ClosesAt,
		})
	})
	return made, err
}

func areModerators(ctx context.Context, tx pgx.Tx, ids []catalog.AccountID) error {
	known, err := one[int](ctx, tx, `
		select count(*) from accounts where id = any($1) and disabled_at is null and roles && '{moderator,admin}'`, ids)
	if err == nil && known != len(ids) {
		err = &catalog.FieldError{Field: "moderator_ids", Code: "not_a_moderator", Message: "Each of these must be an account with the role moderator."}
	}
	return err
}

// SpotWindows lists the windows that who decides about, oldest first; of one
// program when that is not empty.
func (s *Store) SpotWindows(ctx context.Context, who identity.Principal, program catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[identity.SpotWindow], err error) {
	defer wrap(&err, "list registration windows")
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectSpotWindow+` and w.id > $1 and ($2 = '' or w.program_id = $2) and ($3 or w.moderator_ids @> array[$4])
		order by w.id limit $5`, after.ID, program, who.Admin(), string(who.AccountID), p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanSpotWindow)
	return paged(items, err, p, func(w identity.SpotWindow) catalog.Cursor { return catalog.Cursor{ID: w.ID} })
}

// SpotWindow returns a window; catalog.ErrNotFound when there is none.
func (s *Store) SpotWindow(ctx context.Context, id string) (w identity.SpotWindow, err error) {
	defer wrap(&err, "read registration window %q", id)
	return readSpotWindow(ctx, s.db, false, `w.id = $1`, id)
}

// UpdateSpotWindow lets change alter title, moderators, cap and times of a
// window and stores it as its next version. Fewer places than are taken only
// keep further doctors out. Errors as of CreateSpotWindow, and catalog.ErrVersionMismatch.
func (s *Store) UpdateSpotWindow(ctx context.Context, id string, version *int, change func(*identity.SpotWindow) error) (w identity.SpotWindow, err error) {
	defer wrap(&err, "update registration window %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if w, err = readSpotWindow(ctx, tx, true, `w.id = $1`, id); err != nil {
			return err
		}
		if version != nil && *version != w.Version {
			return catalog.ErrVersionMismatch
		}
		if err := change(&w); err != nil {
			return err
		}
		if err := areModerators(ctx, tx, w.Moderators); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update spot_windows set title = $2, moderator_ids = coalesce($3, '{}'::text[]), cap = $4, opens_at = $5, closes_at = $6,
			       version = version + 1, updated_at = now() where id = $1`,
			id, w.Title, w.Moderators, w.Cap, w.OpensAt, w.ClosesAt)
		if err != nil {
			return err
		}
		w.Version++
		return audit(ctx, tx, "spot_window.update", "spot_window", id,
			map[string]any{"cap": w.Cap, "opens_at": w.OpensAt, "closes_at": w.ClosesAt, "moderator_ids": w.Moderators})
	})
	return w, err
}

// ForgetSpotNumbers removes what windows that closed long ago still know of
// people: the numbers on their lists, and what those told who were not admitted.
func (s *Store) ForgetSpotNumbers(ctx context.Context, now time.Time) (forgotten int64, err error) {
	defer wrap(&err, "forget registration numbers")
	before := now.Add(-identity.SpotNumbersLife)
	tag, err := s.db.Exec(ctx, `delete from spot_numbers n using spot_windows w where w.id = n.window_id and w.closes_at < $1`, before)
	if err != nil {
		return 0, err
	}
	forgotten = tag.RowsAffected()
	tag, err = s.db.Exec(ctx, `delete from spot_requests r using spot_windows w where w.id = r.window_id and w.closes_at < $1 and r.state <> 'approved'`, before)
	return forgotten + tag.RowsAffected(), err
}

// takePlace mints the personal invitation of an address to an event, or renews
// the one that it let expire. w was read with its lock.
func takePlace(ctx context.Context, tx pgx.Tx, w identity.SpotWindow, email string, life time.Duration) (fresh identity.FreshInvitation, err error) {
	if w.Admitted >= w.Cap {
		return fresh, identity.ErrEventFull
	}
	fresh = identity.MintInvitation(email)
	id, err := one[catalog.InvitationID](ctx, tx, `
		insert into invitations (id, program_id, code_hash, email, via, created_by, expires_at, window_id) values ($1, $2, $3, $4, 'spot', $5, $6, $7)
		on conflict (window_id, email) where window_id is not null do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at
		returning id`,
		fresh.ID, w.ProgramID, fresh.Hash, email, w.ID, time.Now().Add(life), w.ID)
	fresh.ID = id
	return fresh, err
}

// placeOf finds the invitation that an event has given to an address; nil when
// there is none or it is not good any more.
func placeOf(ctx context.Context, tx pgx.Tx, window, email string) (*identity.Invitation, error) {
	rows, err := tx.Query(ctx, selectInvitation+` and i.window_id = $1 and i.email = $2 and (i.used_at is not null or i.expires_at > now())`, window, email)
	if err != nil {
		return nil, err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanInvitation)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return &i, err
}
