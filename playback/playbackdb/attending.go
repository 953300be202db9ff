package playbackdb

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// AttendanceImports lists what was imported for a webinar, newest first, also
// what was taken back. catalog.ErrNotFound when there is no such webinar.
func (s *Store) AttendanceImports(ctx context.Context, webinar catalog.WebinarID) (list []playback.ImportSummary, err error) {
	defer wrap(&err, "list imports of %q", webinar)
	if _, err := s.LiveSchedule(ctx, webinar); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
		with i as (select * from attendance_imports where webinar_id = $1 order by id desc limit $2)`+summedImports, webinar, maxImports)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanImport)
}

// summedImports are the imports i with what is in them, the newest first.
const summedImports = `
	select i.id, i.webinar_id, w.title, i.platform, i.created_by, i.created_at, i.retracted_at, i.retracted_by, i.reason, sums.*
	from i join webinars w on w.id = i.webinar_id cross join lateral (
		select count(*), count(distinct enrolment_id), count(*) filter (where enrolment_id is null) from attendance where import_id = i.id) sums
	order by i.id desc`

func scanImport(row pgx.CollectableRow) (i playback.ImportSummary, err error) {
	err = row.Scan(&i.ID, &i.WebinarID, &i.Webinar, &i.Platform, &i.By, &i.CreatedAt, &i.RetractedAt, &i.RetractedBy, &i.Reason, &i.Rows, &i.Doctors, &i.Unmatched)
	return i, err
}

// AllAttendanceImports lists the imports of all webinars, the newest first, also
// those that were taken back.
func (s *Store) AllAttendanceImports(ctx context.Context, page catalog.PageRequest) (p catalog.Page[playback.ImportSummary], err error) {
	defer wrap(&err, "list imports of attendance")
	before, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, `
		with i as (select i.* from attendance_imports i join webinars w on w.id = i.webinar_id
			where w.deleted_at is null and ($1 = '' or i.id < $1) order by i.id desc limit $2)`+summedImports, before.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, scanImport); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = catalog.Cursor{ID: string(p.Items[len(p.Items)-1].ID)}.String()
	}
	return p, err
}

// Bounds of lists that people go through by eye.
const (
	maxImports   = 500
	maxUnmatched = 5000
	maxClaims    = 1000
)

// UnmatchedAttendance lists who is in a webinar's reports and not enrolled by
// that address or name, the longest stay first.
func (s *Store) UnmatchedAttendance(ctx context.Context, webinar catalog.WebinarID) (list []playback.UnmatchedPerson, err error) {
	defer wrap(&err, "list unmatched attendance of %q", webinar)
	if _, err := s.LiveSchedule(ctx, webinar); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
		select a.email, case when a.email = '' then min(a.name) else max(a.name) end,
			(sum(extract(epoch from a.left_at - a.joined_at)) * 1000)::bigint as ms, min(a.joined_at), max(a.left_at)
		from attendance_imports i join attendance a on a.import_id = i.id
		where i.webinar_id = $1 and i.retracted_at is null and a.enrolment_id is null
		group by a.email, case when a.email = '' then attendance_name(a.name) end
		order by ms desc, 1, 2 limit $2`, webinar, maxUnmatched)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p playback.UnmatchedPerson, err error) {
		err = row.Scan(&p.Email, &p.Name, &p.AttendedMS, &p.Joined, &p.Left)
		return p, err
	})
}

// Enrolled lists who takes part in the program of a webinar.
func (s *Store) Enrolled(ctx context.Context, webinar catalog.WebinarID) (list []playback.Person, err error) {
	defer wrap(&err, "list who is enrolled for %q", webinar)
	rows, err := s.db.Query(ctx, `
		select a.id, a.name, a.email from webinars w join courses c on c.id = w.course_id
		join enrolments e on e.program_id = c.program_id and e.withdrawn_at is null
		join accounts a on a.id = e.account_id and a.disabled_at is null
		where w.id = $1 order by a.id`, webinar)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[playback.Person])
}

