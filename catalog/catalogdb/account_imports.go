package catalogdb

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// NewAccountImport receives a list of people, all of it or, when it breaks off
// or is no list, nothing; WorkImports takes them in. A dry run is done at once.
// catalog.ErrNotFound when there is no such program, a *catalog.FieldError on
// "body" when it is no list.
func (s *Store) NewAccountImport(ctx context.Context, i identity.AccountImport, file io.Reader) (made identity.AccountImport, err error) {
	defer wrap(&err, "receive list of people")
	i.ID, i.CreatedBy = identity.NewImportID(), identity.FromContext(ctx).Actor()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if i.ProgramID != "" {
			if _, err := readProgram(ctx, tx, nil, i.ProgramID); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `insert into account_imports (id, program_id, dry_run, created_by) values ($1, nullif($2, ''), $3, $4)`,
			i.ID, i.ProgramID, i.DryRun, i.CreatedBy)
		if err != nil {
			return err
		}
		if i.Total, err = copyRoster(ctx, tx, i.ID, file); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update account_imports set total = $2 where id = $1`, i.ID, i.Total); err != nil {
			return err
		}
		if i.DryRun {
			err = foretell(ctx, tx, i)
		} else {
			err = audit(ctx, tx, "account_import.create", "account_import", string(i.ID), map[string]any{"program_id": i.ProgramID, "rows": i.Total})
		}
		if err != nil {
			return err
		}
		made, err = readImport(ctx, tx, i.ID)
		return err
	})
	return made, err
}

// copyRoster streams the lines into the database, a piece at a time.
func copyRoster(ctx context.Context, tx pgx.Tx, id identity.ImportID, file io.Reader) (total int, err error) {
	columns := []string{"import_id", "line", "email", "profile", "outcome", "field", "code", "reason", "account_id"}
	var piece [][]any
	flush := func() error {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"account_import_rows"}, columns, pgx.CopyFromRows(piece))
		total, piece = total+len(piece), piece[:0]
		return err
	}
	err = identity.ReadRoster(file, func(r identity.RosterRow) error {
		row := []any{id, r.Line, r.Email, r.Profile, identity.RowWaiting, "", "", "", catalog.NewAccountID()}
		if p := r.Problem; p != nil {
			row = []any{id, r.Line, r.Email, nil, identity.RowInvalid, p.Field, p.Code, p.Sentence().String(), nil}
		}
		if piece = append(piece, row); len(piece) == importBatch {
			return flush()
		}
		return nil
	})
	return total, errors.Join(err, flush())
}

// importBatch is how many rows are taken in by one transaction.
const importBatch = 500

// knownRows joins the waiting rows ($1) to the accounts that have their address.
const knownRows = `
	account_import_rows r left join accounts a on a.id = coalesce(
		(select f.id from accounts f where f.email = r.email), (select s.account_id from account_emails s where s.email = r.email))`

// foretell says what an import would do.
func foretell(ctx context.Context, tx pgx.Tx, i identity.AccountImport) error {
	if err := lookUpByKey(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		update account_import_rows t set
			outcome = case when k.disabled then 'invalid' when k.id is null then 'created' else 'existing' end,
			code = case when k.disabled then 'account_disabled' else '' end,
			field = case when k.disabled then 'email' else '' end,
			reason = case when k.disabled then $3 else '' end,
			enrolled = $2 <> '' and not coalesce(k.disabled, false)
				and not exists (select from enrolments e where e.account_id = k.id and e.program_id = $2),
			account_id = k.id
		from (select r.line, a.id, a.disabled_at is not null as disabled from `+knownRows+` where r.import_id = $1 and r.outcome = 'waiting') k
		where t.import_id = $1 and t.line = k.line`, i.ID, i.ProgramID, accountDisabled)
	if err == nil {
		_, err = tx.Exec(ctx, `update account_imports set state = 'done', finished_at = now() where id = $1`, i.ID)
	}
	return err
}

const (
	accountDisabled = "The account with this address is kept from signing in."
	enrolmentEnded  = "The account was taken out of this program; enrol it again by hand if it shall come back."
)

// WorkImports takes in the lists that wait, those first that came first, and
// returns how many it finished. Any number of processes may call it: one works
// on a list at a time, by a lock that ends with the process, so that another
// continues where one was killed. What is taken in is kept after each piece.
func (s *Store) WorkImports(ctx context.Context) (finished int, err error) {
	defer wrap(&err, "work on lists of people")
	rows, err := s.db.Query(ctx, `select id from account_imports where state in ('waiting', 'running') order by id`)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[identity.ImportID])
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		done, err := s.workImport(ctx, id)
		if err != nil {
			return finished, err
		}
		if done {
			finished++
		}
	}
	return finished, nil
}

