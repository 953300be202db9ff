package playbackdb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rounds/catalog"
	"rounds/playback"
)

// liveStart is when the webinar began, before any recording of it.
var liveStart = time.Date(2026, 9, 22, 14, 30, 0, 0, time.UTC)

func email(account catalog.AccountID) string { return string(account) + "@example.org" }

// stay is an account's presence from one second of the live session to another.
func stay(account catalog.AccountID, from, to int) playback.Attended {
	return playback.Attended{
		Line: 1, Email: email(account),
		Joined: liveStart.Add(time.Duration(from) * time.Second), Left: liveStart.Add(time.Duration(to) * time.Second),
	}
}

func (b *bundle) schedule(t *testing.T) {
	t.Helper()
	b.exec(t, `update webinars set starts_at = $2 where id = $1`, b.webinar, liveStart)
}

func (b *bundle) attend(t testing.TB, rows ...playback.Attended) playback.AttendanceResult {
	t.Helper()
	result, err := b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", By: "acc_admin", Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (b *bundle) retract(t testing.TB, id playback.ImportID) {
	t.Helper()
	if err := b.RetractAttendance(t.Context(), id, "acc_admin", "wrong file"); err != nil {
		t.Fatal(err)
	}
}

// ledger is what an import may change of what doctors have, ids of imports apart.
func (b *bundle) ledger(t testing.TB) string {
	t.Helper()
	var text string
	err := b.db.QueryRow(t.Context(), `
		select coalesce((select string_agg(concat_ws(' ', enrolment_id, recording_id, source, ranges), e'\n'
				order by enrolment_id, recording_id, source, ranges::text) from coverage), '') || e'\nunion\n' ||
			coalesce((select string_agg(u::text, e'\n' order by u::text) from coverage_union u), '') || e'\nresume\n' ||
			coalesce((select string_agg(concat_ws(' ', enrolment_id, recording_id, position_ms, session_id), e'\n'
				order by enrolment_id, recording_id) from resume_positions), '')`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhoLeftLiveResumesThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	nobody := playback.Attended{Line: 3, Email: "nobody@example.org", Joined: liveStart, Left: liveStart.Add(time.Minute)}
	plan := playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: []playback.Attended{stay(b.doctor, 200, 400), stay(b.doctor, -60, 200), nobody}, DryRun: true}
	before := b.ledger(t)
	dry, err := b.ImportAttendance(t.Context(), plan)
	if err != nil || dry.ID != "" || dry.Doctors != 1 || dry.AttendedMS != 460_000 || len(dry.Unmatched) != 1 || dry.Mapping != playback.MappingUnconfirmed {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	if after := b.ledger(t); after != before {
		t.Errorf("a dry run changed\n%s\nto\n%s", before, after)
	}
	result := b.attend(t, plan.Rows...)
	p := b.progress(t)
	if p.Coverage.Live.Total() != 400_000 || len(p.Coverage.Replay) != 0 || p.Resume.PositionMS != 400_000 {
		t.Errorf("progress: %+v", p)
	}
	s := b.start(t)
	if s.Resume.PositionMS != 400_000 || s.Watched.Total() != 400_000 {
		t.Errorf("start: %+v", s)
	}
	if f := s.From; f == nil || !f.Live || f.At == nil || !f.At.Equal(liveStart.Add(400*time.Second)) {
		t.Errorf("she left the live session 400 s after its start, told is %+v", f)
	}
	b.retract(t, result.ID)
	b.retract(t, result.ID)
	if after := b.ledger(t); after != before {
		t.Errorf("retracted, the ledger is\n%s\nand was\n%s", after, before)
	}
	wantError(t, b.RetractAttendance(t.Context(), "att_none", "acc_admin", "x"), catalog.ErrNotFound)
	_, err = b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: "web_none"})
	wantError(t, err, catalog.ErrNotFound)
	wantError(t, b.ProjectLive(t.Context(), "web_none"), catalog.ErrNotFound)
}

// TestAPlayersPositionStands: attendance that is imported later does not move a
// doctor who has gone on by replay, and retracting it does not either.
func TestAPlayersPositionStands(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(100, 700)))
	result := b.attend(t, stay(b.doctor, 0, 400))
	if p := b.progress(t); p.Resume.PositionMS != 700_000 || p.Coverage.Union().Total() != 700_000 || p.Coverage.Replay.Total() != 600_000 {
		t.Errorf("progress: %+v", p)
	}
	b.send(t, b.beat(s.SessionID, 2, seconds(700, 710)))
	b.retract(t, result.ID)
	if p := b.progress(t); p.Resume.PositionMS != 710_000 || len(p.Coverage.Live) != 0 || p.Coverage.Replay.Total() != 610_000 {
		t.Errorf("retracted: %+v", p)
	}
}

