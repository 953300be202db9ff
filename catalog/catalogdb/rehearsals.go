package catalogdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// noRehearsal keeps programs p that are rehearsals out of a list. Who knows the
// id of one and may see it reads it all the same.
const noRehearsal = ` and p.rehearsal_of is null`

// viaRehearsal is how a presenter is enrolled in her own rehearsal.
const viaRehearsal = "rehearsal"

const selectRehearsal = `
	select p.id, w.id, p.created_at from programs p join courses c on c.program_id = p.id join webinars w on w.course_id = c.id
	where p.rehearsal_of = $1 and p.deleted_at is null and c.deleted_at is null and w.deleted_at is null`

func readRehearsal(ctx context.Context, q querier, account catalog.AccountID) (catalog.Rehearsal, error) {
	rows, err := q.Query(ctx, selectRehearsal, account)
	if err != nil {
		return catalog.Rehearsal{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[catalog.Rehearsal])
}

// Rehearsal is the one that an account has; catalog.ErrNotFound when it has none.
func (s *Store) Rehearsal(ctx context.Context, account catalog.AccountID) (r catalog.Rehearsal, err error) {
	defer wrap(&err, "read rehearsal of %q", account)
	return readRehearsal(ctx, s.db, account)
}

// Rehearse returns the rehearsal of an account and makes it when there is none:
// a program with one webinar, which she presents and in which she alone is
// enrolled. Idempotent. The title is the webinar's. A *catalog.FieldError when
// the account may not present.
func (s *Store) Rehearse(ctx context.Context, account catalog.AccountID, title string) (r catalog.Rehearsal, err error) {
	defer wrap(&err, "rehearse as %q", account)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var name string
		if err := tx.QueryRow(ctx, `select name from accounts where id = $1 for no key update`, account).Scan(&name); err != nil { // one at a time
			return err
		}
		if r, err = readRehearsal(ctx, tx, account); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		program, course, webinar := catalog.NewProgramID(), catalog.NewCourseID(), catalog.NewWebinarID()
		// What is left of one without its webinar is in the way of a new one.
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{`update programs set deleted_at = now() where rehearsal_of = $1 and deleted_at is null`, []any{account}},
			{`insert into programs (id, title, rehearsal_of) values ($1, $2, $3)`, []any{program, title + " · " + name, account}},
			{`insert into courses (id, program_id, title) values ($1, $2, $3)`, []any{course, program, title}},
			{`insert into webinars (id, course_id, title) values ($1, $2, $3)`, []any{webinar, course, title}},
		} {
			if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
				return err
			}
		}
		if err := insertRule(ctx, tx, program, catalog.DefaultRule(), ""); err != nil {
			return err
		}
		if err := setLeads(ctx, tx, catalog.Webinar{ID: webinar, PresenterIDs: []catalog.AccountID{account}}); err != nil {
			return err
		}
		if _, err := enrol(ctx, tx, program, account, viaRehearsal); err != nil {
			return err
		}
		if err := audit(ctx, tx, "rehearsal.create", aboutProgram, string(program), nil); err != nil {
			return err
		}
		r, err = readRehearsal(ctx, tx, account)
		return err
	})
	return r, err
}

// EndRehearsal removes the rehearsal of an account, if there is one. Nothing can
// be played from then on; upkeep removes its files within a day or two.
func (s *Store) EndRehearsal(ctx context.Context, account catalog.AccountID) (err error) {
	defer wrap(&err, "end rehearsal of %q", account)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `update programs set deleted_at = now() where rehearsal_of = $1 and deleted_at is null returning id`, account)
		if err != nil {
			return err
		}
		ended, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, id := range ended {
			if err := audit(ctx, tx, "rehearsal.end", aboutProgram, id, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetRehearsals removes those that were made so long ago, and returns how
// many that were.
func (s *Store) ForgetRehearsals(ctx context.Context, age time.Duration) (ended int64, err error) {
	defer wrap(&err, "forget rehearsals")
	tag, err := s.db.Exec(ctx, `
		with gone as (update programs set deleted_at = now() where rehearsal_of is not null and deleted_at is null and created_at < now() - $1::interval returning id)
		insert into audit_log (actor, action, object_type, object_id) select 'system', 'rehearsal.end', $2, id from gone`, age, aboutProgram)
	return tag.RowsAffected(), err
}