// MatchAttendance says who is behind an address or a name: rows of the webinar
// count at once, those of other webinars and of later imports too. Doing it
// twice is harmless.
//
// catalog.ErrNotFound when there is no such webinar or account; a
// *catalog.FieldError when the account is not enrolled; a
// *catalog.ConflictError when somebody else is known by it.
func (s *Store) MatchAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, who playback.Known) (err error) {
	defer wrap(&err, "match attendance of %q", webinar)
	return s.withAttendance(ctx, webinar, func(tx pgx.Tx, w live) error {
		return match(ctx, tx, w, account, who)
	})
}

func match(ctx context.Context, tx pgx.Tx, w live, account catalog.AccountID, who playback.Known) error {
	program, err := programOf(ctx, tx, w.webinar, account)
	if err != nil {
		return err
	}
	if err := remember(ctx, tx, program, account, who); err != nil {
		return err
	}
	if err := audit(ctx, tx, "attendance.match", "account", string(account), map[string]any{"webinar_id": w.webinar, "email": who.Email, "name": who.Name}); err != nil {
		return err
	}
	return project(ctx, tx, w)
}

// programOf is the program of a webinar in which the account is enrolled.
func programOf(ctx context.Context, q querier, webinar catalog.WebinarID, account catalog.AccountID) (program catalog.ProgramID, err error) {
	var enrolled bool
	err = q.QueryRow(ctx, `
		select c.program_id, exists (select from enrolments e where e.program_id = c.program_id and e.account_id = a.id)
		from webinars w join courses c on c.id = w.course_id join accounts a on a.id = $2
		where w.id = $1`, webinar, account).Scan(&program, &enrolled)
	if err == nil && !enrolled {
		err = &catalog.FieldError{Field: "account_id", Code: "not_enrolled", Message: "This account does not take part in the program of this webinar."}
	}
	return program, err
}

// remember keeps by what an account is known.
func remember(ctx context.Context, tx pgx.Tx, program catalog.ProgramID, account catalog.AccountID, who playback.Known) error {
	var known catalog.AccountID
	by := actor(ctx)
	if who.Email != "" {
		err := tx.QueryRow(ctx, `
			with own as (select id from accounts where email = $1),
			added as (
				insert into account_emails (email, account_id, added_by) select $1, $2, $3 where not exists (select from own)
				on conflict (email) do update set email = excluded.email returning account_id)
			select id from own union all select account_id from added`, who.Email, account, by).Scan(&known)
		return taken(err, known, account, "email", "This address belongs to somebody else.")
	}
	err := tx.QueryRow(ctx, `
		insert into attendance_names (program_id, name, account_id, added_by) values ($1, attendance_name($2), $3, $4)
		on conflict (program_id, name) do update set name = excluded.name returning account_id`, program, who.Name, account, by).Scan(&known)
	return taken(err, known, account, "name", "Somebody else is known by this name already.")
}

// taken is a conflict when another account than the wanted one is known.
func taken(err error, known, wanted catalog.AccountID, what, message string) error {
	if err == nil && known != wanted {
		return &catalog.ConflictError{Code: what + "_taken", Message: message}
	}
	return err
}