func (s *Store) workImport(ctx context.Context, id identity.ImportID) (done bool, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(lock pgx.Tx) error {
		mine, err := one[bool](ctx, lock, `select pg_try_advisory_xact_lock(hashtextextended('rounds import ' || $1, 0))`, id)
		if err != nil || !mine {
			return err
		}
		for err == nil && !done {
			done, err = s.ImportPiece(ctx, id)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(translate(err), catalog.ErrUnavailable) {
			done = true
			_, stop := s.db.Exec(ctx, `update account_imports set state = 'failed', finished_at = now(), failure = $2 where id = $1`,
				id, "This import stopped half-way by a fault of the service. Send the list again: who is in already is not taken twice.")
			return errors.Join(err, stop)
		}
		return err
	})
	return done, err
}

// ImportPiece takes in the next rows of an import, in one transaction; done when
// there were none. WorkImports calls it, for one process at a time.
func (s *Store) ImportPiece(ctx context.Context, id identity.ImportID) (done bool, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var program, by string
		err := tx.QueryRow(ctx, `
			update account_imports set state = 'running' where id = $1 and state in ('waiting', 'running')
			returning coalesce(program_id, ''), created_by`, id).Scan(&program, &by)
		if errors.Is(err, pgx.ErrNoRows) {
			done = true // by another process
			return nil
		}
		if err != nil {
			return err
		}
		if err := lookUpByKey(ctx, tx); err != nil {
			return err
		}
		lines, err := nextLines(ctx, tx, id)
		if err != nil {
			return err
		}
		if done = len(lines) == 0; done {
			_, err := tx.Exec(ctx, `update account_imports set state = 'done', finished_at = clock_timestamp() where id = $1`, id)
			return err
		}
		people, err := takeIn(ctx, tx, id, lines, by)
		if err != nil || program == "" {
			return err
		}
		return enrolPeople(ctx, tx, id, lines, people, program, by)
	})
	return done, err
}

// lookUpByKey has the transaction find rows by their keys: statistics know
// nothing yet of what was just copied in, and whole tables would be read for
// each of some hundred rows.
func lookUpByKey(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select set_config(name, 'off', true) from unnest('{enable_seqscan,enable_hashjoin,enable_mergejoin}'::text[]) name`)
	return err
}

func nextLines(ctx context.Context, tx pgx.Tx, id identity.ImportID) ([]int, error) {
	rows, err := tx.Query(ctx, `select line from account_import_rows where import_id = $1 and outcome = 'waiting' order by line limit $2`, id, importBatch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// takeIn makes the accounts that are not there, says of each row which account
// it is, and returns those that may be enrolled.
func takeIn(ctx context.Context, tx pgx.Tx, id identity.ImportID, lines []int, by string) (people []catalog.AccountID, err error) {
	_, err = tx.Exec(ctx, `
		insert into accounts (id, email, name, country, time_zone, speciality, locale, phone, certificate_name, council, council_number)
		select r.account_id, r.email, p.name, p.country, p.time_zone, p.speciality, p.locale, p.phone, p.certificate_name, p.council, p.council_number
		from account_import_rows r, jsonb_to_record(r.profile) as p (name text, country text, time_zone text, speciality text, locale text,
			phone text, certificate_name text, council text, council_number text)
		where r.import_id = $1 and r.line = any($2) and not exists (select from account_emails e where e.email = r.email)
		order by r.email on conflict (email) do nothing`, id, lines)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		with taken as (
			update account_import_rows t set
				outcome = case when k.disabled then 'invalid' when k.id = t.account_id then 'created' else 'existing' end,
				code = case when k.disabled then 'account_disabled' else '' end,
				field = case when k.disabled then 'email' else '' end,
				reason = case when k.disabled then $3 else '' end,
				account_id = k.id, profile = null
			from (select r.line, a.id, a.disabled_at is not null as disabled from `+knownRows+` where r.import_id = $1 and r.line = any($2)) k
			where t.import_id = $1 and t.line = k.line returning t.account_id, t.outcome
		), told as (
			insert into audit_log (actor, action, object_type, object_id, detail)
			select $4, 'account.create', 'account', account_id, jsonb_build_object('import_id', $1::text) from taken where outcome = 'created')
		select account_id from taken where outcome <> 'invalid'`, id, lines, accountDisabled, by)
	if err != nil {
		return nil, err
	}
	if people, err = pgx.CollectRows(rows, pgx.RowTo[catalog.AccountID]); err != nil {
		return nil, err
	}
	return people, tellImported(ctx, tx, id, lines)
}

// tellImported tells other systems of the accounts that were made, each once
// also when its address stands in several lines.
func tellImported(ctx context.Context, tx pgx.Tx, id identity.ImportID, lines []int) error {
	_, err := tx.Exec(ctx, `
		select count(*) from (
			select tell_event($3, jsonb_build_object('account_id', account_id), $3 || ':' || account_id)
			from account_import_rows where import_id = $1 and line = any($2) and outcome = 'created' order by line) told`,
		id, lines, string(catalog.EventAccountRegistered))
	return err
}

