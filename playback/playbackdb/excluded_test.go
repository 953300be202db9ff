package playbackdb_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// exclude says what does not count of a recording; empty: the current one.
func (b *bundle) exclude(t *testing.T, recording catalog.RecordingID, pieces ...playback.Excluded) {
	t.Helper()
	if _, err := b.SetExcluded(t.Context(), b.webinar, recording, pieces, "the accreditor"); err != nil {
		t.Fatal(err)
	}
}

// excluded is what does not count, with its version.
func (b *bundle) excluded(t *testing.T, recording catalog.RecordingID) string {
	t.Helper()
	x, err := b.Excluded(t.Context(), b.webinar, recording)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d%v %v", x.Version, x.Pieces, x.Moved)
}

// mapped does what setting a time map does after it is stored.
func (b *bundle) mapped(t *testing.T, recording catalog.RecordingID) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error { return b.TimeMapSet(t.Context(), tx, recording) })
	if err != nil {
		t.Fatal(err)
	}
}

var opening = playback.Excluded{FromMS: 0, ToMS: 100_000, Label: "opening"}

// TestExclusionsMoveWithAReplacement: over two replacements, when the earlier
// one or a map is corrected, until somebody sets others.
func TestExclusionsMoveWithAReplacement(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.recording
	b.exclude(t, first, opening)
	second := b.replace(t, 10)
	b.mapped(t, second)
	if got := b.excluded(t, ""); got != "1[{0 90000 opening}] true" {
		t.Fatalf("replaced: %s", got)
	}
	third := b.replace(t, 20)
	b.mapped(t, third)
	if got := b.excluded(t, ""); got != "1[{0 70000 opening}] true" {
		t.Errorf("replaced again: %s", got)
	}
	b.mapped(t, third)
	if got := b.excluded(t, third); got != "1[{0 70000 opening}] true" {
		t.Errorf("the same map again: %s", got)
	}
	b.exclude(t, first, playback.Excluded{FromMS: 0, ToMS: 50_000, Label: "opening"})
	if got := b.excluded(t, third); got != "2[{0 20000 opening}] true" {
		t.Errorf("the first was corrected: %s", got)
	}
	b.exec(t, `update time_maps set pieces = '[{"from_s": 45, "at_s": 0, "length_s": 604800}]' where recording_id = $1`, second)
	b.mapped(t, second)
	if got := b.excluded(t, second) + b.excluded(t, third); got != "3[{0 5000 opening}] true3[] true" {
		t.Errorf("the map was corrected: %s", got)
	}
	b.exclude(t, second, playback.Excluded{FromMS: 0, ToMS: 5_000, Label: "opening"}) // the same, but said by somebody
	b.exclude(t, first, opening)
	b.mapped(t, second)
	if got := b.excluded(t, second); got != "4[{0 5000 opening}] false" {
		t.Errorf("somebody set it: %s", got)
	}
}

// TestAReplacementKeepsWhatIsNeeded: who has watched all that counted has also
// done so of the recording that replaces it, and is completed by it at once.
func TestAReplacementKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exclude(t, "", opening)
	next := b.replace(t, 0)
	s := b.start(t)
	b.age(t, "1 hour")
	if b.send(t, b.beat(s.SessionID, 1, seconds(100, 910))).Completed { // 90 % of what counts, once the opening does not
		t.Fatal("completed before it was said that the opening does not count")
	}
	b.mapped(t, next)
	if p := b.progress(t); !p.Completed() || p.Completion == nil || p.Completion.ExclusionsVersion != 1 || p.Requirements[0].Have != 90 {
		t.Errorf("progress %+v", p)
	}
}

// TestExclusionsOfARecordingThatIsNotReady are cut to its length once that is known.
func TestExclusionsOfARecordingThatIsNotReady(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exclude(t, "", playback.Excluded{FromMS: 800_000, ToMS: 1_000_000, Label: "questions"})
	next := b.replace(t, 0)
	b.exec(t, `update recordings set state = 'processing', duration_ms = 0 where id = $1`, next)
	b.mapped(t, next)
	b.exec(t, `update recordings set state = 'ready', duration_ms = 900000 where id = $1`, next)
	if got := b.excluded(t, ""); got != "1[{800000 900000 questions}] true" {
		t.Error(got)
	}
}
