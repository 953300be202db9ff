package playbackdb_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/deploy/schema/schematest"
	"rounds/playback"
	"rounds/playback/playbackdb"
)

// durationMS is the length of every recording here: 1000 s.
const durationMS = 1_000_000

// bundle is a store on a database of its own with a program of one webinar
// with a recording of 1000 s, and a doctor who is enrolled in it.
type bundle struct {
	*playbackdb.Store
	db        *pgxpool.Pool
	sealer    *catalog.Sealer
	program   catalog.ProgramID
	course    catalog.CourseID
	webinar   catalog.WebinarID
	recording catalog.RecordingID
	token     string
	doctor    catalog.AccountID
	enrolment catalog.EnrolmentID
}

var contentKey = []byte("0123456789abcdef")

func setup(t testing.TB) *bundle {
	t.Helper()
	sealer, err := catalog.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{db: schematest.New(t), sealer: sealer, program: catalog.NewProgramID(), course: catalog.NewCourseID()}
	b.Store = playbackdb.New(b.db, sealer)
	b.exec(t, `insert into programs (id, title) values ($1, 'Cardiology')`, b.program)
	b.exec(t, `insert into program_rules (program_id, version, threshold_percent, counts, max_rate) values ($1, 1, 90, 'union', 2)`, b.program)
	b.exec(t, `insert into courses (id, program_id, title) values ($1, $2, 'Arrhythmia')`, b.course, b.program)
	b.webinar, b.recording, b.token = b.newWebinar(t)
	b.doctor, b.enrolment = b.newDoctor(t)
	return b
}

func (b *bundle) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := b.db.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// newWebinar adds a webinar with a published recording.
func (b *bundle) newWebinar(t testing.TB) (catalog.WebinarID, catalog.RecordingID, string) {
	t.Helper()
	id := catalog.NewWebinarID()
	b.exec(t, `insert into webinars (id, course_id, title) values ($1, $2, 'Atrial fibrillation')`, id, b.course)
	recording, token := b.newRecording(t, id)
	b.exec(t, `update webinars set current_recording_id = $2 where id = $1`, id, recording)
	return id, recording, token
}

func (b *bundle) newRecording(t testing.TB, webinar catalog.WebinarID) (catalog.RecordingID, string) {
	t.Helper()
	id, token := catalog.NewRecordingID(), catalog.NewToken()
	b.exec(t, `insert into recordings (id, webinar_id, filename, size_bytes, part_size_bytes, state, duration_ms, token, sealed_key, published_at)
		values ($1, $2, 'talk.mp4', 1000, 8388608, 'ready', $3, $4, $5, now())`,
		id, webinar, durationMS, token, b.sealer.Seal(contentKey, token))
	return id, token
}

// newDoctor adds an account that is enrolled in the program.
func (b *bundle) newDoctor(t testing.TB) (catalog.AccountID, catalog.EnrolmentID) {
	t.Helper()
	id, enrolment := catalog.NewAccountID(), catalog.NewEnrolmentID()
	b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', 'Doctor')`, id)
	b.exec(t, `insert into enrolments (id, program_id, account_id, via) values ($1, $2, $3, 'invitation')`, enrolment, b.program, id)
	return id, enrolment
}

func (b *bundle) start(t *testing.T) playback.Started {
	t.Helper()
	return b.startOf(t, b.doctor, b.webinar)
}

func (b *bundle) startOf(t *testing.T, account catalog.AccountID, webinar catalog.WebinarID) playback.Started {
	t.Helper()
	started, err := b.Start(t.Context(), playback.StartRequest{AccountID: account, WebinarID: webinar, LoginID: "login-1", Device: "Chrome"})
	if err != nil {
		t.Fatal(err)
	}
	return started
}

// age moves the account's sessions back in time: the server's clock is the
// database's, and tests do not wait.
func (b *bundle) age(t *testing.T, interval string) {
	t.Helper()
	b.exec(t, `update playback_sessions set started_at = started_at - $1::interval, ended_at = ended_at - $1::interval`, interval)
}

// beat is a beat at 1× that stands where its last range ends.
func (b *bundle) beat(id catalog.PlaybackSessionID, seq int64, watched ...playback.Range) playback.BeatRequest {
	position := int64(0)
	if len(watched) > 0 {
		position = watched[len(watched)-1].To
	}
	return playback.BeatRequest{SessionID: id, AccountID: b.doctor, Beat: playback.Beat{
		Seq: seq, Speed: playback.NormalSpeed, PositionMS: position, Watched: playback.NewRanges(watched...),
	}}
}

// send sends a beat that must be accepted.
func (b *bundle) send(t *testing.T, r playback.BeatRequest) playback.BeatResult {
	t.Helper()
	result, err := b.Beat(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (b *bundle) progress(t *testing.T) playback.WebinarProgress {
	t.Helper()
	p, err := b.WebinarProgress(t.Context(), b.doctor, b.webinar)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func seconds(from, to int64) playback.Range { return playback.Range{From: from * 1000, To: to * 1000} }

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}
