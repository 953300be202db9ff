package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

const selectInvitation = `
	select i.id, i.program_id, coalesce(i.email, ''), coalesce(i.domain, ''), i.via, i.created_at, i.expires_at, coalesce(i.used_by, ''), i.used_at, p.title
	from invitations i join programs p on p.id = i.program_id
	where p.deleted_at is null`

func scanInvitation(row pgx.CollectableRow) (i identity.Invitation, err error) {
	err = row.Scan(&i.ID, &i.ProgramID, &i.Email, &i.Domain, &i.Via, &i.CreatedAt, &i.ExpiresAt, &i.UsedBy, &i.UsedAt, &i.Program)
	return i, err
}

// readInvitation finds an invitation by the hash of its code, with the title
// of its program; identity.ErrInvitationInvalid when there is none.
func readInvitation(ctx context.Context, q querier, hash []byte) (identity.Invitation, string, error) {
	rows, err := q.Query(ctx, selectInvitation+` and i.code_hash = $1`, hash)
	if err != nil {
		return identity.Invitation{}, "", err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanInvitation)
	if errors.Is(err, pgx.ErrNoRows) {
		err = identity.ErrInvitationInvalid
	}
	return i, i.Program, err
}

// CreateInvitations stores invitations to a program: their ids are set, their
// codes known by hash only. With link those bound to an address are mailed to
// it, with the page that link gives for the code. All or none.
func (s *Store) CreateInvitations(ctx context.Context, program catalog.ProgramID, fresh []identity.FreshInvitation, expires *time.Time, link func(code string) string) (err error) {
	defer wrap(&err, "invite to %q", program)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		p, err := readProgram(ctx, tx, nil, program)
		if err != nil {
			return err
		}
		actor := identity.FromContext(ctx).Actor()
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"invitations"},
			[]string{"id", "program_id", "code_hash", "email", "domain", "created_by", "expires_at"},
			pgx.CopyFromSlice(len(fresh), func(i int) ([]any, error) {
				f := fresh[i]
				return []any{f.ID, program, f.Hash, nullIfEmpty(f.Email), nullIfEmpty(f.Domain), actor, expires}, nil
			}))
		if err != nil {
			return err
		}
		if err := s.mailInvitations(ctx, tx, p, fresh, link); err != nil {
			return err
		}
		return audit(ctx, tx, "invitation.create", aboutProgram, string(program), map[string]any{"count": len(fresh)})
	})
}

func (s *Store) mailInvitations(ctx context.Context, tx pgx.Tx, program catalog.Program, fresh []identity.FreshInvitation, link func(string) string) error {
	for _, f := range fresh {
		if f.Email == "" || link == nil {
			continue
		}
		err := s.hooks.Send(ctx, tx, catalog.Message{
			Recipient: f.Email, Kind: catalog.MessageInvitation, Locale: "en", Program: program.ID, Idempotency: string(f.ID),
			Values: map[string]string{"code": f.Code, catalog.ValueProgram: program.Title, "link": link(f.Code)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func nullIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Invitations lists the invitations to a program, oldest first.
func (s *Store) Invitations(ctx context.Context, program catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[identity.Invitation], err error) {
	defer wrap(&err, "list invitations to %q", program)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if _, err := readProgram(ctx, s.db, nil, program); err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectInvitation+` and i.program_id = $1 and i.id > $2 order by i.id limit $3`, program, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanInvitation)
	return paged(items, err, p, func(i identity.Invitation) catalog.Cursor { return catalog.Cursor{ID: string(i.ID)} })
}

// Join redeems an invitation, found by the hash of its code, for somebody who
// is registered. Errors as *catalog.FieldError: those of
// identity.Invitation.Usable. Joining again with the same code changes nothing.
func (s *Store) Join(ctx context.Context, hash []byte, account catalog.AccountID) (e catalog.Enrolment, err error) {
	defer wrap(&err, "join a program")
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		a, err := readAccount(ctx, tx, `id = $1`, account)
		if err != nil {
			return err
		}
		e, err = redeem(ctx, tx, `code_hash = $1`, hash, a)
		return err
	})
	return e, err
}

// redeem consumes the invitation that where and arg name and enrols a with it.
func redeem(ctx context.Context, tx pgx.Tx, where string, arg any, a identity.Account) (e catalog.Enrolment, err error) {
	rows, err := tx.Query(ctx, selectInvitation+` and i.`+where+` for update of i`, arg)
	if err != nil {
		return e, err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanInvitation)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, identity.ErrInvitationInvalid
	}
	if err != nil {
		return e, err
	}
	if i.UsedBy == a.ID {
		return readEnrolment(ctx, tx, i.ProgramID, a.ID)
	}
	if err := i.Usable(a.Email, time.Now()); err != nil {
		return e, err
	}
	if _, err := tx.Exec(ctx, `update invitations set used_by = $2, used_at = now() where id = $1`, i.ID, a.ID); err != nil {
		return e, err
	}
	if _, err := tx.Exec(ctx, `update spot_requests set registration = null where invitation_id = $1`, i.ID); err != nil {
		return e, err
	}
	return enrol(ctx, tx, i.ProgramID, a.ID, i.Via)
}
