package playbackdb_test

import (
	"fmt"
	"testing"

	"rounds/catalog"
)

// replace publishes a recording in place of the current one, with a time map of
// one piece: the first seconds were cut.
func (b *bundle) replace(t *testing.T, cutS int) catalog.RecordingID {
	t.Helper()
	id, _ := b.newRecording(t, b.webinar)
	b.exec(t, `insert into time_maps (recording_id, replaces, pieces) select $1, current_recording_id, $2::jsonb from webinars where id = $3`,
		id, fmt.Sprintf(`[{"from_s": %d, "at_s": 0, "length_s": 604800}]`, cutS), b.webinar)
	b.exec(t, `update webinars set current_recording_id = $2 where id = $1`, b.webinar, id)
	return id
}

// standing is the replay coverage and the resume position on the current recording.
func (b *bundle) standing(t *testing.T) string {
	t.Helper()
	p := b.progress(t)
	return fmt.Sprint(p.Coverage.Replay, " ", p.Resume.PositionMS)
}

// TestReplacementCarriesOver: what was watched and the resume point move to the
// recording that replaces the one that was played, over two replacements that
// the doctor never saw in between, with what an offline player says later; what
// is watched of the new one is added and stays when the map is corrected.
func TestReplacementCarriesOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 100), seconds(200, 300)))
	b.replace(t, 10)
	second := b.replace(t, 20)
	if got, want := b.standing(t), "[{0 70000} {170000 270000}] 270000"; got != want {
		t.Fatalf("carried %s, want %s", got, want)
	}
	b.send(t, b.beat(s.SessionID, 2, seconds(400, 500)))
	if got, want := b.standing(t), "[{0 70000} {170000 270000} {370000 470000}] 470000"; got != want {
		t.Errorf("after a late beat %s, want %s", got, want)
	}
	again := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(again.SessionID, 1, seconds(600, 650)))
	b.exec(t, `update time_maps set pieces = '[{"from_s": 0, "at_s": 0, "length_s": 250}]', updated_at = clock_timestamp() where recording_id = $1`, second)
	if got, want := b.standing(t), "[{0 90000} {190000 250000} {600000 650000}] 650000"; got != want {
		t.Errorf("after a correction %s, want %s", got, want)
	}
	before := b.standing(t)
	if err := b.RebuildUnion(t.Context(), b.enrolment); err != nil || b.standing(t) != before {
		t.Errorf("rebuilt %s, %v, want %s", b.standing(t), err, before)
	}
}

// TestAWiderCutGivesBack: what was watched of any recording that was cut from a
// file counts on every later one, also what a narrower one between did not show.
func TestAWiderCutGivesBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 100), seconds(300, 400)))
	trim := func(fromS int, piece string) {
		id := b.replace(t, 0)
		b.exec(t, `update recordings set source_id = $2, cut_from_ms = $3, duration_ms = 1000000 - $3::bigint where id = $1`, id, b.recording, 1000*fromS)
		b.exec(t, `update time_maps set pieces = $2::jsonb, updated_at = clock_timestamp() where recording_id = $1`, id, piece)
	}
	trim(350, `[{"from_s": 350, "at_s": 0, "length_s": 650}]`)
	if got, want := b.standing(t), "[{0 50000}] 50000"; got != want {
		t.Fatalf("of the cut %s, want %s", got, want)
	}
	b.send(t, b.beat(s.SessionID, 2, seconds(100, 120))) // of a player that was offline
	narrow := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(narrow.SessionID, 1, seconds(200, 300)))
	trim(50, `[{"from_s": 0, "at_s": 300, "length_s": 650}]`)
	if got, want := b.standing(t), "[{0 70000} {250000 350000} {500000 600000}] 600000"; got != want {
		t.Errorf("of the wider cut %s, want %s", got, want)
	}
}

// TestACompletionSurvivesAReplacement: what was earned on the earlier recording
// stays, also when most of the new one is new.
func TestACompletionSurvivesAReplacement(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.start(t)
	b.age(t, "1 hour")
	b.send(t, b.beat(s.SessionID, 1, seconds(0, 950)))
	b.replace(t, 900)
	if p := b.progress(t); !p.Completed() || p.Coverage.Replay.Total() != 50_000 {
		t.Errorf("progress %+v", p)
	}
}
