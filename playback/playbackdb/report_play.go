package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/playback"
)

// ReportFailure puts play that could not be opened on the list of those who look
// after it. catalog.ErrNotFound when there is no such webinar or the account is
// not enrolled in its program; playback.ErrTooManyReports.
func (s *Store) ReportFailure(ctx context.Context, f playback.PlayFailure) (id playback.PlayReportID, err error) {
	defer wrap(&err, "report play of %q", f.WebinarID)
	id = playback.NewPlayReportID()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := readTitle(ctx, tx, f.AccountID, f.WebinarID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('rounds.play_report:' || $1, 0))`, f.AccountID); err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `
			insert into play_reports (id, at, account_id, webinar_id, code, device, browser)
			select $1, now(), $2, $3, $4, $5, $6
			where (select count(*) from play_reports where account_id = $2 and session_id is null and at > now() - interval '1 hour') < $7`,
			id, f.AccountID, f.WebinarID, f.Code, f.Device, f.Browser, playback.FailuresAnHour)
		if err == nil && done.RowsAffected() == 0 {
			err = playback.ErrTooManyReports
		}
		return err
	})
	return id, err
}