// enrolPeople enrols those that were taken in. Who was taken out of the program
// stays out.
func enrolPeople(ctx context.Context, tx pgx.Tx, id identity.ImportID, lines []int, people []catalog.AccountID, program, by string) error {
	fresh := make([]catalog.EnrolmentID, len(people))
	for i := range fresh {
		fresh[i] = catalog.NewEnrolmentID()
	}
	rows, err := tx.Query(ctx, `
		with made as (
			insert into enrolments (id, program_id, account_id, via) select f.id, $4, f.account, 'admin' from unnest($2::text[], $3::text[]) f (id, account)
			on conflict (account_id, program_id) do nothing returning id, account_id
		), told as (
			insert into audit_log (actor, action, object_type, object_id, detail)
			select $5, 'enrolment.create', 'enrolment', id, jsonb_build_object('program_id', $4::text, 'account_id', account_id, 'via', 'admin', 'import_id', $1::text) from made)
		select account_id from made`, id, fresh, people, program, by)
	if err != nil {
		return err
	}
	enrolled, err := pgx.CollectRows(rows, pgx.RowTo[catalog.AccountID])
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update account_import_rows set enrolled = true where import_id = $1 and line = any($2) and account_id = any($3)`, id, lines, enrolled)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update account_import_rows set outcome = 'invalid', field = 'email', code = 'enrolment_ended', reason = $5
		where import_id = $1 and line = any($2) and account_id = any(
			array(select account_id from enrolments where account_id = any($3) and program_id = $4 and withdrawn_at is not null))`,
		id, lines, people, program, enrolmentEnded)
	return err
}

const selectImports = `
	select i.id, coalesce(i.program_id, ''), i.dry_run, i.state, i.total, i.created_by, i.created_at, i.finished_at, i.failure,
	       (select coalesce(jsonb_object_agg(outcome, n), '{}') from (select outcome, count(*) as n from account_import_rows where import_id = i.id group by outcome) c),
	       (select count(*) from account_import_rows where import_id = i.id and enrolled)
	from account_imports i`

func scanImport(row pgx.CollectableRow) (i identity.AccountImport, err error) {
	err = row.Scan(&i.ID, &i.ProgramID, &i.DryRun, &i.State, &i.Total, &i.CreatedBy, &i.CreatedAt, &i.FinishedAt, &i.Failure, &i.Counts, &i.Enrolled)
	return i, err
}

func readImport(ctx context.Context, q querier, id identity.ImportID) (i identity.AccountImport, err error) {
	rows, err := q.Query(ctx, selectImports+` where i.id = $1`, id)
	if err != nil {
		return i, err
	}
	return pgx.CollectExactlyOneRow(rows, scanImport)
}

// AccountImports lists the imports that are still kept, the newest first.
func (s *Store) AccountImports(ctx context.Context, p catalog.PageRequest) (page catalog.Page[identity.AccountImport], err error) {
	defer wrap(&err, "list imports")
	before, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, selectImports+` where $1 = '' or i.id < $1 order by i.id desc limit $2`, before.ID, p.Size()+1)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, scanImport)
	return paged(items, err, p, func(i identity.AccountImport) catalog.Cursor { return catalog.Cursor{ID: string(i.ID)} })
}

// AccountImport tells how far an import is; catalog.ErrNotFound when there is none.
func (s *Store) AccountImport(ctx context.Context, id identity.ImportID) (i identity.AccountImport, err error) {
	defer wrap(&err, "read import %q", id)
	return readImport(ctx, s.db, id)
}

// ImportedRows lists what became of the lines of an import, in their order; of
// one outcome when it is not empty. catalog.ErrNotFound when there is no such import.
func (s *Store) ImportedRows(ctx context.Context, id identity.ImportID, outcome identity.RowOutcome, p catalog.PageRequest) (page catalog.Page[identity.ImportedRow], err error) {
	defer wrap(&err, "list rows of import %q", id)
	after, err := catalog.ParseCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	if _, err := one[bool](ctx, s.db, `select true from account_imports where id = $1`, id); err != nil {
		return page, err
	}
	c := conditions{}
	c.and("import_id = ?", id)
	c.and("line > ?", after.Position)
	if outcome != "" {
		c.and("outcome = ?", outcome)
	}
	c.args = append(c.args, p.Size()+1)
	rows, err := s.db.Query(ctx, `select line, email, outcome, enrolled, field, code, reason,
		case when outcome = 'waiting' then '' else coalesce(account_id, '') end from account_import_rows where true`+c.sql+
		` order by line limit $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return page, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[identity.ImportedRow])
	return paged(items, err, p, func(r identity.ImportedRow) catalog.Cursor { return catalog.Cursor{Position: r.Line, ID: "line"} })
}

// ForgetImports removes what was kept of imports that ended before that time:
// addresses of people, some of whom have no account.
func (s *Store) ForgetImports(ctx context.Context, before time.Time) (forgotten int64, err error) {
	defer wrap(&err, "forget imports")
	tag, err := s.db.Exec(ctx, `delete from account_imports where finished_at < $1`, before)
	return tag.RowsAffected(), err
}
