package playbackdb_test

import (
	"testing"
	"time"

	"rounds/playback"
)

// TestDevices: the newest two devices may play; one that two others followed
// must sign in again, and then it is the newest.
func TestDevices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limits := playback.Devices{Most: 2, Window: 4 * time.Hour}
	start := func(login string, want error) {
		t.Helper()
		b.exec(t, `update playback_sessions set started_at = started_at - interval '1 second'`)
		_, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar, LoginID: login, Devices: limits})
		wantError(t, err, want)
	}
	for range 3 { // two devices may take turns for ever
		start("laptop", nil)
		start("phone", nil)
	}
	start("tablet", nil)
	start("laptop", playback.ErrDeviceLimit)
	start("phone", nil) // only the tablet has followed it
	start("tablet", nil)
	start("laptop again", nil)
	start("phone", playback.ErrDeviceLimit)
	b.age(t, "4 hours")
	start("phone", nil)
	limits.Most = 0
	start("laptop", nil)
}

func TestTrace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.start(t), b.start(t)
	found, err := b.Trace(t.Context(), []playback.ViewerCode{first.Code, "", "000000000"})
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	got := found[0]
	if got.SessionID != first.SessionID || got.AccountID != b.doctor || got.Email != string(b.doctor)+"@example.org" ||
		got.Name != "Doctor" || got.WebinarID != b.webinar || got.EndedAt == nil || first.Code == second.Code {
		t.Errorf("%+v", got)
	}
	var looked int
	if err := b.db.QueryRow(t.Context(), `select count(*) from audit_log where action = 'viewer.trace' and object_id = $1`, b.doctor).Scan(&looked); err != nil || looked != 1 {
		t.Errorf("%d notes that somebody looked, %v", looked, err)
	}
}
