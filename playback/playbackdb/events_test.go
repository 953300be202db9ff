package playbackdb_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/playback"
)

// told are the events on record, oldest first, as "type course-or-program".
func (b *bundle) told(t *testing.T) []string {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `
		select type || ' ' || coalesce(data->>'course_id', data->>'program_id') from events
		where data->>'enrolment_id' = $1 and data->>'account_id' = $2 and data->>'title' <> '' order by seq`, b.enrolment, b.doctor)
	if err != nil {
		t.Fatal(err)
	}
	told, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// watchAll watches a webinar to its end.
func (b *bundle) watchAll(t *testing.T, webinar catalog.WebinarID) {
	t.Helper()
	session := b.startOf(t, b.doctor, webinar).SessionID
	b.age(t, "2 hours")
	b.send(t, b.beat(session, 1, playback.Range{From: 0, To: durationMS}))
}

// TestCompletionsAreTold: the last webinar of a course tells the course, the
// last course the program, once; a waived webinar counts.
func TestCompletionsAreTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	second, _, _ := b.newWebinar(t)
	waived, _, _ := b.newWebinar(t)
	b.exec(t, `insert into courses (id, program_id, title) values ('crs_other', $1, 'Heart failure'), ('crs_empty', $1, 'Nothing yet')`, b.program)
	b.exec(t, `insert into webinars (id, course_id, title) values ('web_other', 'crs_other', 'Diuretics')`)
	b.exec(t, `insert into waivers (id, enrolment_id, webinar_id, reason, created_by) values ('wv_1', $1, $2, 'was the speaker', 'acc_admin')`, b.enrolment, waived)
	b.watchAll(t, b.webinar)
	if told := b.told(t); len(told) != 0 {
		t.Fatalf("told too early: %v", told)
	}
	b.watchAll(t, second)
	if told := b.told(t); !slices.Equal(told, []string{"course.completed " + string(b.course)}) {
		t.Fatalf("told %v", told)
	}
	recording, _ := b.newRecording(t, "web_other")
	b.exec(t, `update webinars set current_recording_id = $1 where id = 'web_other'`, recording)
	b.watchAll(t, "web_other")
	b.exec(t, `select tell_completed(array[$1])`, b.enrolment)
	want := []string{"course.completed " + string(b.course), "course.completed crs_other", "program.completed " + string(b.program), "certificate.issued " + string(b.program)}
	if told := b.told(t); !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// TestTwoWebinarsAtOnce: whichever of two webinars that are completed at the
// same moment is written last tells their course.
func TestTwoWebinarsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	webinars := []catalog.WebinarID{b.webinar}
	for range 3 {
		w, _, _ := b.newWebinar(t)
		webinars = append(webinars, w)
	}
	for round := range 5 {
		b.doctor, b.enrolment = b.newDoctor(t)
		var all sync.WaitGroup
		for _, w := range webinars {
			all.Go(func() {
				if _, err := b.Waive(t.Context(), playback.Waiver{WebinarID: w, AccountID: b.doctor, Reason: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if told := b.told(t); !slices.Equal(told, []string{"course.completed " + string(b.course), "program.completed " + string(b.program), "certificate.issued " + string(b.program)}) {
			t.Fatalf("round %d: told %v", round, told)
		}
	}
}
