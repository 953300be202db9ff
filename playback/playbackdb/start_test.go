package playbackdb_test

import (
	"context"
	"sync"
	"testing"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/playbackdb"
)

func TestStartTellsWhereToPlay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.start(t)
	want := playback.Media{RecordingID: b.recording, Token: b.token, DurationMS: durationMS}
	if first.Media != want || first.Resume != (playback.ResumeAt{}) || len(first.Watched) != 0 || first.Previous != nil {
		t.Errorf("first start: %+v", first)
	}
	b.age(t, "10 minutes")
	b.send(t, b.beat(first.SessionID, 1, seconds(0, 30), seconds(60, 90)))
	again := b.start(t)
	if again.Resume.PositionMS != 90_000 || again.Watched.Total() != 60_000 || again.SessionID == first.SessionID || again.Previous != nil {
		t.Errorf("second start: %+v", again)
	}
}

func TestStartTellsWhoLeftOffThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := func(login, device string) playback.Started {
		t.Helper()
		s, err := b.Start(t.Context(), playback.StartRequest{AccountID: b.doctor, WebinarID: b.webinar, LoginID: login, Device: device})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	phone := start("login_phone", "Safari on iPhone")
	if phone.From != nil {
		t.Errorf("nothing was played: %+v", phone.From)
	}
	b.age(t, "10 minutes")
	b.send(t, b.beat(phone.SessionID, 1, seconds(60, 90)))
	if again := start("login_phone", "Safari on iPhone"); again.From != nil || again.Resume.PositionMS != 90_000 {
		t.Errorf("the same device: %+v", again)
	}
	computer := start("login_ward", "Edge on Windows")
	if f := computer.From; f == nil || f.Live || f.Device != "Safari on iPhone" || f.At == nil {
		t.Errorf("another device: %+v", computer.From)
	}
	b.exec(t, `update resume_positions set session_id = 'live', updated_at = '2026-11-02T18:32:00Z'`)
	b.exec(t, `update webinars set starts_at = '2026-11-02T18:00:00Z'`)
	if f := start("login_ward", "Edge on Windows").From; f == nil || !f.Live || f.Device != "" || f.At == nil || f.At.UTC().Format("2006-01-02T15:04") != "2026-11-02T18:32" {
		t.Errorf("the live session: %+v", f)
	}
	b.exec(t, `update resume_positions set position_ms = 1000`)
	if s := start("login_phone", "Safari on iPhone"); s.From != nil {
		t.Errorf("play starts over: %+v", s.From)
	}
}

func TestStartIsForEnrolledDoctorsAndReadyRecordings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := func(account catalog.AccountID, webinar catalog.WebinarID) error {
		_, err := b.Start(t.Context(), playback.StartRequest{AccountID: account, WebinarID: webinar})
		return err
	}
	stranger := catalog.NewAccountID()
	b.exec(t, `insert into accounts (id, email, name) values ($1, 'stranger@example.org', 'Stranger')`, stranger)
	wantError(t, start(stranger, b.webinar), catalog.ErrNotFound)
	wantError(t, start(b.doctor, "web_nothing"), catalog.ErrNotFound)
	wantError(t, start(b.doctor, "a\x00b"), catalog.ErrNotFound)
	b.exec(t, `update recordings set withdrawn_at = now()`)
	wantError(t, start(b.doctor, b.webinar), playback.ErrWithdrawn)
	for _, state := range []string{
		`withdrawn_at = null, published_at = null`, `published_at = now(), state = 'processing'`,
	} {
		b.exec(t, `update recordings set `+state)
		wantError(t, start(b.doctor, b.webinar), catalog.ErrNotReady)
	}
	b.exec(t, `update recordings set state = 'ready'`)
	if err := start(b.doctor, b.webinar); err != nil {
		t.Error(err)
	}
	b.exec(t, `update webinars set current_recording_id = null`)
	wantError(t, start(b.doctor, b.webinar), catalog.ErrNotReady)
	b.exec(t, `update courses set deleted_at = now()`)
	wantError(t, start(b.doctor, b.webinar), catalog.ErrNotFound)
}

func TestTheLoginsPreviousRecordingIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, otherRecording, _ := b.newWebinar(t)
	b.start(t)
	second := b.startOf(t, b.doctor, other)
	if second.Previous == nil || second.Previous.RecordingID != b.recording || second.Previous.Token != b.token {
		t.Errorf("previous: %+v", second.Previous)
	}
	if third := b.start(t); third.Previous == nil || third.Previous.RecordingID != otherRecording {
		t.Errorf("previous: %+v", third.Previous)
	}
}

func TestTheNewestStartWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older := b.start(t)
	b.age(t, "30 seconds")
	newer := b.start(t)
	result, err := b.Beat(t.Context(), b.beat(older.SessionID, 1, seconds(0, 100)))
	wantError(t, err, playback.ErrTakenOver)
	wantError(t, err, catalog.ErrConflict)
	if result.AcceptedMS < 30_000 || result.AcceptedMS > 31_000 || result.RefusedMS != 100_000-result.AcceptedMS {
		t.Errorf("what was watched before is credited: %+v", result)
	}
	b.send(t, b.beat(newer.SessionID, 1, seconds(200, 205)))
	_, err = b.Beat(t.Context(), b.beat(older.SessionID, 2, seconds(0, 1)))
	wantError(t, err, playback.ErrTakenOver)
	if p := b.progress(t); p.Resume.PositionMS != 205_000 {
		t.Errorf("a session that is over moved the position to %d", p.Resume.PositionMS)
	}
}

// TestTheSlackIsCarriedOver: what one session has credited ahead of the clock
// is missing from the next.
func TestTheSlackIsCarriedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var credited int64
	for tab := range int64(4) {
		s := b.start(t)
		credited += b.send(t, b.beat(s.SessionID, 1, seconds(tab*100, tab*100+90))).AcceptedMS
	}
	if credited < 15_000 || credited > 20_000 {
		t.Errorf("four sessions one after the other were credited %d ms at once", credited)
	}
}

// TestManyProcessesShareOneClock: beats of one session through several
// processes at the same time are credited no more than one process would.
func TestManyProcessesShareOneClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "100 seconds")
	var senders sync.WaitGroup
	for process := range int64(8) {
		store := playbackdb.New(b.db, b.sealer)
		senders.Go(func() {
			for seq := int64(1); seq <= 5; seq++ {
				at := (process*5 + seq) * 20
				if _, err := store.Beat(context.Background(), b.beat(s.SessionID, process*5+seq, seconds(at, at+20))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	if total := b.progress(t).Coverage.Replay.Total(); total < 115_000 || total > 120_000 {
		t.Errorf("credited %d ms of 115 s", total)
	}
}

// TestTwoTabsCannotEarnTwice: many starts and claims of one doctor at the same
// time, through two processes, credit no more than the clock and one slack.
func TestTwoTabsCannotEarnTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other, _, _ := b.newWebinar(t)
	var tabs sync.WaitGroup
	for tab := range int64(12) {
		webinar := []catalog.WebinarID{b.webinar, other}[tab%2]
		tabs.Go(func() {
			started, err := b.Start(context.Background(), playback.StartRequest{AccountID: b.doctor, WebinarID: webinar})
			if err != nil {
				t.Error(err)
				return
			}
			for seq := int64(1); seq <= 5; seq++ {
				r := b.beat(started.SessionID, seq, seconds(tab*50, tab*50+50))
				r.Beat.Speed = 200
				_, _ = b.Beat(context.Background(), r) // most are taken over
			}
		})
	}
	tabs.Wait()
	var credited, allowed, playing int64
	err := b.db.QueryRow(t.Context(), `
		select coalesce((select sum(upper(r) - lower(r)) from coverage c, unnest(c.ranges) r), 0)::bigint,
			(extract(epoch from clock_timestamp() - min(started_at)) * 2000)::bigint + 15000,
			count(*) filter (where ended_at is null)
		from playback_sessions`).Scan(&credited, &allowed, &playing)
	if err != nil {
		t.Fatal(err)
	}
	if credited > allowed || credited < 15_000 || playing != 1 {
		t.Errorf("credited %d ms, the clock allows %d; %d sessions play", credited, allowed, playing)
	}
}
