package playbackdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rounds/playback"
)

// checkDevices refuses a login that has played before and that as many others
// have followed since as may be in use. Sessions say all of it: there is no list
// of devices to keep. The caller holds the account's lock.
func checkDevices(ctx context.Context, tx pgx.Tx, r playback.StartRequest) error {
	if r.Devices.Most <= 0 || r.LoginID == "" {
		return nil
	}
	var followers int
	err := tx.QueryRow(ctx, `
		select count(distinct other.login_id)
		from (select max(started_at) as at from playback_sessions where account_id = $1 and login_id = $2) mine
		join playback_sessions other on other.account_id = $1 and other.login_id not in ($2, '')
			and other.started_at > mine.at and other.started_at > now() - $3::interval`,
		r.AccountID, r.LoginID, r.Devices.Window,
	).Scan(&followers)
	if err == nil && r.Devices.Full(followers) {
		err = playback.ErrDeviceLimit
	}
	return err
}