// TestAttendanceWaitsForItsRecording: it is mapped when a recording becomes
// current, and again when the map, the schedule or the recording changes.
func TestAttendanceWaitsForItsRecording(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `update webinars set current_recording_id = null`)
	if result := b.attend(t, stay(b.doctor, 0, 500)); result.Mapping != playback.MappingNoRecording {
		t.Errorf("no recording: %+v", result)
	}
	want := func(what string, resume, live int64) {
		t.Helper()
		if p := b.progress(t); p.Resume.PositionMS != resume || p.Coverage.Live.Total() != live {
			t.Errorf("%s: %+v", what, p)
		}
	}
	b.exec(t, `update webinars set current_recording_id = $1`, b.recording)
	want("no schedule", 0, 0)
	b.schedule(t)
	want("scheduled", 500_000, 500_000)
	b.exec(t, `insert into live_maps (recording_id, pieces, confirmed) values ($1, $2, true)`, b.recording,
		[]catalog.LivePiece{{LiveAt: liveStart.Add(100 * time.Second), LengthS: 200}, {LiveAt: liveStart.Add(450 * time.Second), AtS: 200, LengthS: 800}})
	want("mapped", 250_000, 250_000)
	first := b.ledger(t)
	next, _ := b.newRecording(t, b.webinar)
	b.exec(t, `update webinars set current_recording_id = $1`, next)
	want("replaced", 500_000, 500_000)
	b.exec(t, `update webinars set current_recording_id = $1`, b.recording)
	want("and back", 250_000, 250_000)
	if again := b.ledger(t); again != first {
		t.Errorf("the ledger is\n%s\nand was\n%s", again, first)
	}
}

// TestALateEnrolmentFindsItsAttendance: who attended first and registers then.
func TestALateEnrolmentFindsItsAttendance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	late := catalog.NewAccountID()
	if result := b.attend(t, stay(late, 0, 400)); result.Doctors != 0 || len(result.Unmatched) != 1 {
		t.Errorf("%+v", result)
	}
	b.exec(t, `insert into accounts (id, email, name) values ($1, $2, 'Late')`, late, email(late))
	b.exec(t, `insert into enrolments (id, program_id, account_id, via) values ($1, $2, $3, 'invitation')`, catalog.NewEnrolmentID(), b.program, late)
	p, err := b.ProgramProgress(t.Context(), late, b.program)
	if err != nil || p.Webinars[0].Resume.PositionMS != 400_000 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestUndoIsExact: whatever is imported and retracted in whatever order, the
