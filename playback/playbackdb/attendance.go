package playbackdb

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// LiveSchedule tells when a webinar was to start; nil when nobody said.
// catalog.ErrNotFound when there is no such webinar.
func (s *Store) LiveSchedule(ctx context.Context, webinar catalog.WebinarID) (startsAt *time.Time, err error) {
	defer wrap(&err, "schedule of %q", webinar)
	err = s.db.QueryRow(ctx, `select starts_at from webinars where id = $1 and deleted_at is null`, webinar).Scan(&startsAt)
	return startsAt, err
}

// ImportAttendance stores a batch and credits it, all of it or nothing. Rows
// whose address belongs to nobody enrolled are kept too, and count as soon as
// somebody with that address is. Importing the same again adds nothing to the
// union. A dry run tells the same and changes nothing.
//
// catalog.ErrNotFound when there is no such webinar.
func (s *Store) ImportAttendance(ctx context.Context, i playback.AttendanceImport) (result playback.AttendanceResult, err error) {
	defer wrap(&err, "import attendance of %q", i.WebinarID)
	err = s.withAttendance(ctx, i.WebinarID, func(tx pgx.Tx, w live) error {
		enrolled, err := enrolledBy(ctx, tx, i.WebinarID, i.Rows)
		if err != nil {
			return err
		}
		result = outcome(i.Rows, enrolled)
		result.Mapping = w.mapping()
		if i.DryRun {
			return nil
		}
		result.ID = playback.NewImportID()
		if err := insertImport(ctx, tx, result.ID, i, enrolled); err != nil {
			return err
		}
		if err := project(ctx, tx, w); err != nil {
			return err
		}
		return audit(ctx, tx, "attendance.import", "webinar", string(i.WebinarID), map[string]any{
			"import_id": result.ID, "platform": i.Platform, "intervals": len(i.Rows), "doctors": result.Doctors,
		})
	})
	return result, err
}

// RetractAttendance takes an import back with all it gave; what other imports
// and playing gave stays. The rows are kept as a record, with the reason.
// Idempotent. catalog.ErrNotFound when there is no such import.
func (s *Store) RetractAttendance(ctx context.Context, id playback.ImportID, by, reason string) (err error) {
	defer wrap(&err, "retract attendance %q", id)
	var webinar catalog.WebinarID
	if err := s.db.QueryRow(ctx, `select webinar_id from attendance_imports where id = $1`, id).Scan(&webinar); err != nil {
		return err
	}
	return s.withAttendance(ctx, webinar, func(tx pgx.Tx, w live) error {
		changed, err := tx.Exec(ctx, `update attendance_imports set retracted_at = now(), retracted_by = $2, reason = $3
			where id = $1 and retracted_at is null`, id, by, reason)
		if err != nil || changed.RowsAffected() == 0 {
			return err
		}
		if err := project(ctx, tx, w); err != nil {
			return err
		}
		if err := audit(ctx, tx, "attendance.retract", "webinar", string(webinar), map[string]any{"import_id": id, detailReason: reason}); err != nil {
			return err
		}
		return recordRetracted(ctx, tx, id, by, reason)
	})
}

// attendanceTries bounds how often a transaction that beats have crossed is repeated.
const attendanceTries = 5

// withAttendance runs act in a transaction that no other on the webinar's
// attendance overlaps: they wait for each other by a lock that is taken before
// any row. Beats do not wait for it; where their rows cross (a doctor's
// position) and the database ends one of the two, act is run again.
func (s *Store) withAttendance(ctx context.Context, webinar catalog.WebinarID, act func(pgx.Tx, live) error) error {
	for try := 1; ; try++ {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.attendance:' || $1, 0))`, webinar); err != nil {
				return err
			}
			w, err := readLive(ctx, tx, webinar)
			if err != nil {
				return err
			}
			return act(tx, w)
		})
		if err == nil || !retryable(err) || try == attendanceTries {
			return err
		}
	}
}

// enrolledBy finds the enrolment behind each row, "" for none, in their order.
func enrolledBy(ctx context.Context, q querier, webinar catalog.WebinarID, attended []playback.Attended) ([]catalog.EnrolmentID, error) {
	emails, names := make([]string, len(attended)), make([]string, len(attended))
	for i, a := range attended {
		emails[i], names[i] = a.Email, a.Name
	}
	rows, err := q.Query(ctx, `
		select coalesce(e.id, '')
		from webinars w join courses c on c.id = w.course_id
		cross join unnest($2::text[], $3::text[]) with ordinality as u(email, name, nr)
		left join enrolments e on e.program_id = c.program_id and e.account_id = attending_account(c.program_id, u.email, u.name)
		where w.id = $1 order by u.nr`, webinar, emails, names)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[catalog.EnrolmentID])
}

