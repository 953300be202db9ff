package playbackdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/qoe"
)

// reportsPerSession bounds what one session can put on the list, beat by beat.
const reportsPerSession = 10

// keepReports puts what doctors reported on the list of those who look after it:
// sooner than the figures, and for longer than the events are kept. The position
// is where play stood by the beat that brought the report. Idempotent.
func (r *EventRecorder) keepReports(ctx context.Context, batch []rawEvent, now time.Time) error {
	var ids, sessions, codes, devices, browsers []string
	var numbers []int
	for _, e := range batch {
		if e.Kind != qoe.Report {
			continue
		}
		ids, sessions, numbers = append(ids, string(playback.NewPlayReportID())), append(sessions, string(e.session)), append(numbers, e.N)
		codes, devices, browsers = append(codes, e.Detail.Error), append(devices, e.Detail.Device), append(browsers, e.Detail.Browser)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := r.db.Exec(ctx, `
		insert into play_reports (id, at, account_id, webinar_id, session_id, n, position_ms, code, device, browser)
		select u.id, $7, s.account_id, s.webinar_id, s.id, u.n, p.position_ms, u.code, u.device, u.browser
		from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[]) as u(id, session, n, code, device, browser)
		join playback_sessions s on s.id = u.session
		left join resume_positions p on (p.enrolment_id, p.webinar_id, p.recording_id) = (s.enrolment_id, s.webinar_id, s.recording_id)
		where (select count(*) from play_reports o where o.session_id = s.id) < $8
			and not exists (select from enrolments e join programs g on g.id = e.program_id where e.id = s.enrolment_id and g.rehearsal_of is not null)
		on conflict (session_id, n) do nothing`, ids, sessions, numbers, codes, devices, browsers, now, reportsPerSession)
	return err
}

const selectReports = `
	select r.id, r.at, r.account_id, a.name, a.email, r.webinar_id, w.title, c.program_id, coalesce(r.session_id, ''), r.position_ms, r.code, r.device, r.browser, r.done_at, r.done_by
	from play_reports r join accounts a on a.id = r.account_id join webinars w on w.id = r.webinar_id join courses c on c.id = w.course_id`

func scanReport(row pgx.CollectableRow) (r playback.PlayReport, err error) {
	err = row.Scan(&r.ID, &r.At, &r.AccountID, &r.Name, &r.Email, &r.WebinarID, &r.WebinarTitle, &r.ProgramID, &r.SessionID, &r.PositionMS,
		&r.Code, &r.Device, &r.Browser, &r.DoneAt, &r.DoneBy)
	return r, err
}

// PlayReports lists what doctors reported, the newest first.
func (s *Store) PlayReports(ctx context.Context, f playback.PlayReportFilter, page catalog.PageRequest) (p catalog.Page[playback.PlayReport], err error) {
	defer wrap(&err, "list reports of play")
	before, err := catalog.ParseCursor(page.Cursor)
	if err != nil {
		return p, err
	}
	rows, err := s.db.Query(ctx, selectReports+`
		where w.deleted_at is null and ($1 = '' or c.program_id = $1) and ($2 = '' or r.webinar_id = $2) and r.at >= $3 and r.at < coalesce($4, 'infinity'::timestamptz)
			and ($5 = '' or (r.done_at is not null) = ($5 = 'done')) and ($6 = '' or r.id < $6)
		order by r.id desc limit $7`, f.Program, f.Webinar, f.Since, until(qoe.Span{Before: f.Before}), f.State, before.ID, page.Size()+1)
	if err != nil {
		return p, err
	}
	if p.Items, err = pgx.CollectRows(rows, scanReport); err == nil && len(p.Items) > page.Size() {
		p.Items = p.Items[:page.Size()]
		p.NextCursor = catalog.Cursor{ID: string(p.Items[len(p.Items)-1].ID)}.String()
	}
	return p, err
}

// SettleReport says that somebody has looked after a report, or that somebody
// should again. Idempotent. catalog.ErrNotFound.
func (s *Store) SettleReport(ctx context.Context, id playback.PlayReportID, state playback.PlayReportState) (r playback.PlayReport, err error) {
	defer wrap(&err, "settle report %q", id)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectReports+` where r.id = $1 for no key update of r`, id)
		if err != nil {
			return err
		}
		if r, err = pgx.CollectExactlyOneRow(rows, scanReport); err != nil || r.State() == state {
			return err
		}
		err = tx.QueryRow(ctx, `update play_reports set done_at = case when $2 then now() end, done_by = case when $2 then $3 else '' end
			where id = $1 returning done_at, done_by`, id, state == playback.PlayReportDone, actor(ctx)).Scan(&r.DoneAt, &r.DoneBy)
		if err != nil {
			return err
		}
		return audit(ctx, tx, "play_report."+string(state), "play_report", string(id), map[string]any{"webinar": r.WebinarID, "account": r.AccountID})
	})
	return r, err
}

// OpenPlayReports is how many of the reports that are selected nobody has looked after.
func (s *Store) OpenPlayReports(ctx context.Context, f playback.PlayReportFilter) (open int, err error) {
	defer wrap(&err, "count reports of play")
	err = s.db.QueryRow(ctx, `
		select count(*) from play_reports r join webinars w on w.id = r.webinar_id join courses c on c.id = w.course_id
		where w.deleted_at is null and ($1 = '' or c.program_id = $1) and ($2 = '' or r.webinar_id = $2) and r.at >= $3 and r.at < coalesce($4, 'infinity'::timestamptz)
			and r.done_at is null`, f.Program, f.Webinar, f.Since, until(qoe.Span{Before: f.Before})).Scan(&open)
	return open, err
}
