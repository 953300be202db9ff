package playbackdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/playbackdb"
)

func TestBeatIsCreditedWithinTheClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	result := b.send(t, b.beat(s.SessionID, 1, seconds(0, 60)))
	if result.AcceptedMS < 15_000 || result.AcceptedMS > 17_000 || result.AcceptedMS+result.RefusedMS != 60_000 {
		t.Errorf("a new session: %+v", result)
	}
	b.age(t, "2 hours")
	result = b.send(t, b.beat(s.SessionID, 2, seconds(0, 900)))
	if result.AcceptedMS != 900_000 || result.RefusedMS != 0 || result.Percent != 90 || !result.Completed {
		t.Errorf("after hours offline: %+v", result)
	}
	if result.Resume.PositionMS != 900_000 || result.Media.RecordingID != b.recording {
		t.Errorf("resume and media: %+v", result)
	}
	if p := b.progress(t); !p.Completed() || p.Completion == nil || p.RefusedMS < 40_000 || p.Coverage.Replay.Total() != 900_000 {
		t.Errorf("progress: %+v", p)
	}
}

func TestRepeatingABeatChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	first := b.send(t, b.beat(s.SessionID, 1, seconds(0, 10)))
	before := b.dump(t)
	again := b.send(t, b.beat(s.SessionID, 1, seconds(0, 500)))
	if again.AcceptedMS != 0 || again.RefusedMS != 0 || again.Percent != first.Percent || again.Resume != first.Resume {
		t.Errorf("repeated: %+v after %+v", again, first)
	}
	if after := b.dump(t); after != before {
		t.Errorf("the database changed from\n%s\nto\n%s", before, after)
	}
}

// dump is everything a beat may change.
func (b *bundle) dump(t *testing.T) string {
	t.Helper()
	var text string
	err := b.db.QueryRow(t.Context(), `
		select concat_ws(E'\n', (select string_agg(s::text, ' ' order by id) from playback_sessions s), (select string_agg(c::text, ' ') from coverage c),
			(select string_agg(u::text, ' ') from coverage_union u), (select string_agg(p::text, ' ') from resume_positions p))`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBeatsInAnyOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 7, seconds(60, 70)))
	b.send(t, b.beat(s.SessionID, 3, seconds(0, 30)))
	result := b.send(t, b.beat(s.SessionID, 5, seconds(20, 40)))
	if result.Resume.PositionMS != 70_000 {
		t.Errorf("an older beat moved the position to %d", result.Resume.PositionMS)
	}
	want := playback.NewRanges(seconds(0, 40), seconds(60, 70))
	if got := b.progress(t).Coverage.Replay; !slices.Equal(got, want) {
		t.Errorf("covered %v, want %v", got, want)
	}
}

func TestBeatOfNobodysSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	for _, id := range []catalog.PlaybackSessionID{"pbs_nothing", "", "a\x00b"} {
		_, err := b.Beat(t.Context(), b.beat(id, 1))
		wantError(t, err, catalog.ErrNotFound)
	}
	r := b.beat(s.SessionID, 1, seconds(0, 5))
	r.AccountID, _ = b.newDoctor(t)
	_, err := b.Beat(t.Context(), r)
	wantError(t, err, catalog.ErrNotFound)
	if len(b.progress(t).Coverage.Replay) != 0 {
		t.Error("another doctor's beat was credited")
	}
}

func TestWithdrawnRecordingEndsPlayAndKeepsCredit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.exec(t, `update recordings set withdrawn_at = now() - interval '59 minutes'`)
	result, err := b.Beat(t.Context(), b.beat(s.SessionID, 1, seconds(0, 600)))
	wantError(t, err, playback.ErrWithdrawn)
	if result.AcceptedMS < 59_000 || result.AcceptedMS > 62_000 {
		t.Errorf("credited %d ms of the minute before", result.AcceptedMS)
	}
}

func TestReplacedRecordingHasATimelineOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(old.SessionID, 1, seconds(0, 950)))
	replacement, _ := b.newRecording(t, b.webinar)
	b.exec(t, `update webinars set current_recording_id = $1`, replacement)
	b.send(t, b.beat(old.SessionID, 2, seconds(950, 960))) // still playing the old one
	p := b.progress(t)
	if len(p.Coverage.Union()) != 0 || p.Resume.PositionMS != 0 {
		t.Errorf("seconds of the old recording count on the new one: %+v", p)
	}
	if !p.Completed() {
		t.Error("what was completed was taken back")
	}
}

