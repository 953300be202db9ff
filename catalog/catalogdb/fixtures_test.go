package catalogdb

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
	"rounds/deploy/schema/schematest"
)

// testBundle is a store on a database of its own with one program, course,
// webinar and uploaded recording, and what the hooks were told.
type testBundle struct {
	*Store
	program   catalog.ProgramID
	course    catalog.CourseID
	webinar   catalog.WebinarID
	recording catalog.RecordingID
	enqueued  *[]catalog.RecordingID
	sent      *[]catalog.Message
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	b := &testBundle{enqueued: new([]catalog.RecordingID), sent: new([]catalog.Message)}
	b.Store = New(schematest.New(t), Hooks{
		Enqueue: func(_ context.Context, _ pgx.Tx, id catalog.RecordingID) error {
			*b.enqueued = append(*b.enqueued, id)
			return nil
		},
		Send: func(_ context.Context, _ pgx.Tx, m catalog.Message) error {
			*b.sent = append(*b.sent, m)
			return nil
		},
	})
	b.program, b.course, b.webinar = catalog.NewProgramID(), catalog.NewCourseID(), catalog.NewWebinarID()
	b.exec(t, `insert into programs (id, title) values ($1, 'Cardiology')`, b.program)
	b.exec(t, `insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 1, 90, 'union', 2)`, b.program)
	b.exec(t, `insert into courses (id, program_id, title) values ($1, $2, 'Arrhythmia')`, b.course, b.program)
	b.exec(t, `insert into webinars (id, course_id, title) values ($1, $2, 'Atrial fibrillation')`, b.webinar, b.course)
	b.recording = b.newRecording(t)
	return b
}

func (b *testBundle) newRecording(t *testing.T) catalog.RecordingID {
	t.Helper()
	id := catalog.NewRecordingID()
	b.exec(t, `insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state)
		values ($1, $2, 'talk.mp4', 1000, 8388608, 'uploaded')`, id, b.webinar)
	return id
}

func (b *testBundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := b.db.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