// ledger is what importing the rest alone gives, and rebuilding changes nothing.
func TestUndoIsExact(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	other, otherEnrolment := b.newDoctor(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(50, 150)))
	rapid.Check(t, func(rt *rapid.T) {
		before := b.ledger(t)
		batches := make([][]playback.Attended, rapid.IntRange(1, 3).Draw(rt, "batches"))
		for i := range batches {
			for range rapid.IntRange(0, 4).Draw(rt, "rows") {
				who := rapid.SampledFrom([]catalog.AccountID{b.doctor, other}).Draw(rt, "who")
				from := rapid.IntRange(-50, 1100).Draw(rt, "from")
				batches[i] = append(batches[i], stay(who, from, from+rapid.IntRange(1, 300).Draw(rt, "length")))
			}
		}
		var imported []playback.ImportID
		for _, rows := range batches {
			imported = append(imported, b.attend(t, rows...).ID)
		}
		all := b.ledger(t)
		undone := rapid.IntRange(0, len(batches)-1).Draw(rt, "undone")
		b.retract(t, imported[undone])
		imported[undone] = b.attend(t, batches[undone]...).ID
		if again := b.ledger(t); again != all {
			rt.Fatalf("imported again:\n%s\nbefore:\n%s", again, all)
		}
		for _, enrolment := range []catalog.EnrolmentID{b.enrolment, otherEnrolment} {
			if err := b.RebuildUnion(t.Context(), enrolment); err != nil {
				rt.Fatal(err)
			}
		}
		if again := b.ledger(t); again != all {
			rt.Fatalf("rebuilt:\n%s\nbefore:\n%s", again, all)
		}
		slices.Reverse(imported)
		for _, id := range imported {
			b.retract(t, id)
		}
		if after := b.ledger(t); after != before {
			rt.Fatalf("all undone:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// TestACompletionWaitsForAConfirmedMap: live seconds show at once; they are
// part of what is recorded for good when a person has confirmed where they lie.
func TestACompletionWaitsForAConfirmedMap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	b.attend(t, stay(b.doctor, 0, 500))
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(500, 950)))
	if p := b.progress(t); p.Completion != nil || p.Coverage.Union().Total() != 950_000 {
		t.Errorf("unconfirmed: %+v", p)
	}
	b.exec(t, `insert into live_maps (recording_id, pieces, confirmed) values ($1, $2, true)`, b.recording,
		[]catalog.LivePiece{{LiveAt: liveStart, LengthS: 1000}})
	b.send(t, b.beat(s.SessionID, 2, seconds(950, 951)))
	if p := b.progress(t); p.Completion == nil {
		t.Errorf("confirmed: %+v", p)
	}
}

// TestAProjectionCompletes: who was in all of the live session never sends a
// beat, and is completed as soon as its place is confirmed.
func TestAProjectionCompletes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	b.exec(t, `update program_rules set counts = 'live'`)
	b.attend(t, stay(b.doctor, 0, 950))
	completions := func() (n int) {
		t.Helper()
		if err := b.db.QueryRow(t.Context(), `select count(*) from completions where enrolment_id = $1 and rule_version = 1 and recording_id = $2`, b.enrolment, b.recording).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if p := b.progress(t); !p.Completed() || p.Completion != nil || completions() != 0 {
		t.Errorf("unconfirmed: %+v", p)
	}
	b.exec(t, `insert into live_maps (recording_id, pieces, confirmed) values ($1, $2, true)`, b.recording,
		[]catalog.LivePiece{{LiveAt: liveStart, LengthS: 1000}})
	for want := 1; want >= 0; want-- { // the first time there is something to do
		if done, err := b.ProjectBehind(t.Context()); err != nil || done != want || completions() != 1 {
			t.Errorf("confirmed: %d projected, want %d; %d completions, %v", done, want, completions(), err)
		}
	}
}

// TestManyComeAtOnce: after a publication one projects, the others wait for it.
func TestManyComeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.schedule(t)
	b.exec(t, `update webinars set current_recording_id = null`)
	b.attend(t, stay(b.doctor, 0, 400))
	b.exec(t, `update webinars set current_recording_id = $1`, b.recording)
	errs := make(chan error)
	for range 16 {
		go func() {
			p, err := b.WebinarProgress(t.Context(), b.doctor, b.webinar)
			if err == nil && p.Resume.PositionMS != 400_000 {
				err = fmt.Errorf("resumes at %d", p.Resume.PositionMS)
			}
			errs <- err
		}()
	}
	for range 16 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestBeatsDoNotWaitForImports: both go on at the same time and nothing is lost.
func TestBeatsDoNotWaitForImports(t *testing.T) {
	t.Parallel()
	const doctors = 12
	b := setup(t)
	b.schedule(t)
	var rows []playback.Attended
	var players []playback.BeatRequest
	for range doctors {
		account, _ := b.newDoctor(t)
		rows = append(rows, stay(account, 0, 400))
		started := b.startOf(t, account, b.webinar)
		beat := b.beat(started.SessionID, 1, seconds(400, 410))
		beat.AccountID = account
		players = append(players, beat)
	}
	b.age(t, "1 hour")
	done := make(chan error)
	for _, beat := range players {
		go func() {
			var err error
			for ; err == nil && beat.Beat.Seq <= 20; beat.Beat.Seq++ {
				_, err = b.Beat(t.Context(), beat)
			}
			done <- err
		}()
	}
	go func() {
		var err error
		for range 10 {
			var result playback.AttendanceResult
			if result, err = b.ImportAttendance(t.Context(), playback.AttendanceImport{WebinarID: b.webinar, Platform: "api", Rows: rows}); err != nil {
				break
			}
			if err = b.RetractAttendance(t.Context(), result.ID, "acc_admin", "again"); err != nil {
				break
			}
		}
		done <- err
	}()
	for range doctors + 1 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	b.attend(t, rows...)
	for _, row := range rows {
		account := catalog.AccountID(row.Email[:len(row.Email)-len("@example.org")])
		p, err := b.WebinarProgress(t.Context(), account, b.webinar)
		if err != nil || p.Coverage.Live.Total() != 400_000 || p.Coverage.Replay.Total() != 10_000 || p.Resume.PositionMS != 410_000 {
			t.Errorf("%+v, %v", p, err)
		}
	}
}
