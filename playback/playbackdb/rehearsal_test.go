package playbackdb_test

import (
	"testing"

	"rounds/catalog"
	"rounds/playback"
)

// TestARehearsalCreditsNothing plays all of a recording as a presenter who
// rehearses does: she resumes and sees what she has watched like any doctor, and
// nothing of it is on record.
func TestARehearsalCreditsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rehearsed := func() int {
		t.Helper()
		var rows int
		err := b.db.QueryRow(t.Context(), `select (select count(*) from completions) + (select count(*) from evidence) + (select count(*) from evidence_chains)
			+ (select count(*) from certificates) + (select count(*) from events) + (select count(*) from told_once)`).Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	b.exec(t, `update programs set rehearsal_of = $1`, b.doctor)
	started := b.start(t)
	b.age(t, "1 hour")
	result := b.send(t, b.beat(started.SessionID, 1, seconds(0, 950)))
	if !result.Completed || result.Percent != 95 {
		t.Errorf("the player is told %+v", result)
	}
	if p := b.progress(t); p.Completion != nil || p.Resume.PositionMS != 950_000 || p.Coverage.Replay.Total() != 950_000 {
		t.Errorf("progress %+v", p)
	}
	tx, err := b.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SettleProgram(t.Context(), tx, b.program); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = b.Waive(t.Context(), playback.Waiver{WebinarID: b.webinar, AccountID: b.doctor, Reason: "She knows it"})
	wantError(t, err, catalog.ErrNotFound)
	if n := rehearsed(); n != 0 {
		t.Errorf("%d rows of credit, evidence, certificates or events", n)
	}
	// The same in a program like any other is credited.
	b.exec(t, `update programs set rehearsal_of = null`)
	b.send(t, playback.BeatRequest{SessionID: started.SessionID, AccountID: b.doctor, Beat: b.beat(started.SessionID, 2, seconds(950, 960)).Beat})
	if n := rehearsed(); n < 4 {
		t.Errorf("only %d rows, so this test sees nothing", n)
	}
}