// UnmatchAttendance takes back that an account is behind an address or a name:
// what rows known by it gave is gone in every webinar, nothing else. Idempotent.
// catalog.ErrNotFound when there is no such webinar or account.
func (s *Store) UnmatchAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, who playback.Known, reason string) (err error) {
	defer wrap(&err, "unmatch attendance of %q", webinar)
	var own bool
	if err := s.db.QueryRow(ctx, `select email = $2 from accounts where id = $1`, account, who.Email).Scan(&own); err != nil {
		return err
	}
	if own {
		return catalog.Invalid("email", "This is the address of the account itself. Take back the import, or correct the account.")
	}
	others, err := s.attendedAs(ctx, account, who)
	if err != nil {
		return err
	}
	for _, other := range append(others, webinar) {
		err := s.withAttendance(ctx, other, func(tx pgx.Tx, w live) error {
			return unmatch(ctx, tx, w, account, who, reason)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// attendedAs are the webinars whose reports know the account by who.
func (s *Store) attendedAs(ctx context.Context, account catalog.AccountID, who playback.Known) ([]catalog.WebinarID, error) {
	rows, err := s.db.Query(ctx, `
		select distinct i.webinar_id from attendance a join attendance_imports i on i.id = a.import_id join enrolments e on e.id = a.enrolment_id
		where e.account_id = $1 and i.retracted_at is null and `+knownBy+` order by 1`, account, who.Email, who.Name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.WebinarID])
}

// knownBy selects the rows a of a report by the address $2 or, without one, the name $3.
const knownBy = `case when $2 <> '' then a.email = $2 else a.email = '' and attendance_name(a.name) = attendance_name($3) end`

func unmatch(ctx context.Context, tx pgx.Tx, w live, account catalog.AccountID, who playback.Known, reason string) error {
	var forgotten int
	err := tx.QueryRow(ctx, `
		with emails as (delete from account_emails where account_id = $1 and $2 <> '' and email = $2 returning 1),
		names as (delete from attendance_names where account_id = $1 and $2 = '' and name = attendance_name($3) returning 1)
		select (select count(*) from emails) + (select count(*) from names)`, account, who.Email, who.Name).Scan(&forgotten)
	if err != nil {
		return err
	}
	freed, err := tx.Exec(ctx, `
		update attendance a set enrolment_id = null from attendance_imports i, enrolments e
		where i.webinar_id = $4 and a.import_id = i.id and i.retracted_at is null and e.id = a.enrolment_id and e.account_id = $1 and `+knownBy,
		account, who.Email, who.Name, w.webinar)
	if err != nil || forgotten == 0 && freed.RowsAffected() == 0 {
		return err
	}
	if err := audit(ctx, tx, "attendance.unmatch", "account", string(account), map[string]any{"webinar_id": w.webinar, "email": who.Email, "name": who.Name, detailReason: reason}); err != nil {
		return err
	}
	return project(ctx, tx, w)
}

// ClaimAttendance keeps what a doctor says of herself until somebody decides.
// The same claim again is the one that waits. catalog.ErrNotFound when there
// is no such webinar that she takes part in.
func (s *Store) ClaimAttendance(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, as playback.Known, note string) (id playback.ClaimID, err error) {
	defer wrap(&err, "claim attendance of %q", webinar)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
		insert into attendance_claims (id, webinar_id, account_id, email, name, note)
		select $1, w.id, e.account_id, $4, $5, $6
		from webinars w join courses c on c.id = w.course_id join enrolments e on e.program_id = c.program_id
		where w.id = $2 and w.deleted_at is null and e.account_id = $3
			and (select count(*) from attendance_claims x where x.account_id = $3 and x.state = 'pending') < $7
		on conflict (webinar_id, account_id, email, name) where state = 'pending' do update set note = excluded.note
		returning id`, playback.NewClaimID(), webinar, account, as.Email, strings.Join(strings.Fields(as.Name), " "), note, maxPending).Scan(&id)
	})
	return id, err
}

// maxPending is how many claims of one doctor may wait.
const maxPending = 100

// AttendanceClaims lists the claims on a webinar in that state, "" for all, the
// oldest first; of one account unless it is empty. catalog.ErrNotFound when there
// is no such webinar, or none that this account takes part in.
func (s *Store) AttendanceClaims(ctx context.Context, webinar catalog.WebinarID, account catalog.AccountID, state playback.ClaimState) (list []playback.Claim, err error) {
	defer wrap(&err, "list claims on %q", webinar)
	var there bool
	err = s.db.QueryRow(ctx, `
		select true from webinars w join courses c on c.id = w.course_id where w.id = $1 and w.deleted_at is null
			and ($2 = '' or exists (select from enrolments e where e.program_id = c.program_id and e.account_id = $2))`, webinar, account).Scan(&there)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
		select k.id, k.webinar_id, k.account_id, p.email, p.name, k.email, k.name, k.note, k.state, k.created_at, k.decided_at, k.decided_by, k.reason,
			exists (select from attendance_imports i join attendance a on a.import_id = i.id
				where i.webinar_id = k.webinar_id and i.retracted_at is null and a.enrolment_id is null
					and case when k.email <> '' then a.email = k.email else a.email = '' and attendance_name(a.name) = attendance_name(k.name) end)
		from attendance_claims k join accounts p on p.id = k.account_id
		where k.webinar_id = $1 and ($2 = '' or k.state = $2) and ($4 = '' or k.account_id = $4) order by k.created_at, k.id limit $3`, webinar, state, maxClaims, account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c playback.Claim, err error) {
		err = row.Scan(&c.ID, &c.WebinarID, &c.AccountID, &c.Email, &c.Name, &c.As.Email, &c.As.Name, &c.Note, &c.State,
			&c.CreatedAt, &c.DecidedAt, &c.DecidedBy, &c.Reason, &c.Found)
		return c, err
	})
}

// DecideClaim approves a claim, which then matches as MatchAttendance does, or
// refuses it with a reason. catalog.ErrNotFound, errors of MatchAttendance, and
// a *catalog.ConflictError when it was decided otherwise before.
func (s *Store) DecideClaim(ctx context.Context, id playback.ClaimID, approve bool, reason string) (err error) {
	defer wrap(&err, "decide claim %q", id)
	var webinar catalog.WebinarID
	if err := s.db.QueryRow(ctx, `select webinar_id from attendance_claims where id = $1`, id).Scan(&webinar); err != nil {
		return err
	}
	return s.withAttendance(ctx, webinar, func(tx pgx.Tx, w live) error { return decide(ctx, tx, w, id, approve, reason) })
}

func decide(ctx context.Context, tx pgx.Tx, w live, id playback.ClaimID, approve bool, reason string) error {
	wanted := playback.ClaimRefused
	if approve {
		wanted = playback.ClaimApproved
	}
	var account catalog.AccountID
	var as playback.Known
	var state playback.ClaimState
	err := tx.QueryRow(ctx, `select account_id, email, name, state from attendance_claims where id = $1 for update`, id).Scan(&account, &as.Email, &as.Name, &state)
	switch {
	case err != nil || state == wanted:
		return err
	case state != playback.ClaimPending:
		return &catalog.ConflictError{Code: "claim_decided", Message: "Somebody has decided this claim otherwise."}
	}
	if _, err := tx.Exec(ctx, `update attendance_claims set state = $2, decided_at = now(), decided_by = $3, reason = $4 where id = $1`, id, wanted, actor(ctx), reason); err != nil {
		return err
	}
	if approve {
		return match(ctx, tx, w, account, as)
	}
	return audit(ctx, tx, "attendance.refuse_claim", "account", string(account), map[string]any{"claim_id": id, detailReason: reason})
}

// SaveMapping keeps a column mapping under a name; what was kept under it
// before is replaced. Columns are JSON that the caller understands.
func (s *Store) SaveMapping(ctx context.Context, name string, columns []byte) (err error) {
	defer wrap(&err, "save mapping %q", name)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into attendance_mappings (name, columns, updated_by) values ($1, $2, $3)
			on conflict (name) do update set columns = excluded.columns, updated_by = excluded.updated_by, updated_at = now()`, name, columns, actor(ctx))
		if err != nil {
			return err
		}
		return audit(ctx, tx, "attendance_mapping.save", "attendance_mapping", name, nil)
	})
}

// DeleteMapping forgets a column mapping. Idempotent.
func (s *Store) DeleteMapping(ctx context.Context, name string) (err error) {
	defer wrap(&err, "delete mapping %q", name)
	return s.inTx(ctx, func(tx pgx.Tx) error {
		gone, err := tx.Exec(ctx, `delete from attendance_mappings where name = $1`, name)
		if err != nil || gone.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, "attendance_mapping.delete", "attendance_mapping", name, nil)
	})
}

// Mappings lists the column mappings by name.
func (s *Store) Mappings(ctx context.Context) (list []playback.SavedMapping, err error) {
	defer wrap(&err, "list mappings")
	rows, err := s.db.Query(ctx, `select name, columns, updated_at from attendance_mappings order by name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[playback.SavedMapping])
}
