package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

const selectEnrolment = `
	select e.id, e.program_id, e.account_id, e.via, e.created_at
	from enrolments e join programs p on p.id = e.program_id
	where p.deleted_at is null and e.withdrawn_at is null`

func readEnrolment(ctx context.Context, q querier, program catalog.ProgramID, account catalog.AccountID) (catalog.Enrolment, error) {
	rows, err := q.Query(ctx, selectEnrolment+` and e.program_id = $1 and e.account_id = $2`, program, account)
	if err != nil {
		return catalog.Enrolment{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.Enrolment])
}

// enrol is idempotent; it lifts the end of an earlier enrolment. Nobody else comes
// into a presenter's rehearsal: pgx.ErrNoRows.
func enrol(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, account catalog.AccountID, via string) (e catalog.Enrolment, err error) {
	tag, err := tx.Exec(ctx, `
		insert into enrolments (id, program_id, account_id, via)
		select $1, id, $3, $4 from programs where id = $2 and coalesce(rehearsal_of, $3) = $3
		on conflict (account_id, program_id) do update set withdrawn_at = null, withdraw_reason = '' where enrolments.withdrawn_at is not null`,
		catalog.NewEnrolmentID(), program, account, via)
	if err != nil {
		return e, err
	}
	if e, err = readEnrolment(ctx, tx, program, account); err != nil || tag.RowsAffected() == 0 {
		return e, err
	}
	return e, audit(ctx, tx, "enrolment.create", "enrolment", string(e.ID),
		map[string]any{"program_id": program, detailAccount: account, "via": via})
}

// Enrol puts an account into a program on an admin's word. Idempotent.
// catalog.ErrNotFound when there is no such program, a *catalog.FieldError on
// account_id when there is no such account.
func (s *Store) Enrol(ctx context.Context, program catalog.ProgramID, account catalog.AccountID) (e catalog.Enrolment, err error) {
	defer wrap(&err, "enrol %q in %q", account, program)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readProgram(ctx, tx, nil, program); err != nil {
			return err
		}
		known, err := one[bool](ctx, tx, `select exists (select from accounts where id = $1)`, account)
		if err != nil {
			return err
		}
		if !known {
			return &catalog.FieldError{Field: "account_id", Code: "unknown_account", Message: "There is no such account."}
		}
		e, err = enrol(ctx, tx, program, account, "admin")
		return err
	})
	return e, err
}

// EndEnrolment takes an account out of a program: it sees and plays nothing of
// it any more, from this moment on; what was watched stays on record. Idempotent.
// catalog.ErrNotFound when the account was never enrolled.
func (s *Store) EndEnrolment(ctx context.Context, program catalog.ProgramID, account catalog.AccountID, reason string) (err error) {
	defer wrap(&err, "end enrolment of %q in %q", account, program)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readProgram(ctx, tx, nil, program); err != nil {
			return err
		}
		var id string
		var ended bool
		err := tx.QueryRow(ctx, `select id, withdrawn_at is not null from enrolments where program_id = $1 and account_id = $2 for no key update`, program, account).
			Scan(&id, &ended)
		if err != nil || ended {
			return err
		}
		if _, err := tx.Exec(ctx, `update enrolments set withdrawn_at = now(), withdraw_reason = $2 where id = $1`, id, reason); err != nil {
			return err
		}
		return audit(ctx, tx, "enrolment.end", "enrolment", id, map[string]any{"program_id": program, detailAccount: account, detailReason: reason})
	})
}

// Enrolments lists who takes part in a program, in the order of joining.
func (s *Store) Enrolments(ctx context.Context, program catalog.ProgramID, p catalog.PageRequest) (page catalog.Page[catalog.Enrolment], err error) {
	defer wrap(&err, "list enrolments in %q", program)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if _, err := readProgram(ctx, s.db, nil, program); err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectEnrolment+` and e.program_id = $1 and e.id > $2 order by e.id limit $3`, program, after.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Enrolment])
	return paged(items, err, p, func(e catalog.Enrolment) catalog.Cursor { return catalog.Cursor{ID: string(e.ID)} })
}

// EnrolmentsOf lists the programs an account takes part in; her rehearsal is none.
func (s *Store) EnrolmentsOf(ctx context.Context, account catalog.AccountID) (e []catalog.Enrolment, err error) {
	defer wrap(&err, "list enrolments of %q", account)
	rows, err := s.db.Query(ctx, selectEnrolment+noRehearsal+` and e.account_id = $1 order by e.id`, account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Enrolment])
}