// outcome counts what the rows give.
func outcome(attended []playback.Attended, enrolled []catalog.EnrolmentID) playback.AttendanceResult {
	result := playback.AttendanceResult{Unmatched: []playback.Attended{}}
	doctors := map[catalog.EnrolmentID]bool{}
	for i, a := range attended {
		if enrolled[i] == "" {
			result.Unmatched = append(result.Unmatched, a)
			continue
		}
		doctors[enrolled[i]] = true
		result.AttendedMS += a.Left.Sub(a.Joined).Milliseconds()
	}
	result.Doctors = len(doctors)
	return result
}

func insertImport(ctx context.Context, tx pgx.Tx, id playback.ImportID, i playback.AttendanceImport, enrolled []catalog.EnrolmentID) error {
	_, err := tx.Exec(ctx, `insert into attendance_imports (id, webinar_id, platform, created_by) values ($1, $2, $3, $4)`,
		id, i.WebinarID, i.Platform, i.By)
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"attendance"},
		[]string{"import_id", "ordinal", "line", "enrolment_id", "email", "name", "joined_at", "left_at"},
		pgx.CopyFromSlice(len(i.Rows), func(n int) ([]any, error) {
			a := i.Rows[n]
			var enrolment *string
			if enrolled[n] != "" {
				enrolment = (*string)(&enrolled[n])
			}
			return []any{string(id), n, a.Line, enrolment, a.Email, a.Name, a.Joined, a.Left}, nil
		}))
	return err
}

// live is what attendance of a webinar is to be put on.
type live struct {
	webinar    catalog.WebinarID
	startsAt   *time.Time
	recording  *string // current; nil: none yet, or withdrawn
	durationMS int64
	mapSetAt   *time.Time
	set        catalog.LiveMap
}

func readLive(ctx context.Context, q querier, webinar catalog.WebinarID) (live, error) {
	w := live{webinar: webinar}
	err := q.QueryRow(ctx, `
		select w.starts_at, r.id, coalesce(r.duration_ms, 0), m.updated_at, coalesce(m.pieces, '[]'), coalesce(m.confirmed, false)
		from webinars w
		left join recordings r on r.id = w.current_recording_id
		left join live_maps m on m.recording_id = r.id
		where w.id = $1`, webinar,
	).Scan(&w.startsAt, &w.recording, &w.durationMS, &w.mapSetAt, &w.set.Pieces, &w.set.Confirmed)
	return w, err
}

func (w live) pieces() []catalog.LivePiece {
	return playback.LivePieces(w.set, w.startsAt, w.durationMS)
}

func (w live) mapping() playback.Mapping {
	switch {
	case w.recording == nil:
		return playback.MappingNoRecording
	case len(w.pieces()) == 0:
		return playback.MappingNoMap
	case len(w.set.Pieces) > 0 && w.set.Confirmed:
		return playback.MappingConfirmed
	default:
		return playback.MappingUnconfirmed
	}
}

// attendedBy is what one import says of one enrolment.
type attendedBy struct{ importID, enrolment string }

// readAttendance reads what counts: not retracted, and of somebody enrolled.
func readAttendance(ctx context.Context, q querier, webinar catalog.WebinarID) (map[attendedBy][]playback.Attended, error) {
	rows, err := q.Query(ctx, `
		select a.import_id, a.enrolment_id, a.joined_at, a.left_at from attendance_imports i
		join attendance a on a.import_id = i.id
		where i.webinar_id = $1 and i.retracted_at is null and a.enrolment_id is not null`, webinar)
	if err != nil {
		return nil, err
	}
	attended := map[attendedBy][]playback.Attended{}
	var by attendedBy
	var a playback.Attended
	_, err = pgx.ForEachRow(rows, []any{&by.importID, &by.enrolment, &a.Joined, &a.Left}, func() error {
		attended[by] = append(attended[by], a)
		return nil
	})
	return attended, err
}

// sortedBy gives rows the one order in which they are locked.
func sortedBy(attended map[attendedBy][]playback.Attended) []attendedBy {
	keys := make([]attendedBy, 0, len(attended))
	for by := range attended {
		keys = append(keys, by)
	}
	slices.SortFunc(keys, attendedBy.compare)
	return keys
}