// TestBeatsInParallel: duplicated, shuffled beats of many doctors through two
// processes end in exactly the union of what was claimed.
func TestBeatsInParallel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stores := []*playbackdb.Store{b.Store, playbackdb.New(b.db, b.sealer)}
	const doctors, beats = 8, 30
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // G404: a test that can be repeated
	var requests []playback.BeatRequest
	want := map[catalog.AccountID]playback.Ranges{}
	for range doctors {
		doctor, _ := b.newDoctor(t)
		s := b.startOf(t, doctor, b.webinar)
		for seq := int64(1); seq <= beats; seq++ {
			from := dice.Int64N(900_000)
			r := b.beat(s.SessionID, seq, playback.Range{From: from, To: from + dice.Int64N(20_000)})
			r.AccountID = doctor
			requests = append(requests, r, r)
			want[doctor] = want[doctor].Union(r.Beat.Watched)
		}
	}
	b.age(t, "10 hours")
	dice.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
	var senders sync.WaitGroup
	for i, r := range requests {
		senders.Go(func() {
			if _, err := stores[i%2].Beat(context.Background(), r); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	for doctor, ranges := range want {
		p, err := b.WebinarProgress(t.Context(), doctor, b.webinar)
		if err != nil || !slices.Equal(p.Coverage.Replay, ranges) || p.RefusedMS != 0 {
			t.Errorf("%s: covered %v, want %v (%v)", doctor, p.Coverage.Replay, ranges, err)
		}
	}
	b.checkUnions(t)
}

// checkUnions holds the projection to what it is derived from.
func (b *bundle) checkUnions(t *testing.T) {
	t.Helper()
	var wrong int
	err := b.db.QueryRow(t.Context(), `
		select count(*) from (select enrolment_id, webinar_id, recording_id, source, range_agg(ranges) as ranges from coverage group by 1, 2, 3, 4) c
		full join coverage_union u using (enrolment_id, webinar_id, recording_id, source)
		where c.ranges is distinct from u.ranges`).Scan(&wrong)
	if err != nil || wrong != 0 {
		t.Errorf("%d unions differ from their coverage (%v)", wrong, err)
	}
}

func TestRebuildUnion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 30)))
	other := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(other.SessionID, 1, seconds(20, 50)))
	for _, damage := range []string{
		`update coverage_union set ranges = '{[0,5),[900,950)}'`, `delete from coverage_union`,
		`insert into coverage_union select enrolment_id, webinar_id, recording_id, 'live', '{[0,9)}' from coverage_union on conflict do nothing`,
	} {
		b.exec(t, damage)
		if err := b.RebuildUnion(t.Context(), b.enrolment); err != nil {
			t.Fatal(err)
		}
		got := b.progress(t).Coverage
		if !slices.Equal(got.Replay, playback.NewRanges(seconds(0, 50))) || len(got.Live) != 0 {
			t.Errorf("after %q: %+v", damage, got)
		}
	}
}

// TestOnePoisonedBeatTakesNoOtherWithIt: the database refuses one doctor's
// rows; the others of the same batch are stored.
func TestOnePoisonedBeatTakesNoOtherWithIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	poisoned, enrolment := b.newDoctor(t)
	b.exec(t, fmt.Sprintf(`alter table coverage add constraint poison check (enrolment_id <> '%s')`, enrolment))
	bad, good := b.startOf(t, poisoned, b.webinar), b.start(t)
	var senders sync.WaitGroup
	senders.Go(func() {
		r := b.beat(bad.SessionID, 1, seconds(0, 5))
		r.AccountID = poisoned
		if _, err := b.Beat(context.Background(), r); err == nil {
			t.Error("the poisoned beat was acknowledged")
		}
	})
	for seq := int64(1); seq <= 20; seq++ {
		senders.Go(func() {
			if _, err := b.Beat(context.Background(), b.beat(good.SessionID, seq, seconds(0, 5))); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if got := b.progress(t).Coverage.Replay.Total(); got != 5000 {
		t.Errorf("covered %d ms", got)
	}
}

func TestWithoutADatabaseBeatsAreRefused(t *testing.T) {
	t.Parallel()
	nowhere, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	_, err = playbackdb.New(nowhere, nil).Beat(t.Context(), playback.BeatRequest{SessionID: "pbs_x"})
	wantError(t, err, catalog.ErrUnavailable)
}

// TestBeatsAreHeapOnlyUpdates: a beat must not touch an index.
func TestBeatsAreHeapOnlyUpdates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn, err := pgx.Connect(t.Context(), b.db.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), `
		select i.indexrelid::regclass::text from pg_index i
		join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
		where i.indrelid::regclass::text in ('playback_sessions', 'coverage', 'coverage_union', 'resume_positions')
			and a.attname in ('seqs', 'speed', 'spent_ms', 'accepted_ms', 'refused_ms', 'last_beat_at', 'ranges', 'position_ms', 'updated_at')`)
	if indexes, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(indexes) > 0 {
		t.Errorf("indexes on columns that beats change: %v (%v)", indexes, err)
	}
}
